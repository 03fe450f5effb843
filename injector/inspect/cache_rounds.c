/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/inspect/cache_rounds.h"

static bool same(const struct cache_found *a, const struct cache_found *b)
{
	return a->file == b->file && a->violation.fault == b->violation.fault &&
	       a->violation.page == b->violation.page && a->violation.entry == b->violation.entry;
}

bool cache_list_has(const struct cache_list *list, const struct cache_found *found)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(&list->items[i], found))
			return true;
	return false;
}

void cache_list_add(struct cache_list *list, const struct cache_found *found)
{
	if (list->count < CACHE_KEPT)
		list->items[list->count++] = *found;
}

void cache_rounds_begin(struct cache_rounds *rounds)
{
	rounds->now.count = 0;
}

void cache_rounds_visit(void *context, const struct cache_violation *violation)
{
	struct cache_rounds *rounds = context;

	cache_list_add(&rounds->now, &(struct cache_found){ rounds->file, *violation });
}

size_t cache_rounds_end(struct cache_rounds *rounds, bool first)
{
	size_t left = 0;

	for (size_t i = 0; i < rounds->now.count; i++)
		if (first || cache_list_has(&rounds->left, &rounds->now.items[i]))
			rounds->now.items[left++] = rounds->now.items[i];
	rounds->now.count = left;
	rounds->left = rounds->now;
	return left;
}
