/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_place.h"

#include <fcntl.h>
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
