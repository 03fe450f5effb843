/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes of a tuning: in words, as JSON, as a table, and as a scenario. */
#ifndef TOOLS_TUNE_TUNE_RESULT_H
#define TOOLS_TUNE_TUNE_RESULT_H

#include "tools/base/exit_code.h"
#include "tools/tune/tune.h"

#include <stdio.h>

/* The keys that scenarios/README.md lists. The caller's. */
json_t *tune_result_json(const struct tune *tune);

void tune_result_print(FILE *to, const struct tune *tune);

/* 0 the best setting is better than the original, with confidence; 3 it is not known to be. */
enum exit_code tune_result_exit(const struct tune *tune);

/* Events a second with their interval, "41.2 hits/s (95 %: 38.0 to 44.4)". Returns text, which holds
 * `size` bytes. */
const char *tune_result_rate(const struct tune *tune, const struct rate_sum *sum, char *text,
			     size_t size);

/* What may be said of the best one against the original, or (second) against the second best.
 * Returns text, which holds `size` bytes. */
const char *tune_result_claim(const struct tune *tune, bool second, char *text, size_t size);

/* Hits and punches of a setting's trials in one phase, "final" or "search". Returns punches. */
double tune_result_punches(const struct tune *tune, size_t setting, const char *phase, double *hit);

/* Writes trials.csv. Of tune_files.c, as the next one. Returns 0 or -errno (reported). */
int tune_write_table(const struct tune *tune, const char *path);

/*
 * Writes the scenario with a setting in it: the user's own text, the keys changed where they stand,
 * each marked with what it was and what the trials showed. Makes sure that it is the scenario that
 * was tried. Returns 0 or -errno (reported).
 */
int tune_write_scenario(const struct tune *tune, size_t setting, const char *path);

/* Draws the rates of all settings that were tried: one key as a curve, two as a map, more as the
 * best ones in a row. Of tune_plot.c. Returns as plot_svg(). */
int tune_plot(const struct tune *tune, const char *path);

#endif
