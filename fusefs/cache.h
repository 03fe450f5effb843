/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel may keep of a mount (names, attributes, pages), and how it is made to forget.
 *
 * It sees its own operations, so what the layer must take back is what happens without them:
 * changes beneath (watch.h), changes that the layer makes beside the operation it was asked for,
 * and rules that come while something is kept. What rules must see each time is never kept.
 */
#ifndef FUSEFS_CACHE_H
#define FUSEFS_CACHE_H

#include "fusefs/state.h"

/* How long, in seconds. */
struct cache_times {
	double name, attributes;
};

/* Decides whether anything is kept, after the mount is there: reports and keeps nothing where
 * changes beneath cannot be watched. */
void cache_begin(struct layer *layer);

/* From now on neither hooks nor the watch call the layer. */
void cache_end(struct layer *layer);

/* What the kernel may keep of an inode. status: of the inode as it is now. */
struct cache_times cache_times(struct layer *layer, struct inode *inode, const struct stat *status);

/* Whether its pages may be kept from one open to the next. */
bool cache_keeps_pages(struct layer *layer, struct inode *inode);

/*
 * Whether the kernel may keep what is written to files: as configured, unless the hooks must see
 * the writes to all of them (reported). That is settled once, by INIT. Then the kernel is who knows
 * size and times of a file: what is changed of these beneath is not seen as long as it knows the
 * file (fuse_get_cache_mask(), fs/fuse/inode.c, 5.16 to 6.18).
 */
bool cache_may_keep_writes(const struct layer *layer);

/* Whether the hooks must see each write to a file, so that none may be kept, nor pages. */
bool cache_goes_direct(struct layer *layer, struct inode *inode);

/* Has the kernel ask for the attributes of an inode again; callable while it waits for an answer
 * about the inode. Nothing where nothing is kept. */
void cache_forget_attributes(struct layer *layer, struct inode *inode);

/* Has the kernel ask again about everything it keeps, soon: the thread of evictions does it. */
void cache_forget_all(struct layer *layer);

#endif
