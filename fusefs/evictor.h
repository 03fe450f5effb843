/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The evictor: a thread that has the kernel drop what it caches. */
#ifndef FUSEFS_EVICTOR_H
#define FUSEFS_EVICTOR_H

#include "fusefs/state.h"

/* Starts the thread. Returns 0 or -errno. */
int evictor_start(struct layer *layer);

/* Stops the thread, if it was started. Call it before workers_join(): an eviction in progress may
 * wait for requests that the workers answer. What they queue from then on has no effect. */
void evictor_stop(struct layer *layer);

/* Frees the queue, after evictor_stop() and workers_join(). */
void evictor_release(struct layer *layer);

/* Queues the eviction of an inode's attributes and pages, or, if name is not NULL, of that name in
 * the directory. Does not wait. Without memory nothing is evicted, silently. */
void evictor_drop(struct layer *layer, uint64_t nodeid, const char *name);

/* Queues the eviction of the attributes and `length` bytes of a file's pages from `offset` on, for
 * `at` (CLOCK_MONOTONIC, ns). length 0: to the end. Returns 0 or -ENOMEM. */
int evictor_drop_range(struct layer *layer, uint64_t nodeid, uint64_t offset, uint64_t length,
		       uint64_t at);

/* Has the kernel write back all dirty pages, and waits 5 s for that at most. Returns 0, -ETIMEDOUT
 * or -ENOMEM. */
int evictor_write_back(struct layer *layer);

#endif
