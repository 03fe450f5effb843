/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/archiver.h"
#include "injector/base/units.h"
#include "injector/storm/aim.h"
#include "tools/ipc/worker_shared.h"
#include "tools/reading/engine_wait.h"
#include "tools/workloads/journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

enum { PAGE = STAMP_PAGE_SIZE };

static const uint64_t huge = 2 << 20;

struct archiver {
	struct journal_play *play;
	struct journal_slot *slot;
	struct folio_lookup lookup;
	enum aim_shape shape;
};

/* A folio in the page cache. */
struct folio_seen {
	uint64_t first; /* page of the file */
	unsigned int order;
};

/* Replaces the folios that a writer's faults made, one page each, by large ones. Elsewhere memory
 * pressure and readers of huge pages do that, for which a workload cannot wait. Called with barrier
 * held for writing, so no other thread has a page mapped. */
static int make_large(struct archiver *archiver, char *map, uint64_t first)
{
	struct journal_slot *slot = archiver->slot;

	windows_let_go(&slot->writer.windows);
	if (!first && slot->writer.header && madvise(slot->writer.header, PAGE, MADV_DONTNEED))
		return -errno;
	play_let_go(archiver->play, slot);
	if (fdatasync(slot->backing_fd))
		return -errno;
	posix_fadvise(slot->backing_fd, (off_t)first, (off_t)huge, POSIX_FADV_DONTNEED);
	if (madvise(map, huge, MADV_HUGEPAGE) || madvise(map, huge, MADV_POPULATE_READ))
		return -errno;
	return 0;
}

/* Maps 2 MiB of the slot at an aligned address. reserved: the caller unmaps 2 * huge there. */
static char *map_huge(const struct journal_slot *slot, uint64_t first, char **reserved)
{
	char *aligned;

	*reserved =
		mmap(NULL, 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (*reserved == MAP_FAILED)
		return MAP_FAILED;
	aligned = *reserved + (-(uintptr_t)*reserved & (huge - 1));
	return mmap(aligned, huge, PROT_READ, MAP_SHARED | MAP_FIXED, slot->mount_fd, (off_t)first);
}

static void count_folio(struct archiver *archiver, unsigned int order)
{
	struct refill_counts *counts = &archiver->play->workload->run->shared->refill;

	if (!archiver->play->settings->huge_folios)
		return;
	if (order >= target_order(huge))
		atomic_fetch_add(&counts->folios_whole, 1);
	else
		atomic_fetch_add(&counts->folios_other, 1);
	if ((int)order < atomic_load(&counts->lowest_order))
		atomic_store(&counts->lowest_order, (int)order);
}

/* Makes the folio of a page large, and looks at it. Returns 0 or -errno. */
static int see_folio(struct archiver *archiver, uint64_t page, struct folio_seen *seen)
{
	uint64_t first = page * PAGE / huge * huge;
	struct folio_place place = { .order = 0 };
	char *reserved, *map = map_huge(archiver->slot, first, &reserved);
	const volatile char *at = map + (page * PAGE - first);
	int r = 0;

	if (map == MAP_FAILED)
		r = -errno;
	if (!r && archiver->play->settings->huge_folios)
		r = make_large(archiver, map, first);
	if (!r) {
		(void)*at;
		r = folio_probe(&archiver->lookup, (const void *)at, &place);
		/* Split or removed at this moment: a small folio. */
		if (r == -EAGAIN || r == -ENOENT)
			r = 0;
	}
	if (reserved != MAP_FAILED)
		munmap(reserved, 2 * huge);
	if (r)
		return r;
	count_folio(archiver, place.order);
	*seen = (struct folio_seen){ .first = page - place.page, .order = place.order };
	return 0;
}

/* Finds an object to read in a page. Returns whether there is one. */
static bool find_spot(const struct archiver *archiver, uint64_t page, struct journal_spot *spot)
{
	const struct journal_layout *layout = play_layout(archiver->play->settings);
	const struct journal_writer *writer = &archiver->slot->writer;

	spot->page = page;
	if (layout) {
		spot->data = page * PAGE;
		return layout_holds(layout, spot->data, PAGE);
	}
	spot->data = page < writer->pages ? writer->data_in_page[page] : 0;
	return spot->data;
}

/* Returns whether a page counts for a schedule. Its passage is the first split of the first folio,
 * and the pages exposed beside the hole: those of a hole to the end of the folio. */
static bool counts(const struct archiver *archiver, const struct journal_hole *hole, uint64_t page)
{
	uint64_t first = hole->offset / PAGE, last = (hole->offset + hole->length - 1) / PAGE;

	return !archiver->play->workload->schedule || page < first || page > last;
}

/* Adds the pages of one folio that the hole exposes, if there is an object to read in them. */
static void add_spots(struct archiver *archiver, const struct folio_seen *folio,
		      const struct journal_hole *hole)
{
	struct journal_stage *stage = &archiver->play->stage;
	uint64_t first = hole->offset / PAGE, end = (hole->offset + hole->length - 1) / PAGE + 1;
	uint64_t pages = UINT64_C(1) << folio->order;
	struct aim_punch punch = { .order = folio->order };
	unsigned int order;
	unsigned int served[AIM_SERVED_MAX];

	first = first > folio->first ? first - folio->first : 0;
	end = end - folio->first < pages ? end - folio->first : pages;
	if (archiver->play->workload->schedule && first)
		end = pages;
	punch.first = (unsigned int)first;
	punch.count = (unsigned int)(end - first);
	for (uint64_t i = 0; i < pages && stage->spot_count < PLAY_SPOTS_MAX; i++) {
		struct journal_spot *spot = &stage->spots[stage->spot_count];

		if (aim_served(archiver->shape, &punch, (unsigned int)i, served) <= 0 ||
		    !counts(archiver, hole, folio->first + i) ||
		    !find_spot(archiver, folio->first + i, spot))
			continue;
		spot->part = folio->first + (uint64_t)aim_part(&punch, (unsigned int)i, &order);
		stage->spot_count++;
	}
}

/* Called with barrier held for writing. The kernel removes whole pages, and those at the ends may
 * be in use. */
static int set_stage(struct archiver *archiver, const struct journal_hole *hole)
{
	struct journal_stage *stage = &archiver->play->stage;
	uint64_t first = hole->offset / PAGE, last = (hole->offset + hole->length - 1) / PAGE;
	struct folio_seen begin, end;
	int r = see_folio(archiver, first, &begin);

	stage->slot = archiver->slot;
	stage->hole = *hole;
	stage->folio = begin.first;
	stage->spot_count = 0;
	if (r)
		return r;
	add_spots(archiver, &begin, hole);
	if (archiver->play->workload->schedule && stage->spot_count)
		return 0;
	if (last >= begin.first + (UINT64_C(1) << begin.order)) {
		r = see_folio(archiver, last, &end);
		if (r)
			return r;
		add_spots(archiver, &end, hole);
	}
	return 0;
}

/* Waits until all readers have arrived, up to a limit. Returns the number of those that have. */
static unsigned int gather(struct journal_play *play, uint64_t ticket)
{
	uint64_t until = units_now() +
			 (play->workload->schedule ? ENGINE_WAIT_GATHER : play->settings->gather);
	unsigned int there;

	do {
		there = 0;
		for (unsigned int i = 0; i < play->reader_count; i++)
			there += atomic_load(&play->stage.arrived[i]) == ticket;
		if (there < play->reader_count)
			units_sleep(20000);
	} while (there < play->reader_count && units_now() < until && !play_over(play));
	return there;
}

static void tell(struct archiver *archiver, const struct journal_hole *hole, uint64_t ticket,
		 struct event *event)
{
	struct journal_play *play = archiver->play;

	event->type = EVENT_PUNCH;
	event->punch.number = ticket;
	event->punch.file = archiver->slot->owner.file;
	event->punch.folio = play->stage.folio;
	event->punch.first = hole->offset - play->stage.folio * PAGE;
	event->punch.length = hole->length;
	event->punch.generation = archiver->slot->owner.generation;
	workload_punch(play->workload, event);
	atomic_fetch_add(hole->array ? &play->holes_array : &play->holes_end, 1);
	atomic_fetch_add(&play->hole_bytes, hole->length);
	if (event->punch.outcome == STORM_SPLIT &&
	    passage_note_split(&play->stage.passage, (uint32_t)ticket))
		atomic_fetch_add(&play->workload->run->shared->passages, 1);
	if (event->punch.gathered == play->reader_count)
		atomic_fetch_add(&play->workload->run->shared->gathered, 1);
}

static int punch(void *context, const struct journal_hole *hole)
{
	struct archiver *archiver = context;
	struct journal_play *play = archiver->play;
	struct journal_stage *stage = &play->stage;
	struct worker_shared *shared = play->workload->run->shared;
	uint64_t ticket = atomic_load(&stage->ticket) + 1;
	struct event event = { .type = EVENT_PUNCH };
	struct folio_splits before, after;
	bool counted = !folio_splits_all(&before);
	int r;

	pthread_rwlock_wrlock(&play->barrier);
	atomic_store(&stage->phase, STAGE_IDLE);
	r = set_stage(archiver, hole);
	atomic_fetch_add(&play->spots, stage->spot_count);
	atomic_store(&stage->ticket, ticket);
	atomic_store(&stage->phase, STAGE_GATHER);
	pthread_rwlock_unlock(&play->barrier);
	if (r)
		return workload_fail(play->workload, r, "looking at the folios of %s",
				     archiver->slot->name);
	if (stage->spot_count) {
		event.punch.gathered = gather(play, ticket);
		units_sleep(play->settings->settle);
	}
	atomic_store(&stage->phase, STAGE_PUNCHING);
	event.time = units_now();
	atomic_store(&shared->punch_began, event.time);
	punch_times_add(&shared->punch_times, ticket, event.time);
	r = archive_punch(archiver->slot->mount_fd, hole);
	atomic_store(&shared->punch_began, 0);
	atomic_store(&stage->phase, STAGE_DONE);
	event.punch.took = units_now() - event.time;
	event.punch.error = r;
	if (counted && stage->spot_count && !folio_splits_all(&after))
		event.punch.outcome = storm_outcome_of(&before, &after);
	tell(archiver, hole, ticket, &event);
	units_sleep(play->settings->linger);
	return r ? workload_fail(play->workload, r, "punching %s", archiver->slot->name) : 0;
}

/* Punches the holes of a layout, and does what follows. */
static int punch_layout(struct archiver *archiver, const struct journal_layout *layout)
{
	const struct layout_hole *holes = layout->holes.items;
	struct journal_slot *slot = archiver->slot;
	int r = 0;

	for (size_t i = 0; i < layout->holes.count && !r; i++) {
		struct journal_hole hole = {
			.offset = holes[i].offset,
			.length = holes[i].length,
			.array = holes[i].offset + holes[i].length < layout->size,
		};

		r = punch(archiver, &hole);
	}
	if (!r && fsync(slot->mount_fd))
		r = workload_fail(archiver->play->workload, -errno, "fsync of %s", slot->name);
	return r;
}

static int archive_journal(struct archiver *archiver, struct journal_slot *slot)
{
	struct archive_config config = {
		.least = archiver->play->settings->hole,
		.punch = punch,
		.context = archiver,
	};
	struct archive_counts counts;
	int r = archive(&slot->writer, &config, &counts);

	if (r == -EBADMSG)
		/* Read by pread(2), which holds the inode's lock, so the file itself is wrong. */
		return workload_fail(archiver->play->workload, 0, "%s, archived: at 0x%jx: %s",
				     slot->name, (uintmax_t)counts.seen.bad_at,
				     counts.seen.bad_text);
	return r ? workload_fail(archiver->play->workload, r, "archiving %s", slot->name) : 0;
}

static int archive_slot(struct archiver *archiver, struct journal_slot *slot)
{
	const struct journal_layout *layout = play_layout(archiver->play->settings);
	int r;

	archiver->slot = slot;
	r = layout ? punch_layout(archiver, layout) : archive_journal(archiver, slot);
	journal_writer_close(&slot->writer);
	if (r)
		return r;
	atomic_store(&slot->state, SLOT_ARCHIVED);
	atomic_fetch_add(&archiver->play->archived, 1);
	return 0;
}

/* Waits for work. Returns NULL if there will be none. */
static struct journal_slot *next_slot(struct journal_play *play)
{
	struct journal_slot *slot;

	pthread_mutex_lock(&play->lock);
	while (!play->queued && !atomic_load(&play->stop))
		pthread_cond_wait(&play->changed, &play->lock);
	slot = play->queued;
	pthread_mutex_unlock(&play->lock);
	return slot;
}

static void *run(void *argument)
{
	struct journal_play *play = argument;
	struct archiver archiver = {
		.play = play,
		.lookup = FOLIO_LOOKUP_CLOSED,
		.shape = aim_shape_of(play->workload->run->kernel),
	};
	struct journal_slot *slot;
	int r = folio_lookup_open(&archiver.lookup);

	if (r)
		workload_fail(play->workload, r, "looking up folios");
	play_pin(play, -1);
	while ((slot = next_slot(play))) {
		if (!r)
			r = archive_slot(&archiver, slot);
		if (r)
			play_failed(play, r);
		pthread_mutex_lock(&play->lock);
		play->queued = NULL;
		pthread_cond_broadcast(&play->changed);
		pthread_mutex_unlock(&play->lock);
	}
	folio_lookup_close(&archiver.lookup);
	return NULL;
}

int play_start_archiver(struct journal_play *play)
{
	return -pthread_create(&play->archiver, NULL, run, play);
}

void play_archive(struct journal_play *play, struct journal_slot *slot)
{
	pthread_mutex_lock(&play->lock);
	while (play->queued)
		pthread_cond_wait(&play->changed, &play->lock);
	play->queued = slot;
	pthread_cond_broadcast(&play->changed);
	pthread_mutex_unlock(&play->lock);
}

void play_join_archiver(struct journal_play *play)
{
	pthread_mutex_lock(&play->lock);
	while (play->queued)
		pthread_cond_wait(&play->changed, &play->lock);
	atomic_store(&play->stop, true);
	pthread_cond_broadcast(&play->changed);
	pthread_mutex_unlock(&play->lock);
	pthread_join(play->archiver, NULL);
}
