/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Losing what was written and not synced, as a power cut does: the durable bytes of each page are
 * kept from before its first write until its file is synced, and put back on a crash. Only data
 * that the layer itself writes is seen; names and attributes are not lost, but for the size that
 * the lost bytes gave the file.
 */
#ifndef INJECTOR_RULES_LOSE_H
#define INJECTOR_RULES_LOSE_H

#include "injector/rules/hooks.h"

#include <pthread.h>
#include <stdatomic.h>

enum lose_how {
	LOSE_WHOLE, /* all of it */
	LOSE_PAGES, /* each page or not, by the seed */
	LOSE_TORN,  /* of each page what is behind some sector of 512 bytes, by the seed */
};

/* "whole", "pages", "torn"; NULL-terminated, by enum lose_how. */
extern const char *const lose_names[];

/* Bytes kept at most; what is written beyond is taken as durable. */
enum { LOSE_PAGE = 4096, LOSE_PAGES_MAX = 65536 };

struct lose_file;

struct lose {
	pthread_mutex_t lock;
	struct lose_file *files;
	uint64_t pages, crashes, seed;
	_Atomic bool active; /* some file has unsynced pages */
};

struct lose_report {
	uint64_t files, pages; /* that had unsynced data */
	uint64_t lost;         /* pages of which something was lost */
	uint64_t bytes;        /* put back */
	int error;             /* the first -errno of putting back, or 0 */
};

void lose_init(struct lose *lose, uint64_t seed);
void lose_destroy(struct lose *lose);

/* A write of `size` bytes at `offset` is about to be made by this request. Returns the bytes that
 * were kept for it, or -errno. */
int64_t lose_remember(struct lose *lose, const struct hook_request *request, uint64_t offset,
		      uint64_t size);

/* A file was synced: what it has is durable. */
void lose_synced(struct lose *lose, uint64_t inode);

/* A file was cut to `size` bytes: what was behind is gone for good. */
void lose_cut(struct lose *lose, uint64_t inode, uint64_t size);

/* Puts the durable bytes back, and has the kernel drop what it caches of the files. */
struct lose_report lose_crash(struct lose *lose, enum lose_how how);

#endif
