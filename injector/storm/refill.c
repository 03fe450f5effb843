/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/refill.h"
#include "injector/base/page_size.h"
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/run_phase.h"
#include "injector/base/units.h"
#include "injector/storm/seen_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFILL_RETRIES = 3 };

int region_queue_init(struct region_queue *queue, size_t size)
{
	pthread_condattr_t monotonic;

	memset(queue, 0, sizeof(*queue));
	queue->slots = calloc(size, sizeof(struct region *));
	if (!queue->slots)
		return -ENOMEM;
	queue->size = size;
	queue->batch = 1;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return 0;
}

void region_queue_destroy(struct region_queue *queue)
{
	if (!queue->slots)
		return;
	free(queue->slots);
	queue->slots = NULL;
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->lock);
}

void region_queue_put(struct region_queue *queue, struct region *region)
{
	pthread_mutex_lock(&queue->lock);
	queue->slots[(queue->head + queue->count++) % queue->size] = region;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

/* Under the lock. */
static struct region *take_first(struct region_queue *queue)
{
	struct region *region;

	if (queue->closed || !queue->count)
		return NULL;
	region = queue->slots[queue->head];
	queue->head = (queue->head + 1) % queue->size;
	queue->count--;
	queue->due--;
	return region;
}

struct region *region_queue_take(struct region_queue *queue)
{
	struct region *region;

	pthread_mutex_lock(&queue->lock);
	while (!queue->closed && !queue->due) {
		if (queue->count >= queue->batch)
			queue->due = queue->batch;
		else
			pthread_cond_wait(&queue->filled, &queue->lock);
	}
	region = take_first(queue);
	pthread_mutex_unlock(&queue->lock);
	return region;
}

void region_queue_close(struct region_queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->filled);
	pthread_mutex_unlock(&queue->lock);
}

/* Finds the first page of a punch of `pages`, the number-th of the file. Returns it or -errno
 * (reported). */
static int plan_page(struct refill *refill, const struct target *target, unsigned int pages,
		     uint64_t number)
{
	uint64_t drawn = random_value(refill->seed, RANDOM_AIM + target->id, number);
	int page, seen = -ENODATA;

	/* Cached: the best place in folios of an order is constant, and may take long to find. */
	if (aim_is_fixed(refill->aim) && refill->planned[target->order].known)
		page = refill->planned[target->order].page;
	else
		page = aim_plan(refill->aim, refill->kernel, target->order, pages,
				refill->aim->kind == AIM_KIND_RANDOM ? drawn : number);
	if (page < 0)
		return report(page, "aim: no page to punch in a folio of order %u", target->order);
	refill->planned[target->order].known = true;
	refill->planned[target->order].page = page;
	if (refill->aim->kind == AIM_KIND_AUTO && refill->seen)
		seen = seen_pages_plan(refill->seen, target->order, pages, drawn);
	return seen < 0 ? page : seen;
}

/* Plans the hole of the region's next punch: the same for the same seed, file, region and
 * generation, as long as the aim model counts. */
static int plan_hole(struct refill *refill, const struct region *region, struct hole *hole)
{
	const struct target *target = region->target;
	uint64_t number =
		(region->offset - target->first) / target->region_size +
		(uint64_t)sequence_generation(region_sequence(region)) * target->region_count;
	int page;

	if (!refill->aim) {
		*hole = (struct hole){ .length = 0 };
		return 0;
	}
	if (target->golden) {
		*hole = (struct hole){
			.first = (uint64_t)region->zeros * page_size(),
			.length = region->zeros < 0 ? 0 : refill->hole_length,
		};
		return 0;
	}
	page = plan_page(refill, target, target_pages(refill->hole_skip + refill->hole_length),
			 number);
	if (page < 0)
		return page;
	hole->first = (uint64_t)page * page_size() + refill->hole_skip;
	hole->length = target->to_end ? target->region_size - hole->first : refill->hole_length;
	return 0;
}

static int write_folio(struct refill *refill, const struct region *region)
{
	const struct target *target = region->target;
	int fd = refill->through_mount ? target->mount_fd : target->backing_fd;
	struct folio_range range = {
		.fd = target->backing_fd,
		.offset = (off_t)region->offset,
		.size = target->region_size,
		.map = target_folios(target) + region->offset,
		.buffer = refill->buffer,
	};
	int r;

	/* The data are still there: only the folio is made anew. */
	if (target->golden) {
		r = target->maker->make(&range);
		return r ? report(r, "%s: folio by %s", target->name, target->maker->name) : 0;
	}
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, range.offset,
		      (off_t)range.size))
		return report(-errno, "%s: emptying the region at %jd", target->name,
			      (intmax_t)range.offset);
	r = folio_make(fd, range.offset, range.size, range.buffer);
	if (r)
		return report(r, "%s: writing the region at %jd", target->name,
			      (intmax_t)range.offset);
	if (sync_file_range(target->backing_fd, range.offset, (off_t)range.size,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER))
		return report(-errno, "%s: writing back the region at %jd", target->name,
			      (intmax_t)range.offset);
	if (target->maker->writes)
		return 0;
	r = target->maker->make(&range);
	return r ? report(r, "%s: folio by %s", target->name, target->maker->name) : 0;
}

/* Checks and counts whether the region is one folio of the wanted order. Returns true also if that
 * cannot be found out. */
static bool is_whole(struct refill *refill, const struct region *region)
{
	const struct target *target = region->target;
	const volatile char *page = target_folios(target) + region->offset;
	int order, lowest;

	(void)*page;
	order = folio_order_at(&refill->lookup, (const void *)page);
	if (order < 0)
		return true;
	atomic_fetch_add(order == (int)target->order ? &refill->counts->folios_whole
						     : &refill->counts->folios_other,
			 1);
	lowest = atomic_load(&refill->counts->lowest_order);
	if (order < lowest)
		atomic_store(&refill->counts->lowest_order, order);
	return order == (int)target->order;
}

/*
 * Writes the folio, and tries again if the kernel found no contiguous memory for it: emptying the
 * region often frees some. It gives up after REFILL_RETRIES: the run reports fragmented memory.
 */
static int write_whole_folio(struct refill *refill, struct region *region)
{
	int r;

	for (int tries = 0; tries <= REFILL_RETRIES; tries++) {
		r = write_folio(refill, region);
		if (r)
			return r;
		region->whole = is_whole(refill, region);
		if (region->whole)
			break;
	}
	return 0;
}

int refill_region(struct refill *refill, struct region *region)
{
	struct hole hole;
	int r;

	region_advance(region, REGION_REFILLING);
	if (!region->target->golden)
		refill->fill(refill->buffer, region->target, region->offset,
			     region->target->region_size,
			     sequence_generation(region_sequence(region)));
	r = write_whole_folio(refill, region);
	if (!r)
		r = plan_hole(refill, region, &hole);
	if (r)
		return r;
	region_set_hole(region, hole);
	region_advance(region, REGION_STABLE);
	atomic_fetch_add(&refill->counts->refills, 1);
	return 0;
}

int refill_open(struct refill *refill, uint64_t largest)
{
	int r;

	refill->lookup = FOLIO_LOOKUP_CLOSED;
	refill->buffer = aligned_alloc(page_size(), largest);
	if (!refill->buffer)
		return report(-ENOMEM, "refill: a buffer of %ju bytes", (uintmax_t)largest);
	r = folio_lookup_open(&refill->lookup);
	return r ? report(r, "looking up folios in /proc/kpageflags") : 0;
}

static void *run(void *argument)
{
	struct refill *refill = argument;
	struct region *region;

	while ((region = region_queue_take(refill->used))) {
		int r;

		/* Folios that a client has mapped cannot be dropped: tries another file first. */
		if (region->target->golden && atomic_load(&region->target->users)) {
			region_queue_put(refill->used, region);
			units_sleep(1000000);
			continue;
		}
		run_phase_change(refill->phase, 0, RUN_PHASE_REFILL);
		r = refill_region(refill, region);
		run_phase_change(refill->phase, RUN_PHASE_REFILL, 0);
		if (r) {
			atomic_store(&refill->error, r);
			region_queue_close(refill->fresh);
			break;
		}
		atomic_fetch_sub(&region->target->used, region->target->golden != NULL);
		region_queue_put(refill->fresh, region);
	}
	return NULL;
}

int refill_start(struct refill *refill)
{
	int r = pthread_create(&refill->thread, NULL, run, refill);

	return r ? report(-r, "refill: starting the thread") : 0;
}

int refill_stop(struct refill *refill)
{
	region_queue_close(refill->used);
	region_queue_close(refill->fresh);
	pthread_join(refill->thread, NULL);
	return atomic_load(&refill->error);
}

void refill_close(struct refill *refill)
{
	folio_lookup_close(&refill->lookup);
	free(refill->buffer);
	refill->buffer = NULL;
}
