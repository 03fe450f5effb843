/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/replace_file.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { TRIES = 16, SUFFIX = 18 /* two dots and 16 digits */ };

/* Draws a temporary name that hardly anybody else has. */
static int draw_name(struct replace_file *file)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	snprintf(file->beside, sizeof(file->beside), ".%.*s.%016" PRIx64, NAME_MAX - SUFFIX,
		 file->name, random);
	return 0;
}

static int open_named(struct replace_file *file)
{
	int r = -EEXIST;

	for (int i = 0; r == -EEXIST && i < TRIES; i++) {
		r = draw_name(file);
		if (r)
			break;
		file->fd = openat(file->directory, file->beside,
				  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		r = file->fd < 0 ? -errno : 0;
	}
	if (r)
		file->beside[0] = '\0';
	return r;
}

static int open_new(struct replace_file *file)
{
	file->beside[0] = '\0';
	file->fd = openat(file->directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (file->fd >= 0)
		return 0;
	/* EISDIR is what a kernel says that does not know the flag. */
	return errno == EOPNOTSUPP || errno == EISDIR ? open_named(file) : -errno;
}

int replace_file_begin(struct replace_file *file, const char *path)
{
	int r;

	file->path = path;
	file->directory = open_output_parent(path, file->name);
	if (file->directory < 0)
		return -EIO;
	r = open_new(file);
	if (!r)
		return 0;
	close(file->directory);
	report(r, "%s", path);
	return -EIO;
}

/* rename(2) takes names only. */
static int name_it(struct replace_file *file)
{
	char link[32];
	int r = -EEXIST;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
	for (int i = 0; r == -EEXIST && i < TRIES; i++) {
		r = draw_name(file);
		if (r)
			break;
		r = linkat(AT_FDCWD, link, file->directory, file->beside, AT_SYMLINK_FOLLOW)
			    ? -errno
			    : 0;
	}
	if (r)
		file->beside[0] = '\0';
	return r;
}

int replace_file_end(struct replace_file *file, int r)
{
	if (!r && fsync(file->fd))
		r = -errno;
	if (!r && !file->beside[0])
		r = name_it(file);
	if (close(file->fd) && !r)
		r = -errno;
	if (!r && renameat(file->directory, file->beside, file->directory, file->name))
		r = -errno;
	if (r && file->beside[0])
		unlinkat(file->directory, file->beside, 0);
	close(file->directory);
	return r;
}
