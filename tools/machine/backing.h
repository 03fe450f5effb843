/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run's files lie on: an image on a loop device, XFS or ext4; a directory of its own in an
 * XFS that the user named; or a tmpfs.
 *
 * The image is a file without a name (O_TMPFILE) and the loop device clears itself when nobody has
 * it open, so both go with the last process of the run, however it ends.
 */
#ifndef TOOLS_MACHINE_BACKING_H
#define TOOLS_MACHINE_BACKING_H

#include "tools/machine/workplace.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum backing_kind {
	BACKING_IMAGE,     /* an image on a loop device, made for the run */
	BACKING_DIRECTORY, /* a directory of an XFS that is there */
	BACKING_TMPFS,     /* a tmpfs with huge=always, made for the run */
};

/* Of an image. */
enum backing_fs {
	BACKING_XFS,
	BACKING_EXT4,
};

/* What a scenario says of it. */
struct backing_settings {
	enum backing_kind kind;
	enum backing_fs fs;
	uint64_t size; /* bytes, of an image or a tmpfs */
	char *path;    /* of a directory */
};

struct backing {
	char root[PATH_MAX]; /* the directory to mirror */
	bool mounted;        /* an image of ours is mounted there */
};

/*
 * Looks whether the backing can be had, without touching anything. scenario: path of its file, for
 * messages.
 * Returns 0; -EINVAL what the user named does not do; -ENOSPC no room for the image; -ENOENT no
 * mkfs.xfs; reported.
 */
int backing_check(const struct backing_settings *settings, const char *scenario);

/* Makes it. In a mount namespace of the run's own. Returns 0 or -errno (reported); undone by
 * backing_remove() in any case. */
int backing_make(struct backing *backing, const struct backing_settings *settings,
		 const struct workplace *workplace);

/* Unmounts the image; a directory is removed with the workplace that recorded it. Returns 0 or
 * -errno (reported). */
int backing_remove(struct backing *backing);

#endif
