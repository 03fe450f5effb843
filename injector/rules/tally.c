/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/tally.h"

#include <search.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const struct tally *one = a, *other = b;

	if (one->key.first != other->key.first)
		return one->key.first < other->key.first ? -1 : 1;
	return (one->key.second > other->key.second) - (one->key.second < other->key.second);
}

void tallies_init(struct tallies *tallies)
{
	*tallies = (struct tallies){ .tree = NULL };
	pthread_mutex_init(&tallies->lock, NULL);
}

void tallies_destroy(struct tallies *tallies)
{
	tdestroy(tallies->tree, free);
	pthread_mutex_destroy(&tallies->lock);
}

/* With the lock held. */
static struct tally *add(struct tallies *tallies, const struct tally *wanted)
{
	struct tally *tally = malloc(sizeof(*tally));

	if (!tally)
		return NULL;
	*tally = (struct tally){ .key = wanted->key };
	if (tsearch(tally, &tallies->tree, compare))
		return tally;
	free(tally);
	return NULL;
}

struct tally *tallies_find(struct tallies *tallies, struct tally_key key)
{
	const struct tally wanted = { .key = key };
	struct tally **found, *tally;

	pthread_mutex_lock(&tallies->lock);
	found = tfind(&wanted, &tallies->tree, compare);
	tally = found ? *found : add(tallies, &wanted);
	pthread_mutex_unlock(&tallies->lock);
	return tally;
}

static void reset(const void *node, VISIT visit, void *unused)
{
	struct tally *tally = *(struct tally *const *)node;

	(void)unused;
	if (visit == preorder || visit == leaf)
		tally->matched = tally->fired = 0;
}

void tallies_reset(struct tallies *tallies)
{
	pthread_mutex_lock(&tallies->lock);
	twalk_r(tallies->tree, reset, NULL);
	pthread_mutex_unlock(&tallies->lock);
}

void tallies_drop(struct tallies *tallies, struct tally_key key)
{
	const struct tally wanted = { .key = key };
	struct tally **found, *tally;

	pthread_mutex_lock(&tallies->lock);
	found = tfind(&wanted, &tallies->tree, compare);
	if (found) {
		tally = *found;
		tdelete(tally, &tallies->tree, compare);
		free(tally);
	}
	pthread_mutex_unlock(&tallies->lock);
}
