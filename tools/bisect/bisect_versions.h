/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bisection over released kernels. */
#ifndef TOOLS_BISECT_BISECT_VERSIONS_H
#define TOOLS_BISECT_BISECT_VERSIONS_H

#include "tools/bisect/bisect_judge.h"

struct bisect_versions {
	const char *good, *bad; /* as bisect_kernels_find() takes them */
	const char *kernels;    /* as bisect_kernels_list() takes them; NULL: the archive's */
};

/* Before anything is fetched: whether the good and the bad one, where both are versions, are the
 * right way round. Returns 0 or -EINVAL (reported). */
int bisect_versions_check(const struct bisect_versions *versions, bool fixed);

/*
 * Bisects. found: "found" (name, or null where skipped ones are in between), "before", "candidates"
 * (names that it can be), as bisect.json has them; the caller's, NULL with an error. bisect:
 * opened. Returns 0; -EINVAL a mistake of the caller's, or the ends do not differ; -ENODATA an end
 * cannot be judged; -EINTR; other -errno; reported.
 */
int bisect_versions(struct bisect *bisect, const struct bisect_versions *versions, json_t **found);

/* Says what was found, and shows both sides of the change beside each other. */
void bisect_versions_print(FILE *to, const struct bisect *bisect, const json_t *found);

#endif
