/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the scenarios of an exploration: the user's text followed by a schedule. */
#ifndef TOOLS_EXPLORE_EXPLORE_TEXT_H
#define TOOLS_EXPLORE_EXPLORE_TEXT_H

#include "tools/explore/explore.h"

/*
 * Reads the scenario with the overrides of the command line and without a gate. text: NULL before;
 * the caller frees it, also on error. Returns 0; -EINVAL it has a schedule, no storm, or not
 * exactly one reader; other -errno; reported.
 */
int explore_text_read(const struct explore_config *config, char **text);

/*
 * Writes the scenario in which a series runs. Its schedule names all points, so that the guest
 * reports the addresses of their functions. made: expect.made, passages that end the run. Returns 0
 * or -errno (reported).
 */
int explore_text_series(const struct explore *explore, uint64_t made, const char *path);

/* Writes the scenario that was found, with its row of `shown`. Returns 0 or -errno (reported). */
int explore_text_found(const struct explore *explore, const struct explore_schedule *schedule,
		       const char *path);

#endif
