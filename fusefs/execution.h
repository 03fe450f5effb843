/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request that a thread works on, from libfuse's dispatch to the answer. */
#ifndef FUSEFS_EXECUTION_H
#define FUSEFS_EXECUTION_H

#include "fusefs/state.h"

struct execution {
	struct worker *worker;
	const struct hook_request *request;
	const struct fuse_in_header
		*header;     /* of the message as libfuse gets it, see execution_run() */
	uint32_t open_flags; /* FOPEN_* to add to libfuse's answer to open or create */
	int32_t backing_id;  /* of the same answer; 0: none */
};

/* The calling thread's; NULL outside a request. */
extern _Thread_local struct execution *current_execution;

/*
 * Has libfuse dispatch a request to its operation. worker: the calling thread's. request: the
 * description of the request. data: the message, `size` bytes, aligned to 8; FUSE_TMPFILE is
 * rewritten to FUSE_CREATE.
 */
void execution_run(struct worker *worker, const struct hook_request *request, void *data,
		   size_t size);

#endif
