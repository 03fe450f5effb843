/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/execution.h"
#include "fusefs/protocol.h"

#include <string.h>

_Thread_local struct execution *current_execution;

/* What libfuse 3.14 does not know, in words it does. Returns the new size. */
static size_t rewrite(struct execution *execution, struct fuse_in_header *header, size_t size)
{
	uint64_t flags = execution->worker->layer->negotiated.flags;
	char *body = (char *)(header + 1);
	struct setxattr_in in;

	if (header->opcode == FUSE_TMPFILE)
		header->opcode = FUSE_CREATE; /* told apart by O_TMPFILE among its flags */
	if (header->opcode != FUSE_SETXATTR || !(flags & INIT_SETXATTR_EXT) ||
	    size < sizeof(*header) + sizeof(in))
		return size;
	memcpy(&in, body, sizeof(in));
	execution->kill_sgid = in.setxattr_flags & SETXATTR_ACL_KILL_SGID;
	/* What 7.33 put between the flags and the name. */
	size -= sizeof(in) - SETXATTR_COMPAT_SIZE;
	memmove(body + SETXATTR_COMPAT_SIZE, body + sizeof(in),
		size - sizeof(*header) - SETXATTR_COMPAT_SIZE);
	header->len = (uint32_t)size;
	return size;
}

void execution_run(struct worker *worker, const struct hook_request *request, void *data,
		   size_t size)
{
	struct execution execution = {
		.worker = worker,
		.request = request,
		.header = data,
	};
	struct fuse_buf buffer = { .mem = data };

	buffer.size = rewrite(&execution, data, size);
	current_execution = &execution;
	fuse_session_process_buf(worker->layer->session, &buffer);
	current_execution = NULL;
}
