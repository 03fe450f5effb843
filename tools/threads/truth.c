/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/threads/truth.h"

#include <errno.h>
#include <stdlib.h>

/* The word of a page: content, whether changes overlap, the number of unfinished changes, and a
 * count of begins and ends. Written under the lock. */
#define CONTENT   0x1fULL
#define OVERLAP   0x20ULL
#define UNDER_WAY 0x100ULL
#define UNDER     0xff00ULL
#define CHANGED   0x10000ULL

/* Most begins and ends of changes between two looks; with more, a content may have been missed. */
enum { CHANGES_MOST = 3 };

int truth_make(struct truth *truth, unsigned int file, uint64_t size)
{
	*truth = (struct truth){ .file = file, .pages = size / STAMP_PAGE_SIZE, .least = size };
	truth->page = calloc(truth->pages, sizeof(*truth->page));
	if (!truth->page)
		return -ENOMEM;
	pthread_mutex_init(&truth->lock, NULL);
	return 0;
}

void truth_release(struct truth *truth)
{
	if (!truth->page)
		return;
	free(truth->page);
	truth->page = NULL;
	pthread_mutex_destroy(&truth->lock);
}

void truth_fill(struct truth *truth, uint32_t generation)
{
	truth->generation = generation % STAMP_GENERATIONS;
	truth->least = truth->pages * STAMP_PAGE_SIZE;
	for (uint64_t i = 0; i < truth->pages; i++)
		atomic_store(&truth->page[i], TRUTH_FILLED);
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Returns the number of the page after the byte range up to `end`, at most the number of pages. */
static uint64_t page_behind(const struct truth *truth, uint64_t end)
{
	return least_of((end + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE, truth->pages);
}

/* Returns the number of the page after those that a change affects, including a gap that it
 * fills. */
static uint64_t page_end(const struct truth *truth, const struct truth_change *change)
{
	uint64_t end = page_behind(truth, change->offset + change->length);
	uint64_t size = page_behind(truth, change->size);

	return end > size ? end : size;
}

static bool is_whole(const struct truth_change *change, uint64_t page)
{
	return change->offset <= page * STAMP_PAGE_SIZE &&
	       change->offset + change->length >= (page + 1) * STAMP_PAGE_SIZE;
}

/* Returns whether a change may move the end of the file. */
static bool sizes(const struct truth_change *change)
{
	return change->cuts || change->size;
}

/* Returns what a page may hold during a change, besides its content before. */
static uint64_t content_of(const struct truth *truth, const struct truth_change *change,
			   uint64_t page)
{
	uint64_t begin = page * STAMP_PAGE_SIZE, end = begin + STAMP_PAGE_SIZE, content = 0;

	if (end > change->offset && begin < change->offset + change->length) {
		content = change->to;
		/* The rest of a partly cut page becomes zeros. */
		if (change->to == TRUTH_MISSING && !is_whole(change, page))
			content = TRUTH_ZEROS;
		/* So do bytes that a mapping stores after the end of the file. */
		if (change->to == TRUTH_STORED && !sizes(change) && end > truth->least)
			content |= TRUTH_ZEROS;
	}
	/* A file that grows has zeros between its old end and the new range, also if it is cut at
	 * the same time. */
	if ((begin < change->size && end > truth->least) || (change->cuts && truth->growing))
		content |= TRUTH_ZEROS;
	return content;
}

static void begin_sizing(struct truth *truth, const struct truth_change *change)
{
	truth->mixed |= truth->cutting || (change->cuts && truth->growing);
	if (change->cuts)
		truth->cutting++;
	else
		truth->growing++;
}

void truth_begin(struct truth *truth, struct truth_change *change)
{
	pthread_mutex_lock(&truth->lock);
	change->first = change->offset / STAMP_PAGE_SIZE;
	if (change->size > truth->least)
		change->first = least_of(change->first, truth->least / STAMP_PAGE_SIZE);
	for (uint64_t i = change->first; i < page_end(truth, change); i++) {
		uint64_t word = atomic_load(&truth->page[i]) | content_of(truth, change, i);

		if (word & UNDER)
			word |= OVERLAP;
		atomic_store(&truth->page[i], word + UNDER_WAY + CHANGED);
	}
	if (sizes(change))
		begin_sizing(truth, change);
	if (change->cuts)
		truth->least = least_of(truth->least, change->size);
	/* Removed or inserted ranges move the end of the file. */
	if (change->to == TRUTH_ANY && !sizes(change))
		truth->least = least_of(truth->least, change->offset);
	pthread_mutex_unlock(&truth->lock);
}

/* Returns the content of a page after a change that has not failed, and during which there was no
 * other. */
static uint64_t left(const struct truth *truth, const struct truth_change *change, uint64_t page,
		     uint64_t content)
{
	uint64_t begin = page * STAMP_PAGE_SIZE, end = begin + STAMP_PAGE_SIZE;

	/* A change without a size changes nothing after the end of the file. */
	if (is_whole(change, page) && (sizes(change) || end <= truth->least))
		return change->to;
	if (begin < change->size && change->to != TRUTH_ANY)
		return content & ~(uint64_t)TRUTH_MISSING;
	return content;
}

/* Returns the word of a page after the end of a change. If changes overlap, it is not known which
 * was last. */
static uint64_t ended(const struct truth *truth, const struct truth_change *change, uint64_t page,
		      bool failed)
{
	uint64_t word = atomic_load(&truth->page[page]) - UNDER_WAY + CHANGED;

	if (word & UNDER)
		return word;
	if (!(word & OVERLAP) && !failed && !(sizes(change) && truth->mixed))
		word = (word & ~CONTENT) | left(truth, change, page, word & CONTENT);
	return word & ~OVERLAP;
}

static void end_sizing(struct truth *truth, const struct truth_change *change, bool failed)
{
	if (!failed && !truth->mixed && change->to != TRUTH_ANY &&
	    (change->cuts || change->size > truth->least))
		truth->least = change->size;
	if (change->cuts)
		truth->cutting--;
	else
		truth->growing--;
	truth->mixed &= truth->cutting || truth->growing;
}

void truth_end(struct truth *truth, const struct truth_change *change, bool failed)
{
	pthread_mutex_lock(&truth->lock);
	for (uint64_t i = change->first; i < page_end(truth, change); i++)
		atomic_store(&truth->page[i], ended(truth, change, i, failed));
	if (sizes(change))
		end_sizing(truth, change, failed);
	pthread_mutex_unlock(&truth->lock);
}

uint64_t truth_look(const struct truth *truth, uint64_t offset)
{
	uint64_t page = offset / STAMP_PAGE_SIZE;

	return page < truth->pages ? atomic_load(&truth->page[page]) : TRUTH_ANY;
}

static struct stamp stamp_of(const struct truth *truth, uint64_t offset, uint32_t generation)
{
	return (struct stamp){ .file = truth->file,
			       .generation = generation,
			       .page = offset / STAMP_PAGE_SIZE };
}

int truth_judge(const struct truth *truth, uint64_t offset, const uint64_t *page, uint64_t before,
		uint64_t after, struct judgement *judgement)
{
	uint64_t allowed = (before | after) & CONTENT;
	struct stamp stamps[2];
	size_t count = 0;

	if (allowed & TRUTH_ANY || after / CHANGED - before / CHANGED > CHANGES_MOST)
		return 0;
	if (allowed & TRUTH_FILLED)
		stamps[count++] = stamp_of(truth, offset, truth->generation);
	if (allowed & TRUTH_STORED)
		stamps[count++] = stamp_of(truth, offset, truth->generation ^ TRUTH_WRITTEN);
	if (!page && allowed & TRUTH_MISSING) {
		*judgement = (struct judgement){ .class = WRONG_NONE };
		return 1;
	}
	/* The stored stamp is the last one that the page can have. */
	return oracle_judge_stamps(
		stamps, count, allowed & TRUTH_ZEROS,
		count ? stamps[0] : stamp_of(truth, offset, truth->generation ^ TRUTH_WRITTEN),
		page, judgement);
}

void truth_stamp(const struct truth *truth, uint64_t offset, uint64_t *page)
{
	stamp_fill(page, stamp_base(stamp_of(truth, offset, truth->generation ^ TRUTH_WRITTEN)));
}
