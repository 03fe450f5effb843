/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: when an operation comes, do this to it. The hooks of a list of rules ask each rule in the
 * order in which they were added; delays add up, and the first errno wins.
 */
#ifndef INJECTOR_RULES_H
#define INJECTOR_RULES_H

#include "injector/hooks.h"

#include <stdatomic.h>

struct rule {
	char operation[16]; /* "any" or a name of hook_operations[] */
	uint64_t delay_ns;
	int error;              /* positive errno; 0: none */
	_Atomic uint64_t fired; /* requests it applied to */
};

/* Add all rules before the hooks are in use: the list itself has no lock. */
struct rules {
	struct rule *list;
	size_t count;
};

/* An empty list. */
void rules_init(struct rules *rules);

/* Frees the rules; the list is empty then. */
void rules_release(struct rules *rules);

/*
 * Adds a rule at the end. operation: "any" for all that allow it, or a name. error: positive errno,
 * 0 for none. why: on -EINVAL, a clause that says what is wrong and what is allowed, cut to
 * why_size bytes. Returns 0; -EINVAL no such operation, one that does not allow it, no such errno,
 * or a rule that does nothing; -ENOMEM.
 */
int rules_add(struct rules *rules, const char *operation, uint64_t delay_ns, int error, char *why,
	      size_t why_size);

/* The same with the errno as people write it, "ENOSPC"; NULL for none. */
int rules_add_text(struct rules *rules, const char *operation, uint64_t delay_ns,
		   const char *error_name, char *why, size_t why_size);

/* How often rule `index` (from 0, in the order they were added) applied; 0 for one that is not
 * there. */
uint64_t rules_fired(const struct rules *rules, size_t index);

/* Hooks that apply these rules; valid as long as they are. */
struct hooks rules_hooks(struct rules *rules);

/* The positive errno of a name, "EIO" is 5; 0 when there is none. */
int rules_error_number(const char *name);

/* The name of a positive errno, a constant string; NULL when there is none. */
const char *rules_error_name(int error);

#endif
