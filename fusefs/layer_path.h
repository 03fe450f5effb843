/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths relative to the mount. They are kept with their inodes, and forgotten when something is
 * renamed through the mount.
 */
#ifndef FUSEFS_LAYER_PATH_H
#define FUSEFS_LAYER_PATH_H

#include "fusefs/state.h"

/* The path of an inode, as last seen; "" when it has none. Returns text. */
const char *layer_path_of(struct layer *layer, struct inode *inode, char *text, size_t size);

/* The same, read again, which shows a name that was changed beneath the layer. */
const char *layer_path_anew(struct layer *layer, struct inode *inode, char *text, size_t size);

#endif
