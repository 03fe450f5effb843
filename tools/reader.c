/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reader.h"
#include "injector/random.h"
#include "injector/report.h"
#include "injector/units.h"
#include "tools/mapped_copy.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

enum { READER_WAIT_MIN = 200, READER_WAIT_MAX = 20000000 }; /* ns */
enum { READER_REFAULTS = 9 };                               /* accesses of who was held */

const struct reader_ops *const reader_kinds[] = {
	&reader_load, &reader_pipe, &reader_procmem, &reader_pread, &reader_exec, NULL,
};

const struct reader_ops *reader_kind_find(const char *name)
{
	for (const struct reader_ops *const *kind = reader_kinds; *kind; kind++)
		if (!strcmp((*kind)->name, name))
			return *kind;
	return NULL;
}

/* Only the reader itself adds to its counts. */
static void count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

uint64_t reader_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

static struct aim_punch punch_of(const struct target *target, const struct hole *hole)
{
	return (struct aim_punch){
		.order = target->order,
		.first = (unsigned int)(hole->first / TARGET_PAGE_SIZE),
		.count = hole_pages(hole),
	};
}

/* The pages of the region that this reader will read. */
static void make_list(struct reader *reader, const struct target *target)
{
	struct aim_punch punch = punch_of(target, &reader->hole);
	size_t pages = target->region_size / TARGET_PAGE_SIZE;
	bool wanted[AIM_PAGES_MAX] = { false };
	int exposed = 0;

	if (reader->pages == READER_EXPOSED)
		exposed = aim_preferred(reader->shape, &punch, wanted);
	reader->listed = 0;
	for (size_t i = 0; i < pages; i++) {
		if (reader->pages == READER_RANGE
			    ? i >= reader->range_first && i <= reader->range_last
			    : exposed <= 0 || wanted[i])
			reader->list[reader->listed++] = (uint32_t)i;
	}
}

static const char *address_of(const struct region *region, uint64_t offset)
{
	return region->target->map + region->offset + offset;
}

/* What all readers draw alike at a region that was announced to them. */
static uint64_t common_value(const struct reader *reader, uint64_t nth)
{
	return random_value(reader->seed, RANDOM_MEETING, reader->ticket << 16 | (nth & 0xffff));
}

/* One of the pages that this reader reads, bytes from the start of the region. */
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
	return (uint64_t)reader->list[value % reader->listed] * TARGET_PAGE_SIZE;
}

enum {
	READER_MEASUREMENTS = 8, /* punches at which the wait is measured: the first are slow, so
				    the least counts */
	READER_LOST = 24,        /* misses in a row after which it is measured anew */
};

/*
 * A split that failed was met too early, one that gave no hit too late, the more surely the more of
 * them there are in a row: then the steps grow. After a hit the wait is right; it creeps towards
 * the early side, where there is more room (a look-up that begins up to 80 us before the freeze may
 * still come back with the wrong folio; one that begins 30 us after it does not, under TCG). On a
 * kernel that gives no hits nobody knows what is late: the wait goes down so slowly that about one
 * split in twenty fails.
 */
static void correct(struct reader *reader, enum storm_outcome outcome)
{
	uint64_t step = reader->wait / 64;

	if (outcome == STORM_NOT_SPLIT) {
		reader->misses = 0;
		reader->wait += step * (reader->expects_hits ? 4 + reader->failures++ : 5);
	} else if (reader->was_hit || !reader->expects_hits) {
		reader->misses = reader->failures = 0;
		reader->wait -= reader->was_hit ? step / 8 : step / 4;
	} else {
		reader->failures = 0;
		reader->wait -= step + step * (reader->misses++ / 4);
	}
}

static void learn(struct reader *reader)
{
	enum storm_outcome outcome = (enum storm_outcome)atomic_load(&reader->stage->outcome);

	if (reader->wait_ns != READER_WAIT_AUTO || reader->gated ||
	    reader->measurements < READER_MEASUREMENTS)
		return;
	reader->expects_hits |= reader->was_hit;
	reader->has_hit |= reader->was_hit;
	if (outcome != STORM_UNKNOWN)
		correct(reader, outcome);
	if (reader->misses >= READER_LOST || reader->wait < READER_WAIT_MIN ||
	    reader->wait > READER_WAIT_MAX)
		reader->measurements = reader->misses = reader->failures = 0;
	atomic_store_explicit(&reader->counts->wait, reader->wait, memory_order_relaxed);
}

static void map_pages(const struct region *region, uint64_t offset, uint64_t length)
{
	madvise((char *)address_of(region, offset), length, MADV_POPULATE_READ);
}

/* Who reads all the time may take any page of its list next. */
static void map_list(const struct reader *reader)
{
	uint64_t first = (uint64_t)reader->list[0] * TARGET_PAGE_SIZE;
	uint64_t last = (uint64_t)reader->list[reader->listed - 1] * TARGET_PAGE_SIZE;

	map_pages(reader->region, first, last + TARGET_PAGE_SIZE - first);
}

static void unmap_pages(const struct region *region, uint64_t offset, uint64_t end)
{
	if (end > offset)
		madvise((char *)address_of(region, offset), end - offset, MADV_DONTNEED);
}

/* Whether the punch itself unmaps the page to read. */
static bool is_in_hole(const struct reader *reader)
{
	return reader->page >= reader->hole.first &&
	       reader->page + TARGET_PAGE_SIZE <= reader->hole.first + reader->hole.length;
}

/* A page that goes when the split unmaps the folio: beside the one to read. */
static uint64_t sentinel_of(const struct reader *reader)
{
	return reader->page ^ TARGET_PAGE_SIZE;
}

/*
 * Maps the punched page and one more of the region, and nothing else: fault-around maps 16 at once,
 * and each of them delays the freeze that the reader waits for. Then finds the folio's head.
 */
static void map_signs(struct reader *reader)
{
	bool reads_at_once = reader->gated || is_in_hole(reader);
	uint64_t one = reader->watched, other = reads_at_once ? reader->page : sentinel_of(reader);
	uint64_t low = one < other ? one : other, high = one < other ? other : one;
	struct folio_place place;

	map_pages(reader->region, one, TARGET_PAGE_SIZE);
	map_pages(reader->region, other, TARGET_PAGE_SIZE);
	unmap_pages(reader->region, 0, low);
	unmap_pages(reader->region, low + TARGET_PAGE_SIZE, high);
	unmap_pages(reader->region, high + TARGET_PAGE_SIZE, reader->region->target->region_size);
	reader->head = folio_probe(&reader->lookup, address_of(reader->region, other), &place)
			       ? FOLIO_NO_FRAME
			       : place.head;
}

/*
 * The first page that the punch unmaps, bytes from the start of the region: one that is wholly in
 * the hole (truncate_pagecache_range()). A hole without such a page unmaps nothing before the split
 * does.
 */
static uint64_t page_to_watch(const struct hole *hole)
{
	uint64_t page = hole->first / TARGET_PAGE_SIZE * TARGET_PAGE_SIZE;

	if (page < hole->first && page + 2 * TARGET_PAGE_SIZE <= hole->first + hole->length)
		page += TARGET_PAGE_SIZE;
	return page;
}

/* Maps what will be read, or is watched, so that it takes no fault before the storm. */
static void map_region(struct reader *reader)
{
	if (reader->wait_ns == READER_WAIT_OVER) {
		unmap_pages(reader->region, 0, reader->region->target->region_size);
	} else if (reader->wait_ns == READER_WAIT_NONE) {
		map_pages(reader->region, reader->watched, TARGET_PAGE_SIZE);
		map_list(reader);
	} else {
		map_signs(reader);
	}
}

/* The storm announced a region: choose a page and map it (and its neighbours, by fault-around), and
 * answer. */
static void arrive(struct reader *reader, uint64_t ticket)
{
	const struct target *target;
	struct region_view view;

	reader->region = atomic_load(&reader->stage->region);
	target = reader->region->target;
	view = region_view(reader->region);
	if (!reader->listed || memcmp(&view.hole, &reader->hole, sizeof(view.hole))) {
		reader->hole = view.hole;
		make_list(reader, target);
		reader->watched = page_to_watch(&view.hole);
	}
	reader->ticket = ticket;
	reader->chosen = 0;
	reader->page = choose_page(reader);
	learn(reader);
	if (reader->ops->faults) {
		map_region(reader);
		reader->faults_seen = reader_faults();
	}
	atomic_store(&reader->stage->arrived[reader->seat], ticket);
}

/* Takes one page and has it judged. Returns oracle_judge()'s answer or -errno. */
static int look(struct reader *reader, const struct region *region, uint64_t offset,
		int (*take)(struct reader *, const struct target *, uint64_t, uint64_t *),
		struct region_view *before, uint64_t *after, struct judgement *judgement)
{
	_Alignas(64) uint64_t page[STAMP_WORDS];
	int r;

	*before = region_view(region);
	r = take(reader, region->target, region->offset + offset, page);
	*after = region_sequence_after_reads(region);
	if (r && r != -ENODATA)
		return r;
	return oracle_judge(region, offset, r ? NULL : page, before, *after, judgement);
}

static int take_beneath(struct reader *reader, const struct target *target, uint64_t offset,
			uint64_t *page)
{
	(void)reader;
	return pread(target->backing_fd, page, STAMP_PAGE_SIZE, (off_t)offset) == STAMP_PAGE_SIZE
		       ? 0
		       : -ENODATA;
}

static int take_fresh(struct reader *reader, const struct target *target, uint64_t offset,
		      uint64_t *page)
{
	void *map =
		mmap(NULL, STAMP_PAGE_SIZE, PROT_READ, MAP_SHARED, target->mount_fd, (off_t)offset);
	int r;

	(void)reader;
	if (map == MAP_FAILED)
		return -errno;
	r = mapped_copy(page, map, STAMP_PAGE_SIZE);
	munmap(map, STAMP_PAGE_SIZE);
	return r;
}

static bool still_wrong(struct reader *reader, const struct region *region, uint64_t offset,
			int (*take)(struct reader *, const struct target *, uint64_t, uint64_t *))
{
	struct region_view before;
	struct judgement judgement;
	uint64_t after;

	return look(reader, region, offset, take, &before, &after, &judgement) > 0 &&
	       judgement.class != WRONG_NONE;
}

/* A wrong mapping is read again and again; one look at each page is enough, and a few pages of each
 * punch. */
static bool is_news(struct reader *reader, uint64_t ticket, uint64_t page)
{
	if (reader->hit_ticket != ticket)
		reader->hit_count = 0;
	reader->hit_ticket = ticket;
	for (unsigned int i = 0; i < reader->hit_count; i++)
		if (reader->hit_pages[i] == page)
			return false;
	if (reader->hit_count == READER_HITS)
		return false;
	reader->hit_pages[reader->hit_count++] = page;
	return true;
}

/* began: when the access did, CLOCK_MONOTONIC ns. */
static void report_hit(struct reader *reader, struct region *region, uint64_t offset,
		       uint64_t began, const struct region_view *before,
		       const struct judgement *judgement)
{
	/* The storm may have moved on; who follows it knows where it was. */
	uint64_t ticket = reader->ticket ? reader->ticket : atomic_load(&reader->stage->ticket);
	uint32_t generation = sequence_generation(before->sequence);
	bool punched = sequence_phase(region_sequence(region)) >= REGION_PUNCHING;
	struct reader_hit hit = {
		.time = units_now(),
		.ticket = ticket,
		.reader = reader->number,
		.file = region->target->id,
		.page = (region->offset + offset) / TARGET_PAGE_SIZE,
		.folio = region->offset / TARGET_PAGE_SIZE,
		.first_of_punch = punched && atomic_exchange(&region->hit_generation, generation) !=
						     generation,
		.judgement = *judgement,
	};

	if (!is_news(reader, ticket, hit.page) && !hit.first_of_punch)
		return;
	hit.access = hit.time - began;
	hit.again_wrong = still_wrong(reader, region, offset, reader->ops->read);
	hit.pread_wrong = still_wrong(reader, region, offset, take_beneath);
	hit.fresh_wrong = still_wrong(reader, region, offset, take_fresh);
	hit.check = units_now() - hit.time;
	reader->hit(reader->context, &hit);
}

static bool is_exposed(const struct reader *reader, const struct region *region,
		       const struct hole *hole, uint64_t offset)
{
	struct aim_punch punch = punch_of(region->target, hole);
	unsigned int served[AIM_SERVED_MAX];

	return hole->length && aim_served(reader->shape, &punch,
					  (unsigned int)(offset / TARGET_PAGE_SIZE), served) > 0;
}

/* An access that overlapped the punch, and looked the page cache up meanwhile, on a page that it
 * exposes. */
static void count_exposure(struct reader *reader, const struct region *region, uint64_t offset,
			   const struct region_view *before, uint64_t after)
{
	enum region_phase from = sequence_phase(before->sequence), to = sequence_phase(after);
	uint64_t faults;

	if (from == REGION_REFILLING || from == REGION_PUNCHED || to < REGION_PUNCHING ||
	    sequence_generation(before->sequence) != sequence_generation(after))
		return;
	if (reader->ops->faults) {
		faults = reader_faults();
		if (faults == reader->faults_seen)
			return;
		reader->faults_seen = faults;
	}
	if (is_exposed(reader, region, &before->hole, offset))
		count(&reader->counts->exposures);
}

static uint64_t captures_of(const struct reader *reader)
{
	return reader->witness ? witness_captures(reader->witness, reader->number) : 0;
}

/* What the witness saw during an access: `captured` look-ups got a folio without their page. */
static void count_captures(struct reader *reader, struct region *region, uint64_t captured,
			   uint64_t after, bool right)
{
	uint32_t generation = sequence_generation(after);

	if (!captured)
		return;
	if (right)
		atomic_fetch_add(&reader->counts->healed, captured);
	if (sequence_phase(after) >= REGION_PUNCHING &&
	    atomic_exchange(&region->capture_generation, generation) != generation)
		atomic_fetch_add(reader->punches_captured, 1);
}

static int read_once(struct reader *reader, struct region *region, uint64_t offset)
{
	uint64_t captured = captures_of(reader), began, after;
	struct region_view before;
	struct judgement judgement;
	int r;

	atomic_store_explicit(&reader->counts->last_page,
			      (region->offset + offset) / TARGET_PAGE_SIZE, memory_order_relaxed);
	began = units_now();
	r = look(reader, region, offset, reader->ops->read, &before, &after, &judgement);
	if (r < 0)
		return r;
	count(r ? &reader->counts->reads : &reader->counts->not_judged);
	count_exposure(reader, region, offset, &before, after);
	count_captures(reader, region, captures_of(reader) - captured, after,
		       r && judgement.class == WRONG_NONE);
	if (r && judgement.class != WRONG_NONE) {
		count(&reader->counts->wrong);
		report_hit(reader, region, offset, began, &before, &judgement);
	}
	return 0;
}

/* Whether the storm has not finished with the region that the reader is at. A region that it has
 * finished with is soon filled and ready again, for another ticket: who only looked at its phase
 * would stay for a whole round. */
static bool is_coming(const struct reader *reader)
{
	return atomic_load_explicit(&reader->stage->ticket, memory_order_relaxed) ==
		       reader->ticket &&
	       sequence_phase(region_sequence(reader->region)) <= REGION_PUNCHING &&
	       !atomic_load_explicit(&reader->stage->stop, memory_order_relaxed);
}

/* Asks the page table until the page is unmapped, or the storm has finished here. */
static void watch_page(struct reader *reader, uint64_t offset)
{
	const char *address = address_of(reader->region, offset);

	while (folio_is_mapped(&reader->lookup, address) == 1 && is_coming(reader))
		count(&reader->counts->heartbeat);
}

/* Asks the folio's flags until it is locked. */
static void watch_lock(struct reader *reader)
{
	while (!folio_is_locked(&reader->lookup, reader->head) && is_coming(reader))
		count(&reader->counts->heartbeat);
}

/* How long after the lock the split unmaps the folio: a good first wait. */
static void measure_the_wait(struct reader *reader)
{
	uint64_t began = units_now(), took;

	watch_page(reader, sentinel_of(reader));
	took = units_now() - began;
	if (!reader->measurements++ || took < reader->wait)
		reader->wait = took;
}

/*
 * What is learned from splits alone is the edge where they begin to fail, and the right wait is
 * somewhere near. So until the first hit it is looked for around there; a kernel that the first hit
 * kills gives no second chance to learn.
 */
static uint64_t wait_now(struct reader *reader)
{
	if (!reader->expects_hits || reader->has_hit || reader->wait_ns != READER_WAIT_AUTO)
		return reader->wait;
	return reader->wait / 2 +
	       random_value(reader->seed, RANDOM_READER + reader->number, reader->turn++) %
		       (reader->wait + 1);
}

/*
 * Until the punch has unmapped the page that it is for, and the wait after it is over. The kernel
 * unmaps that page before it locks and splits the folio (truncate_pagecache_range()), so there is
 * time to be right behind the freeze.
 */
static void wait_for_the_split(struct reader *reader)
{
	watch_page(reader, reader->watched);
	watch_lock(reader);
	if (reader->wait_ns == READER_WAIT_AUTO && reader->measurements < READER_MEASUREMENTS) {
		measure_the_wait(reader);
		return;
	}
	units_spin(wait_now(reader));
}

/* A gate holds the look-up and the split until they meet: the page is read until it is unmapped, and
 * its fault comes right after that. A page of the hole is unmapped twice, by the punch and, mapped
 * again by then, by the split; when that is is not known, so it is read all the time as well. */
static int read_at_the_gate(struct reader *reader)
{
	uint64_t wrong = atomic_load(&reader->counts->wrong);
	int r;

	watch_page(reader, reader->watched);
	do
		r = read_once(reader, reader->region, reader->page);
	while (!r && is_coming(reader) && atomic_load(&reader->counts->wrong) == wrong);
	return r;
}

/* The access that the punch is aimed at, and a few more of what it left behind. */
static int read_in_the_window(struct reader *reader)
{
	uint64_t wrong = atomic_load(&reader->counts->wrong), captures = captures_of(reader);
	int r;

	if ((reader->gated || is_in_hole(reader)) && reader->wait_ns == READER_WAIT_AUTO) {
		r = read_at_the_gate(reader);
	} else {
		wait_for_the_split(reader);
		r = read_once(reader, reader->region, reader->page);
	}
	for (int more = 0; more < 8 && !r; more++)
		r = read_once(reader, reader->region, choose_page(reader));
	reader->was_hit =
		atomic_load(&reader->counts->wrong) != wrong || captures_of(reader) != captures;
	return r;
}

/* Held until the storm is done here, like all the others: then some pages that may have to be
 * brought back. Who is held gives its processor to those who are late. */
static int read_when_over(struct reader *reader)
{
	uint64_t offset = reader->page;
	int r = 0;

	while (is_coming(reader)) {
		count(&reader->counts->heartbeat);
		sched_yield();
	}
	for (int n = 0; n < READER_REFAULTS && !r; n++, offset = choose_page(reader)) {
		if (refault_is_due(reader->region->target, reader->region->offset + offset))
			count(&reader->counts->exposures);
		r = read_once(reader, reader->region, offset);
	}
	return r;
}

/* Accesses where the storm is. */
static int read_at_storm(struct reader *reader)
{
	uint64_t ticket = atomic_load_explicit(&reader->stage->ticket, memory_order_acquire);
	bool held = reader->wait_ns == READER_WAIT_OVER;
	bool watches = held || (reader->ops->faults && reader->wait_ns != READER_WAIT_NONE);

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
	return read_once(reader, reader->region, choose_page(reader));
}

/* One access anywhere. */
static int read_anywhere(struct reader *reader)
{
	uint64_t value = random_value(reader->seed, RANDOM_READER + reader->number, reader->turn++);
	const struct target *target = &reader->targets[value % reader->target_count];
	uint64_t page = (value >> 8) % ((target->size - target->first) / TARGET_PAGE_SIZE);
	uint64_t pages = target->region_size / TARGET_PAGE_SIZE;
	struct region *region = &target->regions[page / pages];

	if (reader->ops->faults && region == atomic_load(&reader->stage->region))
		reader->faults_seen = reader_faults();
	return read_once(reader, region, page % pages * TARGET_PAGE_SIZE);
}

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	/* A processor that is not there was refused by the scenario; one taken away since does not
	 * matter. */
	sched_setaffinity(0, sizeof(set), &set);
}

static void *run(void *argument)
{
	struct reader *reader = argument;
	int r = 0;

	if (!reader->ops->turn)
		pin(reader->cpu);
	reader->wait = reader->wait_ns < READER_WAIT_OVER ? reader->wait_ns : 0;
	atomic_store_explicit(&reader->counts->wait, reader->wait, memory_order_relaxed);
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
	while (!r && !atomic_load_explicit(&reader->stage->stop, memory_order_relaxed)) {
		if (reader->ops->turn)
			r = reader->ops->turn(reader);
		else
			r = reader->pages == READER_ALL ? read_anywhere(reader)
							: read_at_storm(reader);
		count(&reader->counts->heartbeat);
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

	reader->list = calloc(largest_region(reader) / TARGET_PAGE_SIZE, sizeof(*reader->list));
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
