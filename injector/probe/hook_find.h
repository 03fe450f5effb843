/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the functions of the running kernel that serve the roles of the witness, by the rows of
 * hook_points[], in its BTF, its symbols and its machine code. */
#ifndef INJECTOR_PROBE_HOOK_FIND_H
#define INJECTOR_PROBE_HOOK_FIND_H

#include "injector/probe/witness.h"

/* Calls of one function in another that are watched at most. */
enum { HOOK_CALLS_MAX = 8 };

/* The calls found in a function. */
struct hook_calls {
	size_t offsets[HOOK_CALLS_MAX]; /* bytes from its start */
	int count;
};

/*
 * Finds a function for each of `roles` (a bit for each enum hook_role). hooks, calls: HOOK_ROLES
 * items each; those of other roles stay as they are. The hook of a role without a function says
 * why. Returns 0; -ENOTSUP the kernel has no BTF, and `why` (`size` bytes) says so.
 */
int hook_find(struct witness_hook *hooks, struct hook_calls *calls, unsigned int roles, char *why,
	      size_t size);

#endif
