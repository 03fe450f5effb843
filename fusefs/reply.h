/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends all answers to the kernel. */
#ifndef FUSEFS_REPLY_H
#define FUSEFS_REPLY_H

#include "fusefs/state.h"

struct iovec;

/*
 * Sets the descriptor for the calling thread's answers. It must be the one that the request was
 * read from: each has its own queue (fuse_dev_do_write(), fs/fuse/dev.c, 4.2).
 */
void reply_to(int device_fd);

/* The descriptor that the calling thread last gave to reply_to(); -1: none. */
int reply_device(void);

/* Writes an answer and counts it. If it does not arrive, since the kernel has dropped the request
 * or refuses the answer, undo() takes it back. iov: `count` parts, the first is the out header. */
void reply_send(struct layer *layer, const struct hook_request *request, const struct iovec *iov,
		int count);

/* Replaces an answer by an error, in place, and takes back what it gave to the kernel. error:
 * positive errno. Returns the number of parts left. */
int reply_replace(struct layer *layer, uint32_t opcode, struct iovec *iov, int count, int error);

/* Answers a request that libfuse has not seen with an error, and counts it. error: positive errno.
 */
void reply_fail(const struct layer *layer, const struct hook_request *request, int error);

/* Answers a message with an error, by its number, on whichever descriptor the kernel accepts it.
 * For FUSE_INTERRUPT; not counted. error: positive errno. */
void reply_refuse(const struct layer *layer, uint64_t unique, int error);

/*
 * Writes and counts a delayed answer, as reply_send() does. data: the out header and what follows,
 * `size` bytes. error: 0, or a positive errno to answer with instead, as reply_replace() does.
 */
void reply_finish(struct layer *layer, const struct hook_request *request, void *data, size_t size,
		  int error);

#endif
