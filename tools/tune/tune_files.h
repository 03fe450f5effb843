/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the files of a tuning: a table, and a scenario. */
#ifndef TOOLS_TUNE_TUNE_FILES_H
#define TOOLS_TUNE_TUNE_FILES_H

#include "tools/tune/tune_state.h"

/* Writes trials.csv. Returns 0 or -EIO (reported). */
int tune_write_table(const struct tune *tune, const char *path);

/*
 * Writes the scenario with a setting, not the original: the user's text with the keys edited in
 * place, each with a comment about its old value and its trials. Verifies that the file is the
 * scenario that was tried. Returns 0 or -errno (reported).
 */
int tune_write_scenario(const struct tune *tune, size_t setting, const char *path);

#endif
