/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workplace is the directory /run/foliostorm/PID.NUMBER of a run or a mount. It has the mount
 * points, and a record (workplace_record.h) of everything that would outlive a SIGKILL. A thing is
 * recorded before it is made, and identified afterwards; it is removed only if it is still the
 * same.
 *
 * The process and its children hold a file lock on the record while they live; process IDs are not
 * trusted. A process takes that lock before it removes a workplace. Workplaces are made and taken
 * over under a lock on /run/foliostorm, so that none is found half made.
 */
#ifndef TOOLS_MACHINE_WORKPLACE_H
#define TOOLS_MACHINE_WORKPLACE_H

#include "tools/machine/workplace_record.h"

#include <stdbool.h>

/* The directory of all workplaces. */
#define WORKPLACES "/run/foliostorm"

struct workplace {
	char path[128];
	int lock_fd;                  /* of the record, which is locked */
	char token[RECORD_TOKEN_MAX]; /* random; labels things that have no name of their own */
};

/* Makes a new workplace. Requires root. Returns 0 or -errno (reported). Release it with
 * workplace_remove(). */
int workplace_make(struct workplace *workplace);

/*
 * Record a thing that must be removed when the owner is gone. what: its kind (leftover.h). path:
 * absolute. Call workplace_plan() before making the thing, and workplace_made() after it, which
 * identifies it. Return 0 or -errno (reported).
 */
int workplace_plan(const struct workplace *workplace, const char *what, const char *path);
int workplace_made(const struct workplace *workplace, const char *what, const char *path);

/* Makes a directory in the workplace, if missing. path: gets its path, cut to `size` bytes. Returns
 * 0 or -errno (reported). */
int workplace_directory(const struct workplace *workplace, const char *name, char *path, int size);

/* Makes a directory elsewhere, with mode 0700, that is removed with the workplace, with all its
 * content. path: absolute; must not exist. Returns an O_PATH descriptor of it, which the caller
 * closes, or -errno (reported). */
int workplace_tree(const struct workplace *workplace, const char *path);

/* Removes the workplace and everything that its record names. Returns 0, or -errno (reported) if
 * something could not be removed. */
int workplace_remove(struct workplace *workplace);

/*
 * Looks for workplaces whose owner is gone. clean: also remove them. found: called with the path of
 * each, and with a line for each thing in its record; may be NULL. Returns the number of such
 * workplaces that still exist, or -errno (not reported).
 */
int workplace_leftovers(bool clean, void (*found)(const char *line));

/* Returns whether the workplace `directory` belongs to the layer at `mountpoint`: that is the
 * workplace itself, its mnt, or a mount in its record. */
bool workplace_serves(const char *directory, const char *mountpoint);

#endif
