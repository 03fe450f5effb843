/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/token_bucket.h"

#include <search.h>
#include <stdlib.h>

enum { TIDY_AT_FIRST = 1024, TIDY_PAUSE_NS = 100000000 };

/* In ns; longer waits are cut to that. */
#define CENTURY 3155760000000000000.0

static uint64_t cost(const struct token_bucket *bucket, uint64_t tokens)
{
	double ns = (double)tokens * 1e9 / (double)bucket->rate;

	return (uint64_t)(ns < CENTURY ? ns : CENTURY);
}

static int compare(const void *a, const void *b)
{
	const struct token_slot *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return (one->device > other->device) - (one->device < other->device);
}

void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst, bool per_file)
{
	*bucket = (struct token_bucket){
		.rate = rate,
		.burst = burst,
		.per_file = per_file,
		.count_max = TOKEN_BUCKET_FILES_MAX,
		.tidy_at = TIDY_AT_FIRST,
	};
	pthread_mutex_init(&bucket->lock, NULL);
}

static void free_slot(struct token_bucket *bucket, struct token_slot **link)
{
	struct token_slot *slot = *link;

	*link = slot->next;
	tdelete(slot, &bucket->tree, compare);
	free(slot);
	bucket->count--;
}

void token_bucket_destroy(struct token_bucket *bucket)
{
	while (bucket->slots)
		free_slot(bucket, &bucket->slots);
	pthread_mutex_destroy(&bucket->lock);
}

/* Frees idle slots: a new slot would be the same. rested: slots busy until then are idle. */
static void tidy(struct token_bucket *bucket, uint64_t rested, uint64_t now)
{
	struct token_slot **link = &bucket->slots;

	if (bucket->count < bucket->tidy_at || now < bucket->tidy_from)
		return;
	while (*link)
		if ((*link)->busy <= rested)
			free_slot(bucket, link);
		else
			link = &(*link)->next;
	bucket->tidy_at = 2 * bucket->count > TIDY_AT_FIRST ? 2 * bucket->count : TIDY_AT_FIRST;
	if (bucket->tidy_at > bucket->count_max)
		bucket->tidy_at = bucket->count_max;
	bucket->tidy_from = now + TIDY_PAUSE_NS;
}

static struct token_slot *make_slot(struct token_bucket *bucket, const struct token_slot *from)
{
	struct token_slot *slot = bucket->count < bucket->count_max ? malloc(sizeof(*slot)) : NULL;

	if (!slot)
		return NULL;
	*slot = *from;
	if (!tsearch(slot, &bucket->tree, compare)) {
		free(slot);
		return NULL;
	}
	slot->next = bucket->slots;
	bucket->slots = slot;
	bucket->count++;
	return slot;
}

/* With the lock held. */
static struct token_slot *slot_of(struct token_bucket *bucket, uint64_t device, uint64_t inode,
				  uint64_t rested, uint64_t now)
{
	const struct token_slot wanted = { .device = device, .inode = inode };
	struct token_slot *const *found;

	if (!bucket->per_file)
		return &bucket->rest;
	found = tfind(&wanted, &bucket->tree, compare);
	if (found)
		return *found;
	tidy(bucket, rested, now);
	return make_slot(bucket, &wanted) ?: &bucket->rest;
}

uint64_t token_bucket_take(struct token_bucket *bucket, uint64_t device, uint64_t inode,
			   uint64_t tokens, uint64_t now)
{
	uint64_t rested, wait;
	struct token_slot *slot;

	if (!bucket->rate)
		return 0;
	rested = cost(bucket, bucket->burst);
	rested = now > rested ? now - rested : 0;
	pthread_mutex_lock(&bucket->lock);
	slot = slot_of(bucket, device, inode, rested, now);
	if (slot->busy < rested)
		slot->busy = rested;
	/* Cannot overflow: each summand is below UINT64_MAX / 2. */
	slot->busy += cost(bucket, tokens);
	if (slot->busy > UINT64_MAX / 2)
		slot->busy = UINT64_MAX / 2;
	wait = slot->busy > now ? slot->busy - now : 0;
	pthread_mutex_unlock(&bucket->lock);
	return wait;
}
