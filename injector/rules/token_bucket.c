/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/token_bucket.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t cost(const struct token_bucket *bucket, uint64_t tokens)
{
	return (uint64_t)((double)tokens * 1e9 / (double)bucket->rate);
}

int token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst, bool per_file)
{
	*bucket = (struct token_bucket){
		.rate = rate,
		.burst = burst,
		.per_file = per_file,
		.slot_count = per_file ? TOKEN_BUCKET_SLOTS : 1,
	};
	pthread_mutex_init(&bucket->lock, NULL);
	if (!rate)
		return 0;
	bucket->slots = calloc(bucket->slot_count, sizeof(*bucket->slots));
	return bucket->slots ? 0 : -ENOMEM;
}

void token_bucket_destroy(struct token_bucket *bucket)
{
	free(bucket->slots);
	pthread_mutex_destroy(&bucket->lock);
}

uint64_t token_bucket_take(struct token_bucket *bucket, uint64_t inode, uint64_t tokens,
			   uint64_t now)
{
	uint64_t key = bucket->per_file ? inode : 0, rested, wait;
	struct token_slot *slot;

	if (!bucket->rate)
		return 0;
	slot = &bucket->slots[(key * 0x9e3779b97f4a7c15 >> 32) % bucket->slot_count];
	pthread_mutex_lock(&bucket->lock);
	if (slot->key != key)
		*slot = (struct token_slot){ .key = key };
	rested = cost(bucket, bucket->burst);
	rested = now > rested ? now - rested : 0;
	if (slot->busy < rested)
		slot->busy = rested;
	slot->busy += cost(bucket, tokens);
	wait = slot->busy > now ? slot->busy - now : 0;
	pthread_mutex_unlock(&bucket->lock);
	return wait;
}
