/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hooks may ask about a request: see struct hook_lookups. Paths are kept with their
 * inodes, read anew at each open, and forgotten when something is renamed through the mount; so
 * a name that is changed beneath the layer is seen at the next open.
 */
#ifndef FUSEFS_LOOKUPS_H
#define FUSEFS_LOOKUPS_H

#include "fusefs/state.h"

extern const struct hook_lookups layer_lookups;

/* Starts the thread that has the kernel drop what it caches. Returns 0 or -errno. */
int evictor_start(struct layer *layer);

/* Has it drop all that the kernel keeps of an inode, or, when name is not NULL, of that name in a
 * directory. What there is no memory for is not dropped. */
void lookups_evict(struct layer *layer, uint64_t nodeid, const char *name);

/* The path of an inode relative to the mount, as last seen; "" when it has none. Returns text. */
const char *layer_path_of(struct layer *layer, struct inode *inode, char *text, size_t size);

/* Stops it; harmless when it was not started. The workers must still serve. */
void evictor_stop(struct layer *layer);

#endif
