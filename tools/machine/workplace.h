/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workplace: the directory /run/foliostorm/PID.NUMBER where a run or a mount keeps its mount
 * points, and where it writes down whatever would outlive a SIGKILL: before it makes it, and then
 * what it has become (workplace_record.h). Nothing is removed but what is still the same.
 *
 * The process and its children hold a file lock on the record as long as they live: no process
 * identifier is trusted. A process that removes a workplace takes that lock first. Workplaces are
 * made, and looked for, under a lock on /run/foliostorm, so that none is found half made.
 */
#ifndef TOOLS_MACHINE_WORKPLACE_H
#define TOOLS_MACHINE_WORKPLACE_H

#include "tools/machine/workplace_record.h"

#include <stdbool.h>

/* Where all of them lie. */
#define WORKPLACES "/run/foliostorm"

struct workplace {
	char path[128];
	int lock_fd;                  /* also the record */
	char token[RECORD_TOKEN_MAX]; /* random; marks as this one's what has no name of its own */
};

/* Makes a new workplace. Returns 0 or -errno (reported). Root only. Release with
 * workplace_remove(). */
int workplace_make(struct workplace *workplace);

/*
 * Writes down something that must be removed when the owner is gone: a row of leftover.h and its
 * absolute path. workplace_plan(): call before making it; workplace_made(): when it is there, which
 * identifies it. Return 0 or -errno (reported).
 */
int workplace_plan(const struct workplace *workplace, const char *what, const char *path);
int workplace_made(const struct workplace *workplace, const char *what, const char *path);

/* Makes a directory in the workplace; its path goes to `path`, which holds `size` bytes. Returns 0
 * or -errno (reported). */
int workplace_directory(const struct workplace *workplace, const char *name, char *path, int size);

/* Makes a directory anywhere that goes with the workplace, with all in it, and with mode 0700.
 * path: absolute. Returns an O_PATH descriptor of it, or -errno (reported). */
int workplace_tree(const struct workplace *workplace, const char *path);

/* Removes the workplace and all that its record names. Returns 0 or -errno (reported) when
 * something stays. */
int workplace_remove(struct workplace *workplace);

/*
 * Looks for workplaces whose owner is gone. found: called with a line for each thing left; may be
 * NULL. clean: remove them too. Returns how many workplaces were left (and, with clean, could not
 * be removed), or -errno.
 */
int workplace_leftovers(bool clean, void (*found)(const char *line));

/* Whether the workplace in this directory is that of a mount at `mountpoint`. */
bool workplace_serves(const char *directory, const char *mountpoint);

#endif
