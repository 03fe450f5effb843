/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenarios of an exploration, as texts: the user's, with a schedule behind it. */
#ifndef TOOLS_EXPLORE_EXPLORE_TEXT_H
#define TOOLS_EXPLORE_EXPLORE_TEXT_H

#include "tools/explore/explore.h"

/*
 * Reads the scenario as it is to be explored: with what the command line changes, without a gate.
 * text: the caller frees it. Returns 0; -EINVAL it has a schedule, no storm, or not one reader;
 * other -errno; reported.
 */
int explore_text_read(const struct explore_config *config, char **text);

/*
 * Writes a scenario to run a series in: its schedule names all points, so that the guest says where
 * their functions are. made: passages that end the run. Returns 0 or -errno (reported).
 */
int explore_text_series(const struct explore *explore, uint64_t made, const char *path);

/* Writes the scenario that was found. Returns 0 or -errno (reported). */
int explore_text_found(const struct explore *explore, const struct explore_schedule *schedule,
		       const char *path);

#endif
