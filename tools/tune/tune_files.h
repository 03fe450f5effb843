/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes of a tuning as files: a table, and a scenario. */
#ifndef TOOLS_TUNE_TUNE_FILES_H
#define TOOLS_TUNE_TUNE_FILES_H

#include "tools/tune/tune_state.h"

/* Writes trials.csv. Returns 0 or -errno (reported). */
int tune_write_table(const struct tune *tune, const char *path);

/*
 * Writes the scenario with a setting in it: the user's own text, the keys changed where they stand,
 * each marked with what it was and what the trials showed. Makes sure that it is the scenario that
 * was tried. Returns 0 or -errno (reported).
 */
int tune_write_scenario(const struct tune *tune, size_t setting, const char *path);

#endif
