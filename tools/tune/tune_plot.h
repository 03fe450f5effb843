/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws the results of a tuning. */
#ifndef TOOLS_TUNE_TUNE_PLOT_H
#define TOOLS_TUNE_TUNE_PLOT_H

#include "tools/tune/tune_state.h"

/* Draws the rates of all settings that were tried: a curve for one key, a map for two, else a list
 * of the best. Returns as plot_write(). */
int tune_plot(const struct tune *tune, const char *path);

#endif
