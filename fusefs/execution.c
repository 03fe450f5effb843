/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/execution.h"

#include <linux/fuse.h>

_Thread_local struct execution *current_execution;

void execution_run(struct worker *worker, const struct hook_request *request, void *data,
		   size_t size)
{
	struct execution execution = {
		.worker = worker,
		.request = request,
		.header = data,
	};
	struct fuse_buf buffer = { .mem = data, .size = size };
	struct fuse_in_header *header = data;

	/* libfuse 3.14 lacks FUSE_TMPFILE. O_TMPFILE in the flags tells the two apart. */
	if (header->opcode == FUSE_TMPFILE)
		header->opcode = FUSE_CREATE;
	current_execution = &execution;
	fuse_session_process_buf(worker->layer->session, &buffer);
	current_execution = NULL;
}
