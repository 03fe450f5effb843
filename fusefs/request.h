/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describes requests of the kernel to the hooks. */
#ifndef FUSEFS_REQUEST_H
#define FUSEFS_REQUEST_H

#include "fusefs/state.h"

struct fuse_in_header;

/* Describes a message of `size` bytes that begins with `header`. Names point into the message. */
struct hook_request request_describe(struct layer *layer, const struct fuse_in_header *header,
				     size_t size);

/*
 * Opens the inodes of a message by inode_fd(), for operations that act on inodes and not on
 * handles. Returns 0 or a positive errno to answer with.
 */
int request_prepare(const struct layer *layer, const struct fuse_in_header *header);

#endif
