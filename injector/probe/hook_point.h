/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the gate and the witness attach to the kernel. A hook serves a role. The function that
 * serves it differs between kernel versions, so functions are found by name in the running kernel.
 * A new version needs one more row.
 */
#ifndef INJECTOR_PROBE_HOOK_POINT_H
#define INJECTOR_PROBE_HOOK_POINT_H

#include <stdbool.h>
#include <stddef.h>

enum hook_role {
	HOOK_SPLIT,  /* a split begins and ends */
	HOOK_LEVEL,  /* within it, once for each level, while the folio is frozen */
	HOOK_STORE,  /* within it, before each part is stored in the page cache */
	HOOK_STORED, /* within it, after the last store in the page cache */
	HOOK_LOOKUP, /* a fault looks a folio up */
	HOOK_READ,   /* read(2) looks folios up */
	HOOK_SHMEM,  /* any look-up on tmpfs */
	HOOK_ROLES,
};

enum hook_method {
	HOOK_NONE,
	HOOK_FENTRY, /* BPF trampoline: fentry, fexit */
	HOOK_KPROBE, /* kprobe, kretprobe */
	HOOK_CALL,   /* kprobe at a call of another function, see call_site.h */
	HOOK_METHODS,
};

/* "split", "level", ... */
extern const char *const hook_role_names[HOOK_ROLES];

/* "none", "fentry", "kprobe", "kprobe at a call". */
extern const char *const hook_method_names[HOOK_METHODS];

/* A function that serves a role. */
struct hook_point {
	enum hook_role role;
	const char *function;
	const char *kernels; /* kernel versions that have it, as text */
	const char *call;    /* the hook is where the function calls this one; NULL: its entry */
};

/* All rows, those of a role from the newest kernels to the oldest; ended by a row without a
 * function. */
extern const struct hook_point hook_points[];

/*
 * Returns the first row of the role for which has(row, context) is true, that is, which the kernel
 * has; NULL: none.
 */
const struct hook_point *hook_point_find(enum hook_role role,
					 bool (*has)(const struct hook_point *point, void *context),
					 void *context);

/* Writes all functions that would serve the role, "a or b or c calling d". Returns text, which
 * holds `size` bytes. */
const char *hook_point_candidates(enum hook_role role, char *text, size_t size);

#endif
