/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file in memory for tests of the injector's rules. Its look-ups open it and record what the
 * kernel would be asked to drop. */
#ifndef TESTS_SUPPORT_BENEATH_H
#define TESTS_SUPPORT_BENEATH_H

#include "injector/rules/hooks.h"

enum { BENEATH_EVICTIONS = 8 };

struct beneath {
	int fd;
	int open_error;            /* -errno that opening the file returns; 0: success */
	int write_back_error;      /* returned by lookups->write_back() */
	unsigned int written_back; /* number of calls of write_back() */
	int evict_error;           /* returned by lookups->evict() */
	unsigned int evictions;
	struct {
		uint64_t offset, length, at;
	} evicted[BENEATH_EVICTIONS]; /* the first of the evictions */
	struct hook_request request;  /* a request on the file */
};

/* Makes an empty file in memory. The request, with that inode number, points to *beneath, which
 * must stay where it is. Returns 0 or -errno. Release with beneath_close(). */
int beneath_open(struct beneath *beneath, uint64_t inode);
void beneath_close(struct beneath *beneath);

/* The file's size in bytes, and the byte at an offset; -1 if there is none. */
int64_t beneath_size(const struct beneath *beneath);
int beneath_byte(const struct beneath *beneath, uint64_t offset);

/* Writes `size` bytes of that value at the offset. Returns whether that succeeded. */
bool beneath_fill(const struct beneath *beneath, uint64_t offset, uint64_t size,
		  unsigned char byte);

#endif
