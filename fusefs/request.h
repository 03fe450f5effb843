/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests as the kernel sends them, told to the hooks. */
#ifndef FUSEFS_REQUEST_H
#define FUSEFS_REQUEST_H

#include "fusefs/state.h"

struct fuse_in_header;

/* Describes a message of `size` bytes that begins with `header`. */
struct hook_request request_describe(struct layer *layer, const struct fuse_in_header *header,
				     size_t size);

/*
 * Has the inodes at hand that a message is on, where it cannot be worked on without. Returns 0 or a
 * positive errno to answer with.
 */
int request_prepare(const struct layer *layer, const struct fuse_in_header *header);

#endif
