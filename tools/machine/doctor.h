/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine must have: one row per precondition, asked by `foliostorm doctor`, before a run,
 * and written into results. */
#ifndef TOOLS_MACHINE_DOCTOR_H
#define TOOLS_MACHINE_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What requires it. */
enum doctor_need {
	NEED_NOBODY = 0, /* better with it */
	NEED_LAYER = 1,
	NEED_RUN = 2,
	NEED_IMAGE = 4,
	NEED_PASSTHROUGH = 8,
	NEED_GUEST = 16,
	NEED_MKFS_XFS = 32,
	NEED_MKFS_EXT4 = 64,
	NEED_SPLIT_CONTROL = 128,
	NEED_CGROUP = 256,
	NEED_ZRAM = 512,
	NEED_MKFS_BTRFS = 1024,
	NEED_WITNESS = 2048, /* look() loads programs into the kernel, which takes long */
};

struct doctor_check {
	const char *name;
	unsigned int needed_by; /* enum doctor_need, any of */
	/* Whether it is there; detail says what was found or what is missing. */
	bool (*look)(char *detail, size_t size);
	const char *consequence; /* of its absence */
	const char *remedy;      /* where the machine has none of it; or NULL */
};

/* What the default scenario cannot do without. */
enum { NEED_DEFAULT = NEED_LAYER | NEED_RUN | NEED_IMAGE | NEED_MKFS_XFS | NEED_PASSTHROUGH };

/* Ended by a row without a name. */
extern const struct doctor_check doctor_checks[];

/* The consequence, and what can be done about it. detail: what look() said; where that is that the
 * kernel does not permit it, no other kernel configuration is advised. Returns text. */
const char *doctor_consequence(const struct doctor_check *check, const char *detail, char *text,
			       size_t size);

/* What all rows but those that load programs into the kernel say now: an object of the caller's,
 * true or false by name. */
json_t *doctor_preconditions(void);

/* The first that is missing of all that `needs` (enum doctor_need, or-ed) asks for, in words.
 * Returns false, and leaves text, which holds `size` bytes, when nothing is. */
bool doctor_missing(unsigned int needs, char *text, size_t size);

#endif
