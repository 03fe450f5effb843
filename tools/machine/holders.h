/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that have something of a directory open: they go on with it whatever is mounted
 * over. */
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
	bool works_there; /* its working directory or its root is */
};

/*
 * Calls `each` for every process, but the caller's own, that holds a directory or what is below it:
 * of those that may be looked at. directory: resolved. Nothing of it is touched.
 */
void holders_find(const char *directory, void (*each)(void *context, const struct holder *holder),
		  void *context);

#endif
