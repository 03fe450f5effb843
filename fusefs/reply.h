/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of every answer to the kernel. */
#ifndef FUSEFS_REPLY_H
#define FUSEFS_REPLY_H

#include "fusefs/state.h"

struct iovec;

/*
 * Where the calling thread's answers go from now on: to the descriptor that the request was read
 * from, for each keeps its own (fuse_dev_do_write(), fs/fuse/dev.c, 4.2).
 */
void reply_to(int device_fd);

/* The descriptor that reply_to() was last called with. */
int reply_device(void);

/* Writes an answer and counts it. If the kernel has dropped the request, what it gave to the kernel
 * is taken back. iov: the out header and what follows, `count` parts. */
void reply_send(struct layer *layer, const struct hook_request *request, const struct iovec *iov,
		int count);

/* Makes an error of an answer, whatever it was, and takes back what it gave to the kernel. error:
 * positive errno. Returns how many parts it has then. */
int reply_replace(struct layer *layer, uint32_t opcode, struct iovec *iov, int count, int error);

/* Fails a request that libfuse has not seen. error: positive errno. */
void reply_fail(const struct layer *layer, const struct hook_request *request, int error);

/* The same for a message that is no request of its own, by its number; whatever descriptor its
 * request was read from. */
void reply_refuse(const struct layer *layer, uint64_t unique, int error);

/*
 * Writes an answer that has waited. When the kernel does not want it any more, or it becomes an
 * error, what it gave to the kernel is taken back. data: out header and what follows, `size` bytes.
 * error: positive errno to answer with instead, or 0.
 */
void reply_finish(struct layer *layer, const struct hook_request *request, void *data, size_t size,
		  int error);

#endif
