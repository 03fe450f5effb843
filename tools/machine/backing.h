/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backing of a run's files: a file system (XFS, ext4, btrfs or f2fs) in an image on a loop
 * device, a new directory in an XFS that the user names, or a tmpfs.
 *
 * The image is an unnamed file (O_TMPFILE), and the loop device detaches itself at its last close.
 * So both disappear with the last process of the run, however that ends.
 */
#ifndef TOOLS_MACHINE_BACKING_H
#define TOOLS_MACHINE_BACKING_H

#include "tools/machine/doctor.h"
#include "tools/machine/workplace.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Space, in bytes, for metadata and copy-on-write, besides the files of a run. */
#define BACKING_SPARE (UINT64_C(128) << 20)

struct backing;
struct backing_settings;

/* A kind of backing: a row of backing_kinds[]. */
struct backing_kind {
	const char *name, *help; /* for the reference of keys */
	bool sized;              /* made for the run, with backing_settings.size bytes */
	bool named;              /* existing, at backing_settings.path */
	bool formatted;          /* with backing_settings.fs; else XFS or tmpfs */
	bool in_memory;          /* its pages can be reclaimed only to swap */
	unsigned int needs;      /* NEED_* of doctor.h, without those of the file system */
	/* See backing_check(); NULL: nothing to check. */
	int (*check)(const struct backing_settings *settings, const char *scenario);
	int (*make)(struct backing *backing, const struct backing_settings *settings,
		    const struct workplace *workplace);
};

/* A file system that can be made on a device: a row of backing_filesystems[]. */
struct backing_fs {
	const char *name, *help; /* help may be NULL */
	const char *package;     /* the package of its command */
	const char *option;      /* its option in the kernel's configuration */
	const char *command[6];  /* NULL-terminated; the device follows as last argument */
	bool is_xfs;
	bool in_guests;     /* each guest has its command, and with it its module */
	bool shares;        /* files can share blocks: it can clone and deduplicate */
	unsigned int needs; /* NEED_* of doctor.h */
};

/* At most as many file systems. */
enum { BACKING_FS_MAX = 8 };

/* Each is ended by a row without a name. */
extern const struct backing_kind backing_kinds[];
extern const struct backing_fs backing_filesystems[];

/* The keys `backing` of a scenario. */
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

/* Returns whether the files lie on XFS. */
bool backing_is_xfs(const struct backing_settings *settings);

/* Returns the preconditions of the backing, NEED_* of doctor.h. */
unsigned int backing_needs(const struct backing_settings *settings);

/* Returns whether `bytes` bytes of files and BACKING_SPARE fit; a named directory is not
 * checked. */
bool backing_holds(const struct backing_settings *settings, uint64_t bytes);

/*
 * Checks whether the backing can be made, without changing anything. scenario: path of its file,
 * for messages. Returns 0; -EINVAL: the directory that the user named is not usable; -ENOSPC: no
 * room for the image; reported.
 */
int backing_check(const struct backing_settings *settings, const char *scenario);

/* Makes the backing; the caller has a private mount namespace. Returns 0 or -errno (reported). Call
 * backing_remove() in any case. */
int backing_make(struct backing *backing, const struct backing_settings *settings,
		 const struct workplace *workplace);

/* Unmounts the backing, and waits up to 40 s while it is in use. workplace_remove() removes a
 * directory that it made. Returns 0 or -errno (reported). */
int backing_remove(struct backing *backing);

#endif
