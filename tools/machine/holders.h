/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that have files below a directory open. They keep using these after a layer is mounted
 * over the directory. */
#ifndef TOOLS_MACHINE_HOLDERS_H
#define TOOLS_MACHINE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct holder {
	pid_t process;
	char name[32];
	size_t descriptors; /* open in the directory or below it */
	size_t mappings;
	bool works_there; /* its working directory or its root is there */
};

/*
 * Calls `each` for every other process that uses a directory or anything below it, as far as the
 * caller may look at it. directory: its path without symbolic links; it is not accessed.
 */
void holders_find(const char *directory, void (*each)(void *context, const struct holder *holder),
		  void *context);

#endif
