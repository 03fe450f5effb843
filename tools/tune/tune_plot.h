/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes of a tuning as a picture. */
#ifndef TOOLS_TUNE_TUNE_PLOT_H
#define TOOLS_TUNE_TUNE_PLOT_H

#include "tools/tune/tune_state.h"

/* Draws the rates of all settings that were tried: one key as a curve, two as a map, more as the
 * best ones in a row. Returns as plot_svg(). */
int tune_plot(const struct tune *tune, const char *path);

#endif
