/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/line_file.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int line_file_open(struct line_file *file, const char *path, int flags)
{
	*file = (struct line_file){ .fd = open_output(path, O_WRONLY | flags) };
	return file->fd < 0 ? -EIO : 0;
}

/* Returns 0 or -errno. On error, a regular file contains nothing of the text. */
static int put_all(int fd, const char *text, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(fd, text + done, size - done);
		int error = errno;

		if (put >= 0) {
			done += (size_t)put;
		} else if (error != EINTR) {
			off_t end = done ? lseek(fd, 0, SEEK_CUR) : -1;

			if (end >= (off_t)done)
				(void)!ftruncate(fd, end - (off_t)done);
			return -error;
		}
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
