/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides when to read: maps and watches pages, and learns how long to wait. */
#include "injector/base/page_size.h"
#include "injector/base/random.h"
#include "injector/base/units.h"
#include "tools/reading/engine_wait.h"
#include "tools/reading/reader_parts.h"

#include <sys/mman.h>

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

enum { READER_WAIT_MIN = 200, READER_WAIT_MAX = 20000000 }; /* ns */

enum {
	READER_MEASUREMENTS = 8, /* punches at which the wait is measured: the least counts */
	READER_LOST = 24,        /* misses in a row after which it is measured anew */
};

/*
 * After a split that failed the read was too early, after one without a hit too late. Several in a
 * row make this more certain, so the steps grow. After a hit the wait is right; it decreases
 * slowly, as there is more room on the early side. (Under TCG, a look-up that begins up to 80 us
 * before the freeze may still get the wrong folio; one that begins 30 us after it does not.) On a
 * kernel without hits, too late cannot be recognized: the wait decreases so slowly that about one
 * split in twenty fails.
 */
static void correct(struct reader *reader, enum storm_outcome outcome)
{
	struct reader_pace *pace = reader->pace;
	uint64_t step = pace->wait / 64;

	if (outcome == STORM_NOT_SPLIT) {
		pace->misses = 0;
		pace->wait += step * (reader->expects_hits ? 4 + pace->failures++ : 5);
	} else if (reader->was_hit || !reader->expects_hits) {
		pace->misses = pace->failures = 0;
		pace->wait -= reader->was_hit ? step / 8 : step / 4;
	} else {
		pace->failures = 0;
		pace->wait -= step + step * (pace->misses++ / 4);
	}
}

static void forget(struct reader_pace *pace)
{
	pace->measurements = pace->misses = pace->failures = 0;
}

void reader_learn(struct reader *reader)
{
	enum storm_outcome outcome = (enum storm_outcome)atomic_load(&reader->stage->outcome);
	struct reader_pace *pace = reader->pace;

	if (reader->wait_ns != READER_WAIT_AUTO || reader->gated ||
	    pace->measurements < READER_MEASUREMENTS)
		return;
	reader->expects_hits |= reader->was_hit;
	reader->has_hit |= reader->was_hit;
	if (outcome != STORM_UNKNOWN)
		correct(reader, outcome);
	if (pace->misses >= READER_LOST || pace->wait < READER_WAIT_MIN ||
	    pace->wait > READER_WAIT_MAX)
		forget(pace);
	atomic_store_explicit(&reader->counts->wait, pace->wait, memory_order_relaxed);
}

void reader_learn_anew(struct reader *reader)
{
	for (size_t order = 0; order <= AIM_ORDER_MAX; order++)
		forget(&reader->paces[order]);
}

static void map_pages(const struct region *region, uint64_t offset, uint64_t length)
{
	madvise((char *)reader_address(region, offset), length, MADV_POPULATE_READ);
}

/* A reader that reads all the time may read any page of its list next. */
static void map_list(const struct reader *reader)
{
	uint64_t first = (uint64_t)reader->list[0] * page_size();
	uint64_t last = (uint64_t)reader->list[reader->listed - 1] * page_size();

	map_pages(reader->region, first, last + page_size() - first);
}

static void unmap_pages(const struct region *region, uint64_t offset, uint64_t end)
{
	if (end > offset)
		madvise((char *)reader_address(region, offset), end - offset, MADV_DONTNEED);
}

/* Returns whether the punch itself unmaps the page to read. */
static bool is_in_hole(const struct reader *reader)
{
	return reader->page >= reader->hole.first &&
	       reader->page + page_size() <= reader->hole.first + reader->hole.length;
}

/* A gate waits for the reader. The time is not known at which the split unmaps a page of the hole
 * for the second time. */
bool reader_reads_at_once(const struct reader *reader)
{
	return (reader->gated || is_in_hole(reader)) && reader->wait_ns == READER_WAIT_AUTO;
}

/* Returns a page that the split unmaps with the folio: the one beside the page to read, if there is
 * one. */
static uint64_t sentinel_of(const struct reader *reader)
{
	return reader->region->target->order ? reader->page ^ page_size() : reader->page;
}

/* Maps only the punched page and one more of the region: fault-around would map 16 at once, and
 * each delays the freeze for which the reader waits. Then finds the folio's head. */
static void map_signs(struct reader *reader)
{
	uint64_t one = reader->watched;
	uint64_t other = reader_reads_at_once(reader) ? reader->page : sentinel_of(reader);
	uint64_t low = one < other ? one : other, high = one < other ? other : one;
	struct folio_place place;

	map_pages(reader->region, one, page_size());
	map_pages(reader->region, other, page_size());
	unmap_pages(reader->region, 0, low);
	unmap_pages(reader->region, low + page_size(), high);
	unmap_pages(reader->region, high + page_size(), reader->region->target->region_size);
	reader->head = folio_probe(&reader->lookup, reader_address(reader->region, other), &place)
			       ? FOLIO_NO_FRAME
			       : place.head;
}

uint64_t reader_page_to_watch(const struct hole *hole)
{
	uint64_t page = hole->first / page_size() * page_size();

	if (page < hole->first && page + 2UL * page_size() <= hole->first + hole->length)
		page += page_size();
	return page;
}

void reader_map_region(struct reader *reader)
{
	if (reader->wait_ns == READER_WAIT_OVER) {
		unmap_pages(reader->region, 0, reader->region->target->region_size);
	} else if (reader->wait_ns == READER_WAIT_NONE) {
		map_pages(reader->region, reader->watched, page_size());
		map_list(reader);
	} else {
		map_signs(reader);
	}
}

bool reader_is_coming(const struct reader *reader)
{
	return atomic_load_explicit(&reader->stage->ticket, memory_order_relaxed) ==
		       reader->ticket &&
	       sequence_phase(region_sequence(reader->region)) <= REGION_PUNCHING &&
	       !atomic_load_explicit(&reader->stage->stop, memory_order_relaxed);
}

void reader_watch_page(struct reader *reader, uint64_t offset)
{
	const char *address = reader_address(reader->region, offset);

	while (folio_is_mapped(&reader->lookup, address) == 1 && reader_is_coming(reader))
		reader_count(&reader->counts->heartbeat);
}

/* Returns the first page of the last exposed range, counted from the start of the region; 0: none
 * is exposed. */
static unsigned int last_exposed(const struct reader *reader)
{
	struct aim_punch punch = reader_punch(reader->region->target, &reader->hole);
	bool exposed[AIM_PAGES_MAX];
	unsigned int page = 1U << punch.order;

	if (!seen_pages_of(reader->seen, &punch, exposed) &&
	    aim_exposed(reader->shape, &punch, exposed) <= 0)
		return 0;
	while (page && !exposed[page - 1])
		page--;
	while (page && exposed[page - 1])
		page--;
	return page;
}

void reader_offer(struct reader *reader)
{
	uint64_t region = reader->region->offset / page_size();
	uint64_t page = region + reader->page / page_size();

	engine_wait_begin();
	engine_wait_offer(reader->schedule, reader->ticket, page, page,
			  region + last_exposed(reader), true);
}

void reader_offer_program(struct reader *reader, uint64_t ticket, const uint64_t *addresses,
			  uint64_t first, uint64_t last)
{
	for (int i = 0; i < SCHEDULE_MAPPINGS; i++)
		atomic_store(&reader->schedule->address[i], addresses[i]);
	engine_wait_offer(reader->schedule, ticket, first, last, first, false);
}

void reader_wait_for_the_engine(struct reader *reader)
{
	while (!engine_wait_look(reader->schedule, reader->ticket, !reader->engine) &&
	       reader_is_coming(reader))
		reader_count(&reader->counts->heartbeat);
}

/* Polls the folio's flags until it is locked. */
static void watch_lock(struct reader *reader)
{
	while (!folio_is_locked(&reader->lookup, reader->head) && reader_is_coming(reader))
		reader_count(&reader->counts->heartbeat);
}

/* Measures the time from the lock to the unmapping of the folio by the split: a good first wait. */
static void measure_the_wait(struct reader *reader)
{
	uint64_t began = units_now(), took;

	reader_watch_page(reader, sentinel_of(reader));
	took = units_now() - began;
	if (!reader->pace->measurements++ || took < reader->pace->wait)
		reader->pace->wait = took;
}

/* Without a hit, only the wait is known at which splits begin to fail. The right wait is near it,
 * so until the first hit waits around it are tried. A kernel that the first hit kills gives no
 * second chance to learn. */
static uint64_t wait_now(struct reader *reader)
{
	if (!reader->expects_hits || reader->has_hit || reader->wait_ns != READER_WAIT_AUTO)
		return reader->pace->wait;
	return reader->pace->wait / 2 +
	       random_value(reader->seed, RANDOM_READER + reader->number, reader->turn++) %
		       (reader->pace->wait + 1);
}

void reader_wait_for_the_split(struct reader *reader)
{
	reader_watch_page(reader, reader->watched);
	watch_lock(reader);
	if (reader->wait_ns == READER_WAIT_AUTO &&
	    reader->pace->measurements < READER_MEASUREMENTS) {
		measure_the_wait(reader);
		return;
	}
	units_spin(wait_now(reader));
}
