/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of the layer, each with a descriptor of its own for the connection. Each takes one
 * request after another and works on it, all but those the hooks delay: they go to the delay queue,
 * whence other threads take them when they are due. So however many wait, none is waited for.
 */
#ifndef FUSEFS_WORKER_H
#define FUSEFS_WORKER_H

#include "fusefs/state.h"

struct iovec;

/*
 * Takes the one request that the kernel sends first, INIT, in the calling thread; layer->negotiated
 * and layer->kernel_flags are known then. Returns 0 or -errno (reported).
 */
int workers_negotiate(struct layer *layer);

/*
 * Starts `count` threads that take requests, and, when there are hooks, as many for those delayed.
 * layer->ended_fd becomes readable when the last of the former has ended, because the mount is
 * gone. Returns 0 or -errno (reported).
 */
int workers_start(struct layer *layer, unsigned int count);

/* Makes everything that waits due. */
void workers_drain(struct layer *layer);

/* Joins all threads and frees them. The connection must have ended, or never have carried a request
 * but INIT. */
void workers_join(struct layer *layer);

/*
 * Keeps a finished answer back as the hooks decided. iov: as writev() takes it, copied. Returns 0
 * when it was kept; -ENOMEM: it should go out now.
 */
int worker_delay_answer(struct layer *layer, const struct hook_request *request,
			const struct iovec *iov, int count, const struct hook_decision *decision);

/* Tells the hooks that a request with a plan has ended. */
void worker_done(const struct layer *layer, const struct hook_request *request);

#endif
