/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies a file that has no name any more: link(2) does not give it one (6.18, vfs_link()). */
#include "injector/base/cleanup.h"
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof("/proc/self/fd/") + 11 };

static const char *path_of(int fd, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
	return path;
}

/* Clones the data if the file system can, otherwise copies them without the holes. */
static int copy_bytes(int from, int to, off_t size)
{
	off_t at = 0, end, source;

	if (!ioctl(to, FICLONE, from))
		return 0;
	if (ftruncate(to, size))
		return -errno;
	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		for (source = at; source < end;) {
			off_t target = source;
			ssize_t copied = copy_file_range(from, &source, to, &target,
							 (size_t)(end - source), 0);

			if (copied <= 0)
				return copied < 0 ? -errno : -EIO;
		}
		at = end;
	}
	return errno == ENXIO ? 0 : -errno;
}

static int rebuild_file(int from, int directory, const char *name, const struct stat *status)
{
	_cleanup_close_ int source = -1, to = -1;
	char path[PATH_SIZE];

	source = open(path_of(from, path), O_RDONLY | O_CLOEXEC);
	if (source < 0)
		return -errno;
	to = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	return copy_bytes(source, to, status->st_size);
}

static int rebuild_link(int from, int directory, const char *name)
{
	char target[PATH_MAX + 1];
	ssize_t length = readlinkat(from, "", target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, directory, name) ? -errno : 0;
}

static int make(int from, int directory, const char *name, const struct stat *status)
{
	switch (status->st_mode & S_IFMT) {
	case S_IFREG:
		return rebuild_file(from, directory, name, status);
	case S_IFLNK:
		return rebuild_link(from, directory, name);
	case S_IFDIR:
		return mkdirat(directory, name, 0700) ? -errno : 0;
	default:
		return mknodat(directory, name, status->st_mode, status->st_rdev) ? -errno : 0;
	}
}

int lose_rebuild(int from, int directory, const char *name)
{
	struct lose_attributes *attributes = lose_read_attributes(from);
	int made, r;

	if (!attributes)
		return -ENOMEM;
	r = make(from, directory, name, &attributes->status);
	made = r ? r : openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (!r && made < 0)
		made = -errno;
	r = made < 0 ? made : lose_put_attributes(made, attributes);
	lose_free_attributes(attributes);
	if (!r)
		return made;
	if (made >= 0)
		close(made);
	return r;
}
