/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of the layer. A worker reads one request after another, from its own descriptor of
 * the connection, and works on it. Requests that the hooks delay go to the delay queue, from which
 * other workers take them when they are due. So delayed requests never hold up others.
 */
#ifndef FUSEFS_WORKER_H
#define FUSEFS_WORKER_H

#include "fusefs/state.h"

struct iovec;

/*
 * Answers the kernel's first request, INIT, in the calling thread. Sets layer->negotiated and
 * layer->kernel_flags. Returns 0 or -errno (reported).
 */
int workers_negotiate(struct layer *layer);

/*
 * Starts `count` threads that read requests, and, if there are hooks, as many for delayed ones.
 * layer->ended_fd becomes readable when the last of the former ends, since the mount is gone.
 * Returns 0 or -errno (reported). In either case call workers_join().
 */
int workers_start(struct layer *layer, unsigned int count);

/* Makes all delayed requests and answers due, now and from now on. */
void workers_drain(struct layer *layer);

/* Stops, joins and frees all threads, and the delay queue. Requests not answered by then fail when
 * session_close() ends the connection. */
void workers_join(struct layer *layer);

/*
 * Delays a finished answer as the hooks decided, then sends it. iov: as for writev(2), copied.
 * Returns 0; -ENOMEM: the caller sends it now.
 */
int worker_delay_answer(struct layer *layer, const struct hook_request *request,
			const struct iovec *iov, int count, const struct hook_decision *decision);

/* Calls hooks->done for a request that has a plan. */
void worker_done(const struct layer *layer, const struct hook_request *request);

#endif
