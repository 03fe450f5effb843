/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/threads/truth.h"

#include <errno.h>
#include <stdlib.h>

/* A page's word: content, then whether changes overlap, how many are under way, and a count of what
 * has happened to it. Written under the lock. */
#define CONTENT   0x1fULL
#define OVERLAP   0x20ULL
#define UNDER_WAY 0x100ULL
#define UNDER     0xff00ULL
#define CHANGED   0x10000ULL

/* Of one change the two looks show all contents, and of two that overlap or are not over. */
enum { CHANGES_MOST = 3 };

int truth_make(struct truth *truth, unsigned int file, uint64_t size)
{
	*truth = (struct truth){ .file = file, .pages = size / STAMP_PAGE_SIZE, .size = size };
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
	truth->generation = generation % TRUTH_WRITTEN;
	truth->size = truth->pages * STAMP_PAGE_SIZE;
	for (uint64_t i = 0; i < truth->pages; i++)
		atomic_store(&truth->page[i], TRUTH_FILLED);
}

/* The pages that bytes of a range are in. */
static uint64_t first_page(const struct truth_change *change)
{
	return change->offset / STAMP_PAGE_SIZE;
}

static uint64_t page_end(const struct truth *truth, const struct truth_change *change)
{
	uint64_t end = (change->offset + change->length + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE;

	return end < truth->pages ? end : truth->pages;
}

static bool is_whole(const struct truth_change *change, uint64_t page)
{
	return change->offset <= page * STAMP_PAGE_SIZE &&
	       change->offset + change->length >= (page + 1) * STAMP_PAGE_SIZE;
}

/* What a page that is changed in part may hold besides: of one that is cut the rest becomes zeros. */
static uint64_t content_of(const struct truth_change *change, uint64_t page)
{
	return change->to == TRUTH_MISSING && !is_whole(change, page) ? TRUTH_ZEROS : change->to;
}

/* A file that grows has zeros between its old end and what is new. */
static void grow(struct truth *truth, uint64_t to, bool done)
{
	uint64_t end = (to + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE;

	for (uint64_t i = truth->size / STAMP_PAGE_SIZE; i < end && i < truth->pages; i++) {
		uint64_t word = (atomic_load(&truth->page[i]) | TRUTH_ZEROS) + CHANGED;

		if (done && !(word & UNDER))
			word &= ~(uint64_t)TRUTH_MISSING;
		atomic_store(&truth->page[i], word);
	}
}

void truth_begin(struct truth *truth, const struct truth_change *change)
{
	pthread_mutex_lock(&truth->lock);
	if (change->size > truth->size)
		grow(truth, change->size, false);
	for (uint64_t i = first_page(change); i < page_end(truth, change); i++) {
		uint64_t word = atomic_load(&truth->page[i]) | content_of(change, i);

		if (word & UNDER)
			word |= OVERLAP;
		atomic_store(&truth->page[i], word + UNDER_WAY + CHANGED);
	}
	pthread_mutex_unlock(&truth->lock);
}

/* The word of a page when a change of it has ended. Of those that overlap nobody knows which was last. */
static uint64_t ended(const struct truth_change *change, uint64_t page, uint64_t word, bool failed)
{
	word = word - UNDER_WAY + CHANGED;
	if (word & UNDER)
		return word;
	if (!(word & OVERLAP) && !failed && is_whole(change, page))
		word = (word & ~CONTENT) | change->to;
	return word & ~OVERLAP;
}

void truth_end(struct truth *truth, const struct truth_change *change, bool failed)
{
	pthread_mutex_lock(&truth->lock);
	for (uint64_t i = first_page(change); i < page_end(truth, change); i++)
		atomic_store(&truth->page[i],
			     ended(change, i, atomic_load(&truth->page[i]), failed));
	if (!failed && change->size > truth->size)
		grow(truth, change->size, true);
	if (!failed && (change->cuts || change->size > truth->size))
		truth->size = change->size;
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

	if (allowed & TRUTH_ANY || (after - before) / CHANGED > CHANGES_MOST)
		return 0;
	if (allowed & TRUTH_FILLED)
		stamps[count++] = stamp_of(truth, offset, truth->generation);
	if (allowed & TRUTH_STORED)
		stamps[count++] = stamp_of(truth, offset, truth->generation | TRUTH_WRITTEN);
	if (!page && allowed & TRUTH_MISSING) {
		*judgement = (struct judgement){ .class = WRONG_NONE };
		return 1;
	}
	/* What is stored is the last that the page can be from. */
	return oracle_judge_stamps(
		stamps, count, allowed & TRUTH_ZEROS,
		count ? stamps[0] : stamp_of(truth, offset, truth->generation | TRUTH_WRITTEN),
		page, judgement);
}

void truth_stamp(const struct truth *truth, uint64_t offset, uint64_t *page)
{
	stamp_fill(page, stamp_base(stamp_of(truth, offset, truth->generation | TRUTH_WRITTEN)));
}
