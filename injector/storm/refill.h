/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refill: fresh, clean, large folios for the storm, made while it punches others.
 *
 * A thread takes used regions, empties each with one punch of the whole (which also unmaps a wrong
 * page from every page table), writes the next generation in one aligned write (which makes one
 * large folio on XFS), has it written back (a dirty folio is not split), looks at what order it
 * got, decides on the hole of the next punch, and hands it on.
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
	bool closed;
};

/* Room for `size` regions. Returns 0 or -ENOMEM. */
int region_queue_init(struct region_queue *queue, size_t size);
void region_queue_destroy(struct region_queue *queue);

/* Never blocks: a queue has room for all regions there are. */
void region_queue_put(struct region_queue *queue, struct region *region);

/* Waits until a region comes or the queue is closed. Returns NULL when closed. */
struct region *region_queue_take(struct region_queue *queue);

/* Wakes all who wait; they get NULL. */
void region_queue_close(struct region_queue *queue);

struct refill_counts {
	_Atomic uint64_t refills;
	_Atomic uint64_t folios_whole; /* of the wanted order */
	_Atomic uint64_t folios_other;
	_Atomic int lowest_order;
};

struct refill {
	/* Set by the caller. */
	/* Fills `length` bytes of a target from `offset` on with what generation has there. */
	void (*fill)(void *buffer, const struct target *target, uint64_t offset, uint64_t length,
		     uint32_t generation);
	bool through_mount; /* write through the layer: needed where it caches pages of its own */
	const struct aim *aim;
	const struct kernel_version *kernel;
	uint64_t hole_skip;   /* bytes of the aimed page before the hole */
	uint64_t hole_length; /* bytes */
	uint64_t seed;
	struct region_queue *used, *fresh;
	struct refill_counts *counts;
	_Atomic int *phase; /* set of enum run_phase, told when the thread refills; or NULL */
	/* Its own. */
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
 * Refills one region that the caller holds; it ends stable, or as it was when the refill fails.
 * Returns 0 or a negative errno (reported). Not for two threads at once.
 */
int refill_region(struct refill *refill, struct region *region);

/* Allocates the buffer for regions of up to `largest` bytes and opens the folio look-up. Returns 0
 * or -errno (reported). */
int refill_open(struct refill *refill, uint64_t largest);

/* Starts the thread that moves regions from `used` to `fresh`. Returns 0 or -errno (reported). */
int refill_start(struct refill *refill);

/* Closes both queues and joins the thread. Returns the error that ended it, or 0. */
int refill_stop(struct refill *refill);

/* Frees what refill_open() made, also if that failed. */
void refill_close(struct refill *refill);

#endif
