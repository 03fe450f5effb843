/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token buckets limit a rate by telling each request how long to wait. No clock fills them: a
 * bucket stores the time until which its past requests use up the rate.
 */
#ifndef INJECTOR_RULES_TOKEN_BUCKET_H
#define INJECTOR_RULES_TOKEN_BUCKET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of files with their own limit at a time; each takes 80 bytes of memory. */
enum { TOKEN_BUCKET_FILES_MAX = 1 << 20 };

struct token_slot {
	uint64_t device, inode; /* of the file */
	uint64_t busy;          /* past requests use up the rate until then, CLOCK_MONOTONIC ns */
	struct token_slot *next;
};

struct token_bucket {
	uint64_t rate;  /* tokens a second; 0: no limit, and nothing below is used */
	uint64_t burst; /* tokens */
	bool per_file;
	pthread_mutex_t lock;
	struct token_slot rest; /* of the whole mount; with per_file, of files without a slot */
	void *tree;             /* of the slots, by tsearch(3) */
	struct token_slot *slots;
	size_t count, count_max; /* of slots */
	size_t tidy_at;          /* count at which to free idle slots, */
	uint64_t tidy_from;      /* but not before, CLOCK_MONOTONIC ns: it takes time */
};

/* rate: tokens a second; 0: no limit. burst: tokens. per_file: each file has its own limit. Release
 * with token_bucket_destroy(). */
void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst, bool per_file);
void token_bucket_destroy(struct token_bucket *bucket);

/*
 * Takes tokens for a request on a file. now: CLOCK_MONOTONIC, ns. Returns the ns that the request
 * must wait: the time that its tokens and those taken before need at the rate, less the burst. With
 * per_file, files beyond TOKEN_BUCKET_FILES_MAX or without memory share one limit.
 */
uint64_t token_bucket_take(struct token_bucket *bucket, uint64_t device, uint64_t inode,
			   uint64_t tokens, uint64_t now);

#endif
