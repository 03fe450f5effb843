/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_place.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Returns whether it writes to the end of the file, whatever its offset. */
static bool appends(const struct trace_call *call, int fd)
{
	if (call->op != TRACE_WRITE && call->op != TRACE_PWRITE)
		return false;
	return call->flags / TRACE_RWF & RWF_APPEND || fcntl(fd, F_GETFL) & O_APPEND;
}

/* Returns whether a call moves a position, or may move the end of the file. */
static bool moves(const struct trace_call *call)
{
	switch (call->op) {
	case TRACE_OPEN:
		return call->flags & O_TRUNC;
	case TRACE_READ:
	case TRACE_WRITE:
	case TRACE_PWRITE:
	case TRACE_LSEEK:
	case TRACE_FALLOCATE:
	case TRACE_FTRUNCATE:
	case TRACE_TRUNCATE:
	case TRACE_COPY:
	case TRACE_SENDFILE:
		return call->file;
	default:
		return false;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct trace_call *one = *(struct trace_call *const *)a,
				*other = *(struct trace_call *const *)b;

	return (one->start > other->start) - (one->start < other->start);
}

int replay_find_overlaps(struct trace *trace)
{
	_cleanup_free_ struct trace_call **order =
		calloc(trace->count + 1, sizeof(struct trace_call *));
	/* The call of each file that ends last. */
	_cleanup_free_ struct trace_call **last =
		calloc(trace->file_count + 1, sizeof(struct trace_call *));
	size_t count = 0;

	if (!order || !last)
		return -ENOMEM;
	for (size_t i = 0; i < trace->count; i++)
		if (moves(&trace->calls[i]))
			order[count++] = &trace->calls[i];
	qsort(order, count, sizeof(struct trace_call *), by_start);
	for (size_t i = 0; i < count; i++) {
		struct trace_call *call = order[i], **before = &last[call->file];
		uint64_t end = *before ? (*before)->start + (*before)->took : 0;

		if (*before && call->start < end && call->thread != (*before)->thread)
			call->overlaps = (*before)->overlaps = true;
		if (call->start + call->took >= end)
			*before = call;
	}
	return 0;
}

bool replay_is_sure(const struct replay_file *file, const struct trace_call *call)
{
	return !call->overlaps && !atomic_load(&file->astray);
}

bool replay_is_placed(const struct trace_call *call, int fd)
{
	return (call->op == TRACE_PREAD || call->op == TRACE_PWRITE) && !appends(call, fd);
}

int64_t replay_place(const struct trace_call *call, int fd)
{
	struct stat status;

	if (replay_is_placed(call, fd))
		return call->offset;
	if (appends(call, fd))
		return fstat(fd, &status) ? -1 : status.st_size;
	return lseek(fd, 0, SEEK_CUR);
}

bool replay_was_at(const struct trace_call *call, int fd, int64_t place, int64_t moved)
{
	/* Calls with an offset leave the position. */
	return call->op == TRACE_PREAD || call->op == TRACE_PWRITE || moved < 0 ||
	       lseek(fd, 0, SEEK_CUR) == place + moved;
}
