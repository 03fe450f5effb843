/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request that a thread works on: passed to libfuse, and known to its operations. */
#ifndef FUSEFS_EXECUTION_H
#define FUSEFS_EXECUTION_H

#include "fusefs/state.h"

/* The request that a thread works on, from the moment libfuse gets it to the answer. */
struct execution {
	struct worker *worker;
	const struct hook_request *request;
	const struct fuse_in_header
		*header;     /* the request as it came, but for what was rewritten */
	uint32_t open_flags; /* FOPEN_* that libfuse does not know, for the answer to open and
				create */
	int32_t backing_id;  /* for the same; 0: none */
};

/* Of the calling thread; NULL outside a request. */
extern _Thread_local struct execution *current_execution;

/*
 * Lets libfuse work on a request. worker: of the calling thread. request: its description. data:
 * the message, `size` bytes, aligned to 8; it may be rewritten.
 */
void execution_run(struct worker *worker, const struct hook_request *request, void *data,
		   size_t size);

#endif
