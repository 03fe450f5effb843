/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/holes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct search {
	struct journal_walk *walk;
	uint64_t least;
	int (*take)(void *context, const struct journal_hole *hole);
	void *context;
	struct journal_holes_seen *seen;
	/* Objects still to be looked at: links of a damaged file can form a circle. */
	uint64_t budget;
};

/* Counts damage; other errors end the search. */
static int note(struct search *search, int error)
{
	struct journal_holes_seen *seen = search->seen;

	if (error != -EBADMSG)
		return error;
	if (!seen->bad++) {
		seen->bad_at = search->walk->wrong_at;
		snprintf(seen->bad_text, sizeof(seen->bad_text), "%s", search->walk->wrong);
	}
	return 0;
}

static bool spent(struct search *search)
{
	if (search->budget) {
		search->budget--;
		return false;
	}
	search->walk->wrong_at = 0;
	snprintf(search->walk->wrong, sizeof(search->walk->wrong),
		 "links to more objects than the file has room for");
	return true;
}

static int offer(struct search *search, const struct journal_hole *hole)
{
	if (!hole->length || hole->length < search->least)
		return 0;
	return search->take(search->context, hole);
}

static int end_of_file(struct search *search)
{
	struct journal_hole hole = { .offset = 0 };
	int r = journal_walk_tail(search->walk, &hole.offset);

	if (r)
		return note(search, r);
	if (hole.offset < search->walk->source.size)
		hole.length = search->walk->source.size - hole.offset;
	return offer(search, &hole);
}

/* Adds the unused part of the last array in a chain of `total` entries. data: the owner of the
 * chain. */
static int end_of_chain(struct search *search, uint64_t first, uint64_t total, uint64_t data)
{
	struct journal_array_view view = { .next = first };
	struct journal_hole hole = { .data = data };
	uint64_t left = total;
	int r;

	if (!total || !first)
		return 0;
	search->seen->chains++;
	while (view.next) {
		left -= view.used;
		r = spent(search) ? -EBADMSG
				  : journal_walk_array(search->walk, view.next, left, &view);
		if (r)
			return note(search, r);
	}
	hole.array = view.offset;
	hole.offset = view.offset + sizeof(struct journal_array) +
		      view.used * journal_array_item(search->walk->compact);
	hole.length = view.offset + view.size - hole.offset;
	return offer(search, &hole);
}

/* Searches all data objects of one bucket. */
static int bucket(struct search *search, uint64_t head)
{
	struct journal_walk *walk = search->walk;
	struct journal_data data;
	uint64_t last = 0;
	int r = 0;

	/* Each is after the one before, so a chain cannot form a circle. */
	for (uint64_t at = head; at > last && !r; last = at, at = data.next_hash) {
		r = spent(search) ? -EBADMSG
				  : journal_walk_object(walk, at, JOURNAL_DATA, &data.object);
		if (!r)
			r = walk->source.get(walk->source.context, at, &data, sizeof(data));
		if (r)
			return note(search, r);
		search->seen->data++;
		if (data.entries)
			r = end_of_chain(search, data.entry_array, data.entries - 1, at);
	}
	return r;
}

/* Returns the next bucket to read: those in holes are empty, and not read. */
static uint64_t next_buckets(const struct journal_walk *walk, uint64_t at)
{
	const struct journal_source *source = &walk->source;
	uint64_t data = source->next_data ? source->next_data(source->context, at) : at;

	return at + (data - at) / sizeof(struct journal_bucket) * sizeof(struct journal_bucket);
}

static int hash_table(struct search *search)
{
	struct journal_walk *walk = search->walk;
	uint64_t at = walk->header.data_table, end = walk->source.size;
	struct journal_bucket items[256];
	int r = 0;

	if (at > end || at % 8)
		return 0;
	if (walk->header.data_table_size < end - at)
		end = at + walk->header.data_table_size;
	while (!r && search->budget && (at = next_buckets(walk, at)) < end &&
	       end - at >= sizeof(*items)) {
		uint64_t length = end - at < sizeof(items) ? end - at : sizeof(items);
		uint64_t count = length / sizeof(*items);

		r = walk->source.get(walk->source.context, at, items, count * sizeof(*items));
		for (uint64_t i = 0; i < count && !r; i++)
			r = bucket(search, items[i].head);
		at += count * sizeof(*items);
	}
	return r;
}

int journal_holes(struct journal_walk *walk, uint64_t least,
		  int (*take)(void *context, const struct journal_hole *hole), void *context,
		  struct journal_holes_seen *seen)
{
	struct search search = {
		.walk = walk,
		.least = least,
		.take = take,
		.context = context,
		.seen = seen,
		.budget = (walk->source.size - walk->source.holes) / sizeof(struct journal_array),
	};
	int r;

	memset(seen, 0, sizeof(*seen));
	r = end_of_file(&search);
	if (!r)
		r = end_of_chain(&search, walk->header.entry_array, walk->header.entries, 0);
	return r ? r : hash_table(&search);
}
