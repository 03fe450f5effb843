/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The refill makes clean large folios for the storm, while it punches others, or in turn with it.
 *
 * A thread takes used regions. It empties each by punching the whole region, which also unmaps a
 * wrong page from every page table. It writes the next generation in one aligned write, which makes
 * one large folio on XFS, and has it written back, since a dirty folio is not split. It checks the
 * folio's order, plans the hole of the next punch, and passes the region on.
 */
#ifndef INJECTOR_STORM_REFILL_H
#define INJECTOR_STORM_REFILL_H

#include "injector/base/kernel.h"
#include "injector/memory/folio.h"
#include "injector/storm/aim.h"
#include "injector/storm/target.h"

#include <pthread.h>

/* A queue of regions, first in first out. */
struct region_queue {
	pthread_mutex_t lock;
	pthread_cond_t filled; /* CLOCK_MONOTONIC */
	struct region **slots;
	size_t size, head, count;
	size_t batch; /* regions that are taken together, one after another */
	size_t due;   /* of those, the ones that are left */
	bool closed;
};

/*
 * Prepares a queue, with batches of one: region_queue_take() waits for the first region of a batch
 * until the whole batch is there. The caller may enlarge `batch` before threads use the queue.
 * size: room for all regions of the run. Returns 0 or -ENOMEM. Release with region_queue_destroy().
 */
int region_queue_init(struct region_queue *queue, size_t size);
void region_queue_destroy(struct region_queue *queue);

/* Appends a region. There must be room. Does not wait. */
void region_queue_put(struct region_queue *queue, struct region *region);

/* Waits for a region, or for the next batch, and takes it. Returns NULL once the queue is closed.
 * Called by one thread. */
struct region *region_queue_take(struct region_queue *queue);

/* Makes region_queue_take() return NULL in all threads from now on. */
void region_queue_close(struct region_queue *queue);

struct refill_counts {
	_Atomic uint64_t refills;
	_Atomic uint64_t folios_whole; /* of the wanted order */
	_Atomic uint64_t folios_other;
	_Atomic int lowest_order;
};

struct refill {
	/* Set by the caller. */
	/* Fills buffer with the bytes [offset, offset + length) of a target in a generation. */
	void (*fill)(void *buffer, const struct target *target, uint64_t offset, uint64_t length,
		     uint32_t generation);
	bool through_mount;    /* write through the layer: needed if it has its own page cache */
	const struct aim *aim; /* NULL: no holes */
	const struct kernel_version *kernel;
	const struct seen_pages *seen; /* where an aim of AIM_KIND_AUTO may be found; or NULL */
	uint64_t hole_skip;            /* bytes of the aimed page before the hole */
	uint64_t hole_length;          /* bytes */
	uint64_t seed;
	struct region_queue *used, *fresh;
	struct refill_counts *counts;
	_Atomic int *phase; /* enum run_phase ORed: RUN_PHASE_REFILL while it refills; or NULL */
	/* Private. */
	pthread_t thread;
	void *buffer;
	struct folio_lookup lookup;
	struct {
		bool known;
		int page;
	} planned[AIM_ORDER_MAX + 1];
	_Atomic int error;
};

/*
 * Refills one region that the caller holds, and makes it stable; on error it stays
 * REGION_REFILLING. Returns 0 or a negative errno (reported). Only one thread at a time.
 */
int refill_region(struct refill *refill, struct region *region);

/* Allocates the buffer for regions of up to `largest` bytes and opens the folio look-up. Returns 0
 * or -errno (reported). Release with refill_close(), also on error. */
int refill_open(struct refill *refill, uint64_t largest);

/* Starts the thread that refills regions from `used` and puts them into `fresh`. On an error it
 * closes `fresh`. Returns 0 or -errno (reported). */
int refill_start(struct refill *refill);

/* Closes both queues and joins the thread. Returns the error that ended it, or 0. */
int refill_stop(struct refill *refill);

/* Frees the buffer and closes the look-up. */
void refill_close(struct refill *refill);

#endif
