/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preconditions of a machine, one per row. `foliostorm doctor` and each run check them, and
 * results list them. */
#ifndef TOOLS_MACHINE_DOCTOR_H
#define TOOLS_MACHINE_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Which feature requires a precondition. */
enum doctor_need {
	NEED_NOBODY = 0, /* recommended only */
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
	NEED_WITNESS = 2048, /* look() loads BPF programs, which takes long */
	NEED_MKFS_F2FS = 4096,
};

struct doctor_check {
	const char *name;
	unsigned int needed_by; /* set of enum doctor_need */
	/* Returns whether the machine has it. detail: gets what was found or is missing. */
	bool (*look)(char *detail, size_t size);
	const char *consequence; /* of its absence */
	const char *remedy;      /* if the machine lacks it; or NULL */
};

/* The requirements of the default scenario. */
enum { NEED_DEFAULT = NEED_LAYER | NEED_RUN | NEED_IMAGE | NEED_MKFS_XFS | NEED_PASSTHROUGH };

/* Ended by a row without a name. */
extern const struct doctor_check doctor_checks[];

/* Writes the consequence and the remedy. detail: of look(). If that is "Operation not permitted" or
 * "Permission denied", the remedy is not the row's but to run as root, or that this does not help.
 * Returns text, which holds `size` bytes. */
const char *doctor_consequence(const struct doctor_check *check, const char *detail, char *text,
			       size_t size);

/* Checks all rows but those of NEED_WITNESS. Returns a new object, owned by the caller: name to
 * true or false. */
json_t *doctor_preconditions(void);

/* Finds the first missing row that `needs` (set of enum doctor_need) requires. text: gets its
 * description, cut to `size` bytes. Returns false, with text unchanged, if none is missing. */
bool doctor_missing(unsigned int needs, char *text, size_t size);

#endif
