/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token buckets: a rate is kept by telling each request how long to wait. Nothing is filled by a
 * clock; the bucket knows until when what it gave away lasts.
 */
#ifndef INJECTOR_RULES_TOKEN_BUCKET_H
#define INJECTOR_RULES_TOKEN_BUCKET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files that can owe something at one time, each with 80 bytes of memory. */
enum { TOKEN_BUCKET_FILES_MAX = 1 << 20 };

struct token_slot {
	uint64_t device, inode; /* of the file */
	uint64_t busy;          /* until then, CLOCK_MONOTONIC ns */
	struct token_slot *next;
};

struct token_bucket {
	uint64_t rate;  /* tokens a second; 0: no limit, and nothing below is used */
	uint64_t burst; /* tokens */
	bool per_file;
	pthread_mutex_t lock;
	struct token_slot rest; /* the whole mount; with per_file, files without one of their own */
	void *tree;             /* of the slots, by tsearch(3) */
	struct token_slot *slots;
	size_t count, count_max; /* of them */
	size_t tidy_at;          /* that many: free those that owe nothing */
	uint64_t tidy_from;      /* but not before, ns: it takes time */
};

/* Release with token_bucket_destroy(). */
void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst, bool per_file);
void token_bucket_destroy(struct token_bucket *bucket);

/*
 * Takes tokens for a request on a file that comes `now`. Returns the ns that it must wait: until
 * what was taken before, less the burst, has been paid for, and its own. With per_file, files for
 * which there is no memory or no room any more (TOKEN_BUCKET_FILES_MAX) have one limit together.
 */
uint64_t token_bucket_take(struct token_bucket *bucket, uint64_t device, uint64_t inode,
			   uint64_t tokens, uint64_t now);

#endif
