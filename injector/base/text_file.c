/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/text_file.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int text_file_read(const char *path, char **text, size_t *size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char part[1 << 14];
	FILE *memory;
	size_t got, whole;
	int r = 0;

	*text = NULL;
	if (!file)
		return -errno;
	memory = open_memstream(text, &whole);
	if (!memory)
		return -errno;
	while ((got = fread(part, 1, sizeof(part), file)))
		fwrite(part, 1, got, memory);
	if (ferror(file))
		r = -errno;
	if ((ferror(memory) | fclose(memory)) && !r)
		r = -ENOMEM;
	if (r) {
		free(*text);
		*text = NULL;
	} else if (size) {
		*size = whole;
	}
	return r;
}

int text_file_write(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t size = strlen(text);
	ssize_t taken;

	if (fd < 0)
		return -errno;
	taken = write(fd, text, size);
	return taken < 0 ? -errno : (size_t)taken == size ? 0 : -EIO;
}

int write_whole(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t put = write(fd, (const char *)data + done, size - done);

		if (!put)
			return -ENOSPC;
		if (put > 0)
			done += (size_t)put;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int text_file_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return -errno;
	return S_ISREG(status.st_mode) ? take_fd(&fd) : S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
}

FILE *text_file_stream(const char *path)
{
	_cleanup_close_ int fd = text_file_open(path);
	FILE *file;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	file = fdopen(fd, "r");
	if (file)
		take_fd(&fd);
	return file;
}

const char *text_file_error(int error)
{
	return error == -EINVAL   ? "is not a regular file"
	       : error == -EISDIR ? "is a directory; name a file"
				  : strerror(-error);
}
