/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Load the scenario of a tuning with other values. Arguments and return value are those of
 * scenario_load(). */
#ifndef TOOLS_TUNE_TUNE_LOAD_H
#define TOOLS_TUNE_TUNE_LOAD_H

#include "tools/tune/tune_state.h"

/* Adds values to those of --set: `count` times "KEY=VALUE". */
int tune_load_with(const struct tune *tune, const char *path, const char *const *more, size_t count,
		   struct scenario *scenario);

/* With the values of a setting. */
int tune_load_setting(const struct tune *tune, const struct space_setting *setting,
		      const char *path, struct scenario *scenario);

/* With the values of setting number `setting`; 0: the original. */
int tune_load(const struct tune *tune, size_t setting, const char *path, struct scenario *scenario);

#endif
