/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/storm.h"
#include "injector/base/cleanup.h"
#include "injector/base/extreme.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/run_phase.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"
#include "injector/memory/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int punch(int fd, const struct target *target, off_t offset, off_t length)
{
	(void)target;
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) ? -errno
											 : 0;
}

static int zero_range(int fd, const struct target *target, off_t offset, off_t length)
{
	(void)target;
	return fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length) ? -errno
											 : 0;
}

/* Truncates the file at the aimed page and extends it again. */
static int cut(int fd, const struct target *target, off_t offset, off_t length)
{
	(void)length;
	return ftruncate(fd, offset) || ftruncate(fd, (off_t)target->size) ? -errno : 0;
}

/*
 * Removes the pages from the file and moves all that follows down. So that all other bytes keep
 * their place, the hole is at the end of the file, which is first extended by its length: in the
 * end the file is as long as before, with zeros in the hole, and no page of it was missing
 * meanwhile. Beneath the layer, since FUSE refuses the mode.
 */
static int collapse_range(int fd, const struct target *target, off_t offset, off_t length)
{
	int r = 0;

	(void)fd;
	if (ftruncate(target->backing_fd, (off_t)target->size + length))
		return -errno;
	if (fallocate(target->backing_fd, FALLOC_FL_COLLAPSE_RANGE, offset, length))
		r = -errno;
	if (r && ftruncate(target->backing_fd, (off_t)target->size))
		return -errno;
	return r;
}

/* Opens an unnamed temporary file in the directory of another file. Returns a descriptor or -errno.
 */
static int open_beside(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t length;
	int made;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	*strrchr(path, '/') = '\0';
	made = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return made < 0 ? -errno : made;
}

/* Shares the blocks of the range with a clone of it; the bytes stay. */
static int dedupe(int fd, const struct target *target, off_t offset, off_t length)
{
	struct file_clone_range clone = { .src_fd = target->backing_fd,
					  .src_offset = (uint64_t)offset,
					  .src_length = (uint64_t)length };
	_cleanup_free_ struct file_dedupe_range *shared =
		calloc(1, sizeof(*shared) + sizeof(shared->info[0]));
	_cleanup_close_ int twin = open_beside(target->backing_fd);

	(void)fd;
	if (twin < 0)
		return twin;
	if (!shared)
		return -ENOMEM;
	shared->src_length = (uint64_t)length;
	shared->dest_count = 1;
	shared->info[0].dest_fd = target->backing_fd;
	shared->info[0].dest_offset = (uint64_t)offset;
	if (ioctl(twin, FICLONERANGE, &clone) || ioctl(twin, FIDEDUPERANGE, shared))
		return -errno;
	if (shared->info[0].status == FILE_DEDUPE_RANGE_DIFFERS)
		return -EIO;
	return shared->info[0].status;
}

/*
 * Has the kernel split the folio at the aimed page, without a hole and without the inode's lock:
 * split_huge_pages_in_file() in mm/huge_memory.c, through debugfs. Since 6.15 the split can be
 * non-uniform: "PATH,0xFIRST,0xLAST,ORDER,PAGE", with pages of the file and the page of each folio
 * at which to split. Always beneath the layer: the backing file has the folios.
 */
static int split(int fd, const struct target *target, off_t offset, off_t length)
{
	uint64_t page = (uint64_t)offset / page_size();
	uint64_t pages = target->region_size / page_size(), first = page / pages * pages;
	char command[128];

	(void)fd;
	(void)length;
	snprintf(command, sizeof(command),
		 "/proc/self/fd/%d,0x%" PRIx64 ",0x%" PRIx64 ",0,%" PRIu64, target->backing_fd,
		 first, first + pages, page - first);
	return text_file_write(STORM_SPLIT_CONTROL, command);
}

/* Reclaims the memory that the cgroup has used least; the kernel chooses the folios. If it reclaims
 * less, that is not an error: nothing more could be reclaimed. */
static int reclaim(int fd, const struct target *target, off_t offset, off_t length)
{
	int r = cgroup_reclaim(target->reclaim_fd, (uint64_t)length);

	(void)fd;
	(void)offset;
	return r == -EAGAIN ? 0 : r;
}

/* MADV_PAGEOUT considers only pages that this mapping has and no other
 * (madvise_cold_or_pageout_pte_range() in mm/madvise.c, 5.4 to 7.2), so they are populated first. A
 * folio that is reclaimed whole leaves a shadow entry of its order. */
static int page_out(int fd, const struct target *target, off_t offset, off_t length)
{
	char *at = target->beneath + offset;
	int r;

	(void)fd;
	/* Readers would find pages in the layer's own page cache, not the folio's place. */
	madvise(target->map + offset, (size_t)length, MADV_DONTNEED);
	posix_fadvise(target->mount_fd, offset, length, POSIX_FADV_DONTNEED);
	/* Unknown before 5.14: there, untouched pages stay. */
	madvise(at, (size_t)length, MADV_POPULATE_READ);
	r = madvise(at, (size_t)length, MADV_PAGEOUT) ? -errno : 0;
	madvise(at, (size_t)length, MADV_DONTNEED);
	return r;
}

/* Drops clean folios without mappings and other references, and shadow entries: no trace stays.
 * Drops the pages of the layer's own file as well. */
static int drop(int fd, const struct target *target, off_t offset, off_t length)
{
	int r;

	(void)fd;
	if (madvise(target->map + offset, (size_t)length, MADV_DONTNEED) ||
	    madvise(target->beneath + offset, (size_t)length, MADV_DONTNEED))
		return -errno;
	r = posix_fadvise(target->mount_fd, offset, length, POSIX_FADV_DONTNEED);
	if (!r)
		r = posix_fadvise(target->backing_fd, offset, length, POSIX_FADV_DONTNEED);
	return -r;
}

const struct storm_op storm_ops[] = {
	{ .name = "punch", .help = "fallocate with FALLOC_FL_PUNCH_HOLE", .punch = punch },
	{ .name = "zero-range",
	  .help = "fallocate with FALLOC_FL_ZERO_RANGE",
	  .punch = zero_range },
	{ .name = "truncate",
	  .help = "ftruncate to the aimed page of the last folio, and back to the full size",
	  .punch = cut,
	  .to_end = true,
	  .cuts = true },
	{ .name = "collapse-range",
	  .help = "fallocate with FALLOC_FL_COLLAPSE_RANGE from the aimed page of the last "
		  "folio to its end, beneath the layer",
	  .punch = collapse_range,
	  .to_end = true,
	  .whole_pages = true,
	  .beneath = true,
	  .on_disk = true },
	{ .name = "dedupe",
	  .help = "no hole: shares the blocks of the range with a clone of it "
		  "(FIDEDUPERANGE), beneath the layer; not on ext4",
	  .punch = dedupe,
	  .keeps = true,
	  .whole_pages = true,
	  .beneath = true,
	  .on_disk = true,
	  .shares = true },
	{ .name = "split",
	  .help = "no hole: makes the kernel split the folio at the aimed page "
		  "(`/sys/kernel/debug/split_huge_pages`), beneath the layer whatever "
		  "`through` says",
	  .punch = split,
	  .keeps = true,
	  .beneath = true,
	  .needs = STORM_NEEDS_SPLIT_CONTROL },
	{ .name = "reclaim",
	  .help = "no hole: reclaims `storm.length` bytes from the cgroup of the run "
		  "(memory.reclaim, from 5.19 on), see [memory pressure](memory.md)",
	  .punch = reclaim,
	  .keeps = true,
	  .evicts = true,
	  .whole_pages = true,
	  .beneath = true,
	  .needs = STORM_NEEDS_CGROUP },
	{ .name = "pageout",
	  .help = "no hole: reclaims the range (MADV_PAGEOUT)",
	  .punch = page_out,
	  .keeps = true,
	  .evicts = true,
	  .whole_pages = true,
	  .beneath = true },
	{ .name = "drop",
	  .help = "no hole: drops the range from the page cache and leaves no shadow entries "
		  "(POSIX_FADV_DONTNEED)",
	  .punch = drop,
	  .keeps = true,
	  .evicts = true,
	  .whole_pages = true,
	  .beneath = true,
	  .on_disk = true },
	{ .name = NULL },
};

const struct storm_op *storm_op_find(const char *name)
{
	for (const struct storm_op *op = storm_ops; op->name; op++)
		if (!strcmp(op->name, name))
			return op;
	return NULL;
}

static unsigned int count_arrived(const struct storm_stage *stage, uint64_t ticket)
{
	unsigned int arrived = 0;

	for (unsigned int i = 0; i < stage->readers; i++)
		arrived += atomic_load(&stage->arrived[i]) == ticket;
	return arrived;
}

/* Announces the region and waits for the readers. Returns how many answered in time. */
static unsigned int gather(const struct storm *storm, struct region *region)
{
	struct storm_stage *stage = storm->stage;
	uint64_t deadline = units_now() + storm->gather_ns, ticket;
	unsigned int arrived;

	atomic_store(&stage->region, region);
	ticket = atomic_fetch_add(&stage->ticket, 1) + 1;
	/* Short sleeps: spinning would take the processor from the readers. */
	while ((arrived = count_arrived(stage, ticket)) < stage->readers &&
	       units_now() < deadline && !atomic_load(&stage->stop))
		units_sleep(20000);
	return arrived;
}

enum storm_outcome storm_outcome_of(const struct folio_splits *before,
				    const struct folio_splits *after)
{
	return after->split > before->split && after->failed == before->failed ? STORM_SPLIT
									       : STORM_NOT_SPLIT;
}

/* Whether the backing file's page cache has no page of the hole. */
static bool is_gone(const struct region *region, const struct hole *hole)
{
	unsigned char there[AIM_PAGES_MAX];
	const char *at = region->target->beneath + region->offset + hole->first;

	return !mincore((void *)at, hole->length, there) &&
	       !memrchr(there, 1, target_pages(hole->length));
}

void punch_times_add(struct punch_times *times, uint64_t number, uint64_t began)
{
	atomic_store(&times->began[number % PUNCH_TIMES], began);
	extreme_raise(&times->last, number);
}

uint64_t punch_times_find(const struct punch_times *times, uint64_t time)
{
	uint64_t last = atomic_load(&times->last), began;

	for (uint64_t number = last; number && last - number < PUNCH_TIMES; number--) {
		began = atomic_load(&times->began[number % PUNCH_TIMES]);
		if (began && began <= time)
			return number;
	}
	return 0;
}

static void strike(struct storm *storm, struct region *region)
{
	const struct target *target = region->target;
	struct storm_report what = {
		.number = ++storm->punches,
		.region = region,
		.hole = region_view(region).hole,
	};
	struct folio_splits before, after;
	bool counted;

	counted = !folio_splits_of(target->order, &before);
	run_phase_change(storm->phase, 0, RUN_PHASE_GATHER);
	what.gathered = gather(storm, region);
	run_phase_change(storm->phase, RUN_PHASE_GATHER, RUN_PHASE_SETTLE);
	units_sleep(storm->settle_ns);
	run_phase_change(storm->phase, RUN_PHASE_SETTLE, RUN_PHASE_PUNCH);
	atomic_fetch_add(&region->target->used, target->golden != NULL);
	atomic_store(&region->punch, what.number);
	atomic_store(&storm->stage->begun, what.number);
	region_advance(region, REGION_PUNCHING);
	what.began = units_now();
	atomic_store(&storm->began_last, what.began);
	if (storm->began)
		atomic_store(storm->began, what.began);
	if (storm->times)
		punch_times_add(storm->times, what.number, what.began);
	what.error = storm->op->punch(storm->through_mount ? target->mount_fd : target->backing_fd,
				      target, (off_t)(region->offset + what.hole.first),
				      (off_t)what.hole.length);
	what.ended = units_now();
	atomic_store(&storm->stage->ended, what.number);
	run_phase_change(storm->phase, RUN_PHASE_PUNCH, RUN_PHASE_LINGER);
	atomic_store(&storm->began_last, 0);
	what.evicted = storm->op->evicts && !what.error && is_gone(region, &what.hole);
	/* After a failed punch the state is unknown: the region stays REGION_PUNCHING until it is
	 * refilled. */
	if (!what.error)
		region_advance(region, REGION_PUNCHED);
	if (counted && !folio_splits_of(target->order, &after))
		what.outcome = storm_outcome_of(&before, &after);
	atomic_store(&storm->stage->outcome, what.outcome);
	units_sleep(storm->linger_ns);
	run_phase_change(storm->phase, RUN_PHASE_LINGER, 0);
	storm->report(storm->context, &what);
}

static void wait_while_stopped(const struct storm *storm)
{
	while (storm->stopped && atomic_load(storm->stopped) && !atomic_load(&storm->stage->stop))
		units_sleep(1000000);
}

static void *run(void *argument)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct storm *storm = argument;
	struct region *region;

	/* Without the privilege it stays an ordinary thread. */
	if (storm->urgent)
		sched_setscheduler(0, SCHED_FIFO, &first);
	while (!atomic_load(&storm->stage->stop) && (region = region_queue_take(storm->fresh))) {
		wait_while_stopped(storm);
		strike(storm, region);
		region_queue_put(storm->used, region);
		units_sleep(storm->pause_ns);
	}
	return NULL;
}

int storm_start(struct storm *storm)
{
	int r = pthread_create(&storm->thread, NULL, run, storm);

	return r ? report(-r, "storm: starting the thread") : 0;
}

void storm_ask_to_stop(struct storm *storm)
{
	atomic_store(&storm->stage->stop, true);
	region_queue_close(storm->fresh);
}

void storm_join(struct storm *storm)
{
	pthread_join(storm->thread, NULL);
}
