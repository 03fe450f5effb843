/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lose.c, which remembers, shares with lose_crash.c, which puts back. All with the lock held. */
#ifndef INJECTOR_RULES_LOSE_PARTS_H
#define INJECTOR_RULES_LOSE_PARTS_H

#include "injector/rules/lose.h"

/* A page as it was when a generation began. */
struct version {
	struct version *newer;
	uint64_t generation;
	size_t size; /* bytes that the file had of it */
	size_t room; /* bytes of data */
	unsigned char data[];
};

struct lose_page {
	uint64_t number;
	struct lose_page *next, **link; /* of its file; what points at it */
	struct version *oldest;         /* the durable one; never NULL */
};

struct lose_file {
	struct hook_request request; /* identifies it, and has its cache dropped */
	struct lose_file *next;
	int fd;
	uint64_t size;              /* durable */
	uint64_t missed;            /* unsynced writes that were not remembered */
	uint64_t missed_generation; /* of the last of them */
	void *tree;                 /* of the pages, by tsearch(3) */
	struct lose_page *pages;
};

struct lose_write {
	struct lose_write *next;
	struct hook_request request;
	uint64_t first, last; /* pages */
	uint64_t end;         /* the byte behind it */
};

struct lose_sync {
	struct lose_sync *next;
	struct hook_request request;
	uint64_t generation; /* that it began */
	uint64_t size;       /* of the file then, or now if that is less; 0: nothing was unsynced */
};

/* The file of a request; NULL: nothing is remembered of it. */
struct lose_file *lose_find_file(const struct lose *lose, const struct hook_request *request);

/* Makes it known as it is now. Returns 0 or -errno. */
int lose_add_file(struct lose *lose, const struct hook_request *request, struct lose_file **added);

/* Forgets a file and its pages. link: what points at it. */
void lose_forget_file(struct lose *lose, struct lose_file **link);

/* Keeps the pages from `first` to `last` from being taken for durable by a sync that began with the
 * generation or before. Returns the bytes kept, or -errno: some will be. */
int64_t lose_keep_pages(struct lose *lose, struct lose_file *file, uint64_t first, uint64_t last,
			uint64_t generation);

static inline uint64_t lose_lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t lose_greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
