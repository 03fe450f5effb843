/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions of the running kernel serve the roles of the witness, and how: the rows of
 * hook_points[] are looked for in its BTF, its symbols and its machine code. */
#ifndef INJECTOR_PROBE_HOOK_FIND_H
#define INJECTOR_PROBE_HOOK_FIND_H

#include "injector/probe/witness.h"

/* More calls of one function in another are not watched. */
enum { HOOK_CALLS_MAX = 8 };

/* Where in its function a call was found. */
struct hook_calls {
	size_t offsets[HOOK_CALLS_MAX];
	int count;
};

/*
 * Finds a function for each of the roles, bits. hooks, calls: by role, HOOK_ROLES of each; those
 * of other roles are left alone; of a role that no function serves, the hook says why. Returns 0;
 * -ENOTSUP where the kernel has no BTF, and `why`, which holds `size` bytes, says so.
 */
int hook_find(struct witness_hook *hooks, struct hook_calls *calls, unsigned int roles, char *why,
	      size_t size);

#endif
