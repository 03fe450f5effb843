/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/line_file.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int line_file_open(struct line_file *file, const char *path, int flags)
{
	struct stat status;

	*file = (struct line_file){ .fd = open_output(path, O_WRONLY | flags) };
	if (file->fd < 0)
		return -EIO;
	/* See wait_for_room(). */
	if (!fstat(file->fd, &status) && S_ISFIFO(status.st_mode))
		fcntl(file->fd, F_SETFL, fcntl(file->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

/* Returns whether the process was told to end, by a signal that it blocks. */
static bool is_interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGHUP) == 1);
}

/* Waits for the reader of a pipe. Returns false if the process is to end instead. */
static bool wait_for_room(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	while (poll(&polled, 1, 100) <= 0)
		if (is_interrupted())
			return false;
	return true;
}

/* Returns 0 or -errno. On error, a regular file contains nothing of the text. */
static int put_all(int fd, const char *text, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(fd, text + done, size - done);
		int error = errno;
		off_t end;

		if (put >= 0)
			done += (size_t)put;
		if (put >= 0 || error == EINTR || (error == EAGAIN && wait_for_room(fd)))
			continue;
		end = done ? lseek(fd, 0, SEEK_CUR) : -1;
		if (end >= (off_t)done)
			(void)!ftruncate(fd, end - (off_t)done);
		return error == EAGAIN ? -ECANCELED : -error;
	}
	return 0;
}

void line_file_put(struct line_file *file, char *line)
{
	size_t length = strlen(line);

	if (file->fd < 0)
		return;
	line[length] = '\n';
	if (!file->error)
		file->error = put_all(file->fd, line, length + 1);
	line[length] = '\0';
	/* The reader of a pipe may close it at any time. */
	file->lost += file->error && file->error != -EPIPE;
}

void line_file_close(struct line_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
