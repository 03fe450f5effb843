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

#include "tools/machine/doctor.h"
#include "tools/machine/workplace.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* What the file system itself takes, and a copy-on-write, beside the files of a run; bytes. */
#define BACKING_SPARE (UINT64_C(128) << 20)

struct backing;
struct backing_settings;

/* One thing that files can lie on. A row of backing_kinds[]. */
struct backing_kind {
	const char *name, *help; /* for the reference of keys */
	bool sized;              /* made for the run, backing_settings.size bytes large */
	bool named;              /* the user's: backing_settings.path says where */
	bool formatted;          /* with a file system of backing_settings.fs; else XFS, or none */
	bool in_memory;          /* lets go of pages only into swap */
	unsigned int needs;      /* NEED_* of doctor.h, besides those of the file system */
	/* See backing_check(); NULL: nothing to look at. */
	int (*check)(const struct backing_settings *settings, const char *scenario);
	int (*make)(struct backing *backing, const struct backing_settings *settings,
		    const struct workplace *workplace);
};

/* A file system that is made on a device. A row of backing_filesystems[]. */
struct backing_fs {
	const char *name, *help; /* help: or NULL */
	const char *package;     /* that has its command */
	const char *option;      /* of the kernel's configuration, for it */
	const char *command[6];  /* besides the device, which is the last argument */
	bool is_xfs;
	bool shares;        /* blocks between files: it can clone and deduplicate */
	unsigned int needs; /* NEED_* of doctor.h */
};

/* All of them, ended by a row without a name. */
extern const struct backing_kind backing_kinds[];
extern const struct backing_fs backing_filesystems[];

/* What a scenario says of it. */
struct backing_settings {
	const struct backing_kind *kind;
	const struct backing_fs *fs;
	uint64_t size; /* bytes */
	char *path;
};

struct backing {
	char root[PATH_MAX]; /* the directory to mirror */
	bool mounted;        /* a file system or a directory of ours is mounted there */
};

/* Whether the files lie on XFS. */
bool backing_is_xfs(const struct backing_settings *settings);

/* NEED_* of doctor.h. */
unsigned int backing_needs(const struct backing_settings *settings);

/* Whether so many bytes of files have room, and BACKING_SPARE more. */
bool backing_holds(const struct backing_settings *settings, uint64_t bytes);

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

/* Unmounts it; a directory is removed with the workplace that recorded it. Returns 0 or
 * -errno (reported). */
int backing_remove(struct backing *backing);

#endif
