/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workplace: the directory /run/foliostorm/PID.NUMBER where a run or a mount keeps its mount
 * points, and where it writes down, before it makes it, whatever would outlive a SIGKILL. A file
 * lock that the process and its children hold says that it is in use: no process identifier is
 * trusted. Nobody's but ours is ever touched: what is removed is what the record names.
 */
#ifndef TOOLS_MACHINE_WORKPLACE_H
#define TOOLS_MACHINE_WORKPLACE_H

#include <stdbool.h>

/* Where all of them lie. */
#define WORKPLACES "/run/foliostorm"

struct workplace {
	char path[128];
	int lock_fd; /* also the record */
};

/* Makes a new workplace. Returns 0 or -errno (reported). Root only. Release with
 * workplace_remove(). */
int workplace_make(struct workplace *workplace);

/*
 * Writes down something that must be removed when the owner is gone:
 * "directory PATH" (with all in it), "mount PATH" (a layer of ours), "cgroup PATH", "zram DEVICE", or
 * "memory-controller ROOT" (which cgroups of that hierarchy are to have no more; after them). Call
 * before making it. Returns 0 or -errno (reported).
 */
int workplace_record(const struct workplace *workplace, const char *what, const char *path);

/* Makes a directory in the workplace; its path goes to `path`, which holds `size` bytes. Returns 0
 * or -errno (reported). */
int workplace_directory(const struct workplace *workplace, const char *name, char *path, int size);

/* Removes the workplace and all that its record names. Returns 0 or -errno (reported) when
 * something stays. */
int workplace_remove(struct workplace *workplace);

/*
 * Looks for workplaces whose owner is gone. found: called with a line for each thing left; may be
 * NULL. clean: remove them too. Returns how many workplaces were left (and, with clean, could not
 * be removed), or -errno.
 */
int workplace_leftovers(bool clean, void (*found)(const char *line));

#endif
