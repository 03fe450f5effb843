/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel may cache of a mount (names, attributes, pages), and how the layer invalidates
 * it.
 *
 * The kernel updates its caches for operations through the mount. The layer invalidates the rest:
 * changes beneath (watch.h), side effects of its own operations, and what a new rule must see.
 * Nothing is cached whose requests a rule must see each time.
 */
#ifndef FUSEFS_CACHE_H
#define FUSEFS_CACHE_H

#include "fusefs/state.h"

/* For how long the kernel may cache, in seconds. */
struct cache_times {
	double name, attributes;
};

/* Sets layer->cache, after mounting and before the workers start. Starts the watch and calls
 * hooks->began. Where changes beneath cannot be watched, it reports that and disables caching. */
void cache_begin(struct layer *layer);

/* Stops the watch. */
void cache_end(struct layer *layer);

/* How long the kernel may cache name and attributes of an inode; 0: not at all. status: the
 * inode's, as it is now. */
struct cache_times cache_times(struct layer *layer, struct inode *inode, const struct stat *status);

/* Whether the kernel may keep the inode's pages from one open to the next. */
bool cache_keeps_pages(struct layer *layer, struct inode *inode);

/*
 * Whether the kernel may cache writes (writeback): as configured, unless the hooks must see the
 * writes to all files (reported). INIT settles it once. With it the kernel keeps size and times of
 * each file that it knows, and does not see changes of them beneath (fuse_get_cache_mask(),
 * fs/fuse/inode.c, 5.16 to 6.18).
 */
bool cache_may_keep_writes(const struct layer *layer);

/* Whether a file must be opened for direct I/O, since the hooks must see each write to it. */
bool cache_goes_direct(struct layer *layer, struct inode *inode);

/* Invalidates the kernel's attributes of an inode; allowed while the kernel waits for an answer
 * about it. Does nothing without caching. */
void cache_forget_attributes(struct layer *layer, struct inode *inode);

/* Has the evictor invalidate everything that the kernel caches. Does not wait. */
void cache_forget_all(struct layer *layer);

#endif
