/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file in memory as the injector meets it beneath the layer: with look-ups that open it and note
 * what the kernel would be told to drop. */
#ifndef TESTS_SUPPORT_BENEATH_H
#define TESTS_SUPPORT_BENEATH_H

#include "injector/rules/hooks.h"

enum { BENEATH_EVICTIONS = 8 };

struct beneath {
	int fd;
	int open_error;            /* -errno that opening it gives; 0: it opens */
	int write_back_error;      /* that lookups->write_back() returns */
	unsigned int written_back; /* calls of it */
	int evict_error;           /* that lookups->evict() returns */
	unsigned int evictions;
	struct {
		uint64_t offset, length, at;
	} evicted[BENEATH_EVICTIONS]; /* the first of them */
	struct hook_request request;  /* on the file */
};

/* Makes an empty file with that inode number, in place: the request points at it. Returns 0 or
 * -errno. Release with beneath_close(). */
int beneath_open(struct beneath *beneath, uint64_t inode);
void beneath_close(struct beneath *beneath);

/* Its size in bytes, and a byte of it; -1: it has none. */
int64_t beneath_size(const struct beneath *beneath);
int beneath_byte(const struct beneath *beneath, uint64_t offset);

/* Writes `size` times the byte. Returns whether it did. */
bool beneath_fill(const struct beneath *beneath, uint64_t offset, uint64_t size,
		  unsigned char byte);

#endif
