/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token buckets: a rate is kept by telling each request how long to wait. Nothing is filled by a
 * clock; the bucket knows until when what it gave away lasts.
 */
#ifndef INJECTOR_RULES_TOKEN_BUCKET_H
#define INJECTOR_RULES_TOKEN_BUCKET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TOKEN_BUCKET_SLOTS = 1024 };

struct token_slot {
	uint64_t key;  /* of the file; 0: the whole mount */
	uint64_t busy; /* until then, CLOCK_MONOTONIC ns */
};

struct token_bucket {
	uint64_t rate;  /* tokens a second; 0: no limit, and nothing below is used */
	uint64_t burst; /* tokens */
	bool per_file;
	pthread_mutex_t lock;
	struct token_slot *slots; /* by a hash of the file */
	uint64_t slot_count;
};

/* Returns 0 or -ENOMEM. Release with token_bucket_destroy() also on error. */
int token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst, bool per_file);
void token_bucket_destroy(struct token_bucket *bucket);

/*
 * Takes tokens for a request on a file that comes `now`. Returns the ns that it must wait: until
 * what was taken before, less the burst, has been paid for, and its own. With per_file, of two
 * files that fall in one slot (of 1024) the older one's debt is forgotten.
 */
uint64_t token_bucket_take(struct token_bucket *bucket, uint64_t inode, uint64_t tokens,
			   uint64_t now);

#endif
