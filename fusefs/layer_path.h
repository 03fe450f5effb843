/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths relative to the mount. They are cached with their inodes, until something is renamed
 * through the mount.
 */
#ifndef FUSEFS_LAYER_PATH_H
#define FUSEFS_LAYER_PATH_H

#include "fusefs/state.h"

/* Writes the path of an inode as last read: "/" or "dir/file", the last one for a deleted file, cut
 * to `size` bytes; "" if it cannot be read. Takes the inode's lock. Returns text. */
const char *layer_path_of(struct layer *layer, struct inode *inode, char *text, size_t size);

/* The same, but reads the path again, which shows a rename beneath the layer. */
const char *layer_path_anew(struct layer *layer, struct inode *inode, char *text, size_t size);

#endif
