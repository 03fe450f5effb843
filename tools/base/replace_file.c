/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/replace_file.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"
#include "tools/base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { TRIES = 16, SUFFIX = 18 /* two dots and 16 digits */ };

static int open_as(struct replace_file *file, const char *name)
{
	file->fd = openat(file->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file->fd < 0 ? -errno : 0;
}

static int link_as(struct replace_file *file, const char *name)
{
	return scratch_link(file->fd, file->directory, name);
}

/* Gives the new file a temporary name, by one of these, that nobody else has. */
static int name_beside(struct replace_file *file, int (*make)(struct replace_file *, const char *))
{
	int r = -EEXIST;

	for (int i = 0; r == -EEXIST && i < TRIES; i++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) == sizeof(random)) {
			snprintf(file->beside, sizeof(file->beside), ".%.*s.%016" PRIx64,
				 NAME_MAX - SUFFIX, file->name, random);
			r = make(file, file->beside);
		} else {
			r = -errno;
		}
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
	return scratch_is_unsupported(errno) ? name_beside(file, open_as) : -errno;
}

int replace_file_begin(struct replace_file *file, const char *path)
{
	int r;

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

int replace_file_end(struct replace_file *file, int r)
{
	if (!r && fsync(file->fd))
		r = -errno;
	/* rename(2) takes names only. */
	if (!r && !file->beside[0])
		r = name_beside(file, link_as);
	if (close(file->fd) && !r)
		r = -errno;
	if (!r && renameat(file->directory, file->beside, file->directory, file->name))
		r = -errno;
	if (r && file->beside[0])
		unlinkat(file->directory, file->beside, 0);
	close(file->directory);
	return r;
}
