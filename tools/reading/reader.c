/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/reader.h"
#include "injector/base/page_size.h"
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/reading/engine_wait.h"
#include "tools/reading/reader_parts.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { READER_REFAULTS = 9 }; /* accesses of a reader that was held */

/* All kinds, in the order in which messages and the reference list them. */
#define READERS(ROW)                                                                               \
	ROW(load)                                                                                  \
	ROW(pipe)                                                                                  \
	ROW(procmem)                                                                               \
	ROW(pread)                                                                                 \
	ROW(preadv2)                                                                               \
	ROW(exec)

#define DECLARE(name) extern const struct reader_ops reader_##name;
#define ADDRESS(name) &reader_##name,

READERS(DECLARE)

const struct reader_ops *const reader_kinds[] = { READERS(ADDRESS) NULL };

/* Finds the pages to read of a punch: those that were seen exposed, or the model's. Returns how
 * many, or as aim_preferred(). */
static int find_wanted(const struct reader *reader, const struct aim_punch *punch, bool *wanted)
{
	unsigned int seen = seen_pages_of(reader->seen, punch, wanted);

	if (!seen)
		return aim_preferred(reader->shape, punch, wanted);
	atomic_store(&reader->seen->followed, true);
	return (int)seen;
}

/* Makes the list of pages of the region that this reader reads. */
static void make_list(struct reader *reader, const struct target *target)
{
	struct aim_punch punch = reader_punch(target, &reader->hole);
	size_t pages = target->region_size / page_size();
	bool wanted[AIM_PAGES_MAX] = { false };
	int exposed = 0;

	if (reader->pages == READER_EXPOSED)
		exposed = find_wanted(reader, &punch, wanted);
	reader->listed = 0;
	for (size_t i = 0; i < pages; i++) {
		if (reader->pages == READER_RANGE
			    ? i >= reader->range_first && i <= reader->range_last
			    : exposed <= 0 || wanted[i])
			reader->list[reader->listed++] = (uint32_t)i;
	}
}

/* Returns a random value that is the same for all readers of an announced region. */
static uint64_t common_value(const struct reader *reader, uint64_t nth)
{
	return random_value(reader->seed, RANDOM_MEETING, reader->ticket << 16 | (nth & 0xffff));
}

/* Chooses one of the pages of this reader. Returns bytes from the start of the region. */
static uint64_t choose_page(struct reader *reader)
{
	uint64_t nth = reader->chosen++, value;

	if (reader->where == READER_RANDOM)
		value = random_value(reader->seed, RANDOM_READER + reader->number, reader->turn++);
	else if (reader->where == READER_SAME)
		value = common_value(reader, nth);
	else
		value = common_value(reader, 0) % reader->listed + reader->seat +
			nth * reader->stage->readers;
	return (uint64_t)reader->list[value % reader->listed] * page_size();
}

/* Called when the storm has announced a region: chooses a page, maps it (and its neighbours, by
 * fault-around), and answers. */
static void arrive(struct reader *reader, uint64_t ticket)
{
	uint32_t version = atomic_load(&reader->seen->version);
	const struct target *target;
	struct region_view view;

	reader_learn(reader);
	reader->region = atomic_load(&reader->stage->region);
	target = reader->region->target;
	reader->pace = &reader->paces[target->order];
	view = region_view(reader->region);
	if (reader->listed_version != version)
		reader_learn_anew(reader);
	if (reader->listed_size != target->region_size || reader->listed_version != version ||
	    memcmp(&view.hole, &reader->hole, sizeof(view.hole))) {
		reader->hole = view.hole;
		make_list(reader, target);
		reader->listed_size = target->region_size;
		reader->listed_version = version;
		reader->watched = reader_page_to_watch(&view.hole);
	}
	reader->ticket = ticket;
	reader->chosen = 0;
	reader->page = choose_page(reader);
	if (reader->ops->faults) {
		reader_map_region(reader);
		reader->faults_seen = reader_faults();
	}
	if (reader->schedule)
		reader_offer(reader);
	atomic_store(&reader->stage->arrived[reader->seat], ticket);
}

/*
 * Reads at a gate, which holds look-up and split until both have arrived. The page is read until it
 * is unmapped, and the fault follows at once. A page of the hole is unmapped twice: by the punch,
 * and again by the split. The time of the second is not known, so the page is read all the time as
 * well.
 */
static int read_at_the_gate(struct reader *reader)
{
	uint64_t wrong = atomic_load(&reader->counts->wrong);
	int r;

	reader_watch_page(reader, reader->watched);
	do
		r = reader_read_once(reader, reader->region, reader->page);
	while (!r && reader_is_coming(reader) && atomic_load(&reader->counts->wrong) == wrong);
	return r;
}

/* Does the access that the punch is aimed at, and a few more after the punch. */
static int read_in_the_window(struct reader *reader)
{
	uint64_t wrong = atomic_load(&reader->counts->wrong), captures = reader_captures(reader);
	int r;

	if (reader->held) {
		reader_wait_for_the_engine(reader);
		r = reader_read_once(reader, reader->region, reader->page);
	} else if (reader_reads_at_once(reader)) {
		r = read_at_the_gate(reader);
	} else {
		reader_wait_for_the_split(reader);
		r = reader_read_once(reader, reader->region, reader->page);
	}
	if (reader->schedule)
		engine_wait_end();
	for (int more = 0; more < 8 && !r; more++)
		r = reader_read_once(reader, reader->region, choose_page(reader));
	reader->was_hit =
		atomic_load(&reader->counts->wrong) != wrong || reader_captures(reader) != captures;
	return r;
}

/* Returns whether the storm has taken the page out of the page cache, and the refill has not
 * begun. */
static bool is_refault(const struct reader *reader, uint64_t offset)
{
	const struct region *region = reader->region;
	uint64_t before = region_sequence(region);

	return sequence_phase(before) == REGION_PUNCHED &&
	       refault_is_due(region->target, region->offset + offset) &&
	       region_sequence_after_reads(region) == before;
}

/* Waits, as all readers do, until the storm has finished this region, then reads some pages that
 * may have to be read back. While it waits, late readers get its processor. */
static int read_when_over(struct reader *reader)
{
	uint64_t offset = reader->page;
	int r = 0;

	while (reader_is_coming(reader)) {
		reader_count(&reader->counts->heartbeat);
		sched_yield();
	}
	for (int n = 0; n < READER_REFAULTS && !r; n++, offset = choose_page(reader)) {
		uint64_t before = region_sequence(reader->region);
		bool refault = is_refault(reader, offset);

		r = reader_read_once(reader, reader->region, offset);
		/* Of a late reader, the refill may have come first. */
		if (refault && region_sequence_after_reads(reader->region) == before)
			reader_count(&reader->counts->exposures);
	}
	return r;
}

/* Reads in the region of the storm. */
static int read_at_storm(struct reader *reader)
{
	uint64_t ticket = atomic_load_explicit(&reader->stage->ticket, memory_order_acquire);
	bool held = reader->wait_ns == READER_WAIT_OVER;
	bool watches = held || reader->held ||
		       (reader->ops->faults && reader->wait_ns != READER_WAIT_NONE);

	if (!ticket || (watches && ticket == reader->ticket)) {
		units_sleep(20000);
		return 0;
	}
	if (ticket != reader->ticket)
		arrive(reader, ticket);
	if (watches)
		return held ? read_when_over(reader) : read_in_the_window(reader);
	if (sequence_phase(region_sequence(reader->region)) == REGION_REFILLING) {
		units_sleep(20000);
		return 0;
	}
	return reader_read_once(reader, reader->region, choose_page(reader));
}

/* Does one access anywhere in the file. */
static int read_anywhere(struct reader *reader)
{
	uint64_t value = random_value(reader->seed, RANDOM_READER + reader->number, reader->turn++);
	const struct target *target = &reader->targets[value % reader->target_count];
	uint64_t pages = target->region_size / page_size(), page;
	struct region *region;

	/* A copy may be shorter than a region, and its last region may be shorter. */
	if (!target->region_count) {
		units_sleep(20000);
		return 0;
	}
	page = (value >> 8) % (target->region_count * pages);
	region = &target->regions[page / pages];
	if (reader->ops->faults && region == atomic_load(&reader->stage->region))
		reader->faults_seen = reader_faults();
	return reader_read_once(reader, region, page % pages * page_size());
}

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	/* The scenario was refused if the processor did not exist. If it was removed since, that
	 * does not matter. */
	sched_setaffinity(0, sizeof(set), &set);
}

static void *run(void *argument)
{
	struct reader *reader = argument;
	int r = 0;

	if (!reader->ops->turn)
		pin(reader->cpu);
	reader->pace = reader->paces;
	for (size_t order = 0; order <= AIM_ORDER_MAX && reader->wait_ns < READER_WAIT_OVER;
	     order++)
		reader->paces[order].wait = reader->wait_ns;
	atomic_store_explicit(&reader->counts->wait, reader->pace->wait, memory_order_relaxed);
	reader->lookup = FOLIO_LOOKUP_CLOSED;
	r = folio_lookup_open(&reader->lookup);
	if (r)
		report(r, "reader %u: looking up folios", reader->number);
	else if (reader->ops->open)
		r = reader->ops->open(reader);
	if (!r && reader->witness && !reader->ops->turn) {
		r = witness_add_reader(reader->witness, reader->number);
		if (r)
			report(r, "reader %u: naming it to the witness", reader->number);
	}
	if (!r && reader->engine) {
		r = schedule_engine_add_reader(reader->engine, reader->schedule);
		if (r)
			report(r, "reader %u: naming it to the schedule's engine", reader->number);
	}
	while (!r && !atomic_load_explicit(&reader->stage->stop, memory_order_relaxed)) {
		if (reader->ops->turn)
			r = reader->ops->turn(reader);
		else
			r = reader->pages == READER_ALL ? read_anywhere(reader)
							: read_at_storm(reader);
		reader_count(&reader->counts->heartbeat);
		if (reader->pace_ns)
			units_sleep(reader->pace_ns);
	}
	if (r)
		reader->failed(reader->context, r);
	else if (reader->ops->close)
		reader->ops->close(reader);
	folio_lookup_close(&reader->lookup);
	return NULL;
}

static uint64_t largest_region(const struct reader *reader)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < reader->target_count; i++)
		if (reader->targets[i].region_size > largest)
			largest = reader->targets[i].region_size;
	return largest;
}

int reader_start(struct reader *reader)
{
	int r;

	reader->list = calloc(largest_region(reader) / page_size(), sizeof(*reader->list));
	if (!reader->list)
		return report(-ENOMEM, "reader %u", reader->number);
	r = pthread_create(&reader->thread, NULL, run, reader);
	if (!r)
		return 0;
	free(reader->list);
	reader->list = NULL;
	return report(-r, "starting reader %u", reader->number);
}

void reader_join(struct reader *reader)
{
	pthread_join(reader->thread, NULL);
	free(reader->list);
	reader->list = NULL;
}
