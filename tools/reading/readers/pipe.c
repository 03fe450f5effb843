/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write(2) from the mapping into a pipe: the fault is taken in kernel mode, where one collision
 * fewer is needed than by plain loads. The pipe copies, so no reference to the folio stays behind.
 */
#include "injector/base/report.h"
#include "tools/reading/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int open_pipe(struct reader *reader)
{
	return pipe2(reader->pipe_fds, O_CLOEXEC) ? report(-errno, "reader pipe: pipe") : 0;
}

static int through_pipe(struct reader *reader, const struct target *target, uint64_t offset,
			uint64_t *page)
{
	ssize_t sent = write(reader->pipe_fds[1], target->map + offset, STAMP_PAGE_SIZE), got;

	if (sent < 0)
		return errno == EFAULT ? -ENODATA : -errno;
	got = read(reader->pipe_fds[0], page, (size_t)sent);
	if (got < 0)
		return -errno;
	return got == STAMP_PAGE_SIZE ? 0 : -ENODATA;
}

static void close_pipe(struct reader *reader)
{
	close(reader->pipe_fds[0]);
	close(reader->pipe_fds[1]);
}

const struct reader_ops reader_pipe = {
	.name = "pipe",
	.help = "write(2) from the mapping into a pipe",
	.faults = true,
	.open = open_pipe,
	.read = through_pipe,
	.close = close_pipe,
};
