/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One access: reads the bytes, lets the oracle judge them, counts and reports the result. */
#include "injector/base/extreme.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "tools/reading/mapped_copy.h"
#include "tools/reading/reader_parts.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t reader_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

/* Reads one page and judges it. Returns the result of oracle_judge() or -errno. */
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

/* Returns whether a hit is to be reported: each page once, and a few pages of each punch. A wrong
 * mapping is read many times. */
static bool is_news(struct reader *reader, uint64_t ticket, unsigned int file, uint64_t page)
{
	const struct reader_place place = { .file = file, .page = page };

	if (reader->hit_ticket != ticket)
		reader->hit_count = 0;
	reader->hit_ticket = ticket;
	for (unsigned int i = 0; i < reader->hit_count; i++)
		if (reader->hit_places[i].file == file && reader->hit_places[i].page == page)
			return false;
	if (reader->hit_count == READER_HITS)
		return false;
	reader->hit_places[reader->hit_count++] = place;
	return true;
}

/* The generation whose punch was the last to begin, of a region with that sequence number. */
static uint32_t last_punched(uint64_t sequence)
{
	uint32_t generation = sequence_generation(sequence);

	return sequence_phase(sequence) >= REGION_PUNCHING || !generation ? generation
									  : generation - 1;
}

/* began: begin of the access, CLOCK_MONOTONIC ns. */
static void report_hit(struct reader *reader, struct region *region, uint64_t offset,
		       uint64_t began, const struct region_view *before,
		       const struct judgement *judgement)
{
	uint64_t ticket = reader->ticket ? reader->ticket : atomic_load(&reader->stage->ticket);
	uint32_t generation = sequence_generation(before->sequence);
	uint64_t punch = atomic_load(&region->punch);
	/* A reader that gets its processor late finds the region refilled, the storm at another
	 * region, or at this one once more. */
	uint32_t last = last_punched(region_sequence(region));
	bool punched = last >= generation;
	struct reader_hit hit = {
		.time = units_now(),
		.ticket = last == generation && punch ? punch : ticket,
		.reader = reader->number,
		.file = region->target->id,
		.page = (region->offset + offset) / page_size(),
		.folio = region->offset / page_size(),
		.first_of_punch = punched && extreme_raise(&region->hit_generation, generation),
		.judgement = *judgement,
	};

	if (!is_news(reader, ticket, hit.file, hit.page) && !hit.first_of_punch)
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
	struct aim_punch punch = reader_punch(region->target, hole);
	unsigned int served[AIM_SERVED_MAX], page = (unsigned int)(offset / page_size());

	return hole->length && (aim_served(reader->shape, &punch, page, served) > 0 ||
				seen_pages_has(reader->seen, &punch, page));
}

/* Counts an access to an exposed page that overlapped the punch and looked up the page cache. The
 * rates of calibration_rows.h are per passage counted like this, late look-ups included. */
static void count_exposure(struct reader *reader, struct region *region, uint64_t offset,
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
	if (!is_exposed(reader, region, &before->hole, offset))
		return;
	reader_count(&reader->counts->exposures);
	if (reader->can_hit && passage_note_exposure(&region->passage, sequence_generation(after)))
		atomic_fetch_add(reader->passages, 1);
}

uint64_t reader_captures(const struct reader *reader)
{
	return reader->witness ? witness_captures(reader->witness, reader->number) : 0;
}

/* Counts look-ups during an access that got a folio without their page, as seen by the witness. */
static void count_captures(struct reader *reader, struct region *region, uint64_t captured,
			   uint64_t before, uint64_t after, bool right)
{
	uint32_t generation = last_punched(after);

	if (!captured)
		return;
	if (right)
		atomic_fetch_add(&reader->counts->healed, captured);
	if (generation >= sequence_generation(before) &&
	    extreme_raise(&region->capture_generation, generation))
		atomic_fetch_add(reader->punches_captured, 1);
}

int reader_read_once(struct reader *reader, struct region *region, uint64_t offset)
{
	uint64_t captured = reader_captures(reader), began, after;
	struct region_view before;
	struct judgement judgement;
	int r;

	atomic_store_explicit(&reader->counts->last_page, (region->offset + offset) / page_size(),
			      memory_order_relaxed);
	began = units_now();
	r = look(reader, region, offset, reader->ops->read, &before, &after, &judgement);
	if (r == -EAGAIN) {
		reader_count(&reader->counts->not_judged);
		return 0;
	}
	if (r < 0)
		return r;
	reader_count(r ? &reader->counts->reads : &reader->counts->not_judged);
	count_exposure(reader, region, offset, &before, after);
	count_captures(reader, region, reader_captures(reader) - captured, before.sequence, after,
		       r && judgement.class == WRONG_NONE);
	if (r && judgement.class != WRONG_NONE) {
		reader_count(&reader->counts->wrong);
		report_hit(reader, region, offset, began, &before, &judgement);
	}
	return 0;
}
