/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread that has the kernel drop what it caches. */
#ifndef FUSEFS_EVICTOR_H
#define FUSEFS_EVICTOR_H

#include "fusefs/state.h"

/* Starts the thread. Returns 0 or -errno. */
int evictor_start(struct layer *layer);

/* Stops it; does nothing if it was not started. The workers must still serve. */
void evictor_stop(struct layer *layer);

/* Has it drop all that the kernel keeps of an inode, or, when name is not NULL, of that name in a
 * directory. What there is no memory for is not dropped. */
void evictor_drop(struct layer *layer, uint64_t nodeid, const char *name);

/* The same of a part of a file, in bytes; length: 0: to its end. at: not before, see
 * delay_queue_put(). Returns 0 or -errno. */
int evictor_drop_range(struct layer *layer, uint64_t nodeid, uint64_t offset, uint64_t length,
		       uint64_t at);

/* Has the kernel write back what is dirty, and waits for it, for some seconds. Returns 0 or
 * -errno. */
int evictor_write_back(struct layer *layer);

#endif
