/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_copies.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

/* Copies a range, which keeps the stamps of its old place, and so is not judged at the new one. */
static int64_t copy_to(struct replay_thread *thread, uint32_t handle, int64_t (*copy)(void *),
		       void *context)
{
	uint32_t number = handle ? thread->replay->handle_files[handle] : 0;
	struct replay_file *file = replay_file_of(thread, number);
	uint64_t length = file ? file->pages * STAMP_PAGE_SIZE : 0;
	int64_t r;

	if (!file)
		return copy(context);
	replay_change_begin(file, 0, length);
	r = copy(context);
	replay_change_end(file, 0, length, length, r > 0 ? REPLAY_MUDDLES : REPLAY_NOTHING);
	return r;
}

struct copying {
	const struct trace_call *call;
	int from, to;
};

static int64_t copy_range(void *context)
{
	const struct copying *what = context;
	off_t offset = what->call->offset, there = (off_t)what->call->flags;

	return replay_result(copy_file_range(what->from, what->call->offset < 0 ? NULL : &offset,
					     what->to, &there, (size_t)what->call->length, 0));
}

static int64_t send_range(void *context)
{
	const struct copying *what = context;
	off_t offset = what->call->offset;

	return replay_result(sendfile(what->to, what->from, what->call->offset < 0 ? NULL : &offset,
				      (size_t)what->call->length));
}

int64_t replay_make_copy(struct replay_thread *thread, const struct trace_call *call)
{
	struct copying what = {
		.call = call,
		.from = replay_fd(thread->replay, call->handle),
		.to = replay_fd(thread->replay, call->other),
	};

	return copy_to(thread, call->other, copy_range, &what);
}

int64_t replay_make_sendfile(struct replay_thread *thread, const struct trace_call *call)
{
	_cleanup_close_ int null = call->other ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct copying what = {
		.call = call,
		.from = replay_fd(thread->replay, call->handle),
		.to = call->other ? replay_fd(thread->replay, call->other) : null,
	};

	return copy_to(thread, call->other, send_range, &what);
}
