/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libfuse session on a device descriptor of ours, and the way of every answer to the kernel. */
#ifndef FUSEFS_SESSION_H
#define FUSEFS_SESSION_H

#include "fusefs/state.h"

/* Makes the session on layer->device_fd, which is the session's from then on. Returns 0 or -errno
 * (reported). */
int session_open(struct layer *layer);

/* Frees the session and closes the device, which ends the connection for good. */
void session_close(struct layer *layer);

/* Bytes that a buffer for one request must have, beginning with its header. */
size_t session_receive_size(void);

/*
 * Lets libfuse work on a request. worker: of the calling thread. request: its description. data:
 * the message, `size` bytes, aligned to 8; it may be rewritten.
 */
void session_execute(struct worker *worker, const struct hook_request *request, void *data,
		     size_t size);

/* Fails a request that libfuse has not seen. error: positive errno. */
void session_fail(const struct layer *layer, const struct hook_request *request, int error);

/* The same for a message that is no request of its own, by its number. */
void session_refuse(const struct layer *layer, uint64_t unique, int error);

/*
 * Writes an answer that has waited. When the kernel does not want it any more, or it becomes an
 * error, what it gave to the kernel is taken back. data: out header and what follows, `size` bytes.
 * error: positive errno to answer with instead, or 0.
 */
void session_answer(struct layer *layer, const struct hook_request *request, void *data,
		    size_t size, int error);

#endif
