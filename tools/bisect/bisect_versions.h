/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisects released kernels. */
#ifndef TOOLS_BISECT_BISECT_VERSIONS_H
#define TOOLS_BISECT_BISECT_VERSIONS_H

#include "tools/bisect/bisect_judge.h"

struct bisect_versions {
	const char *good, *bad; /* for bisect_kernels_find() */
	const char *kernels;    /* for bisect_kernels_list(); NULL: the archive's */
};

/* Checks, before anything is fetched, that the ends are in the right order, if both are versions.
 * Returns 0 or -EINVAL (reported). */
int bisect_versions_check(const struct bisect_versions *versions, bool fixed);

/*
 * Bisects. bisect: opened. found: a new reference, NULL on error, with "found" (a name, or null if
 * skipped kernels are in between), "before", "after" and "candidates" (names), as in bisect.json.
 * Returns 0; -EINVAL a mistake of the user, or ends that do not differ; -ENODATA an end cannot be
 * judged; -EINTR; other -errno; reported.
 */
int bisect_versions(struct bisect *bisect, const struct bisect_versions *versions, json_t **found);

/* Prints what was found, with both sides of the change side by side. */
void bisect_versions_print(FILE *to, const struct bisect *bisect, const json_t *found);

#endif
