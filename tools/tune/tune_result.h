/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a tuning as JSON and as text. */
#ifndef TOOLS_TUNE_TUNE_RESULT_H
#define TOOLS_TUNE_TUNE_RESULT_H

#include "tools/tune/tune_state.h"

#include <stdio.h>

/* An object with the keys in tools/doc/tuning.md; a new reference. */
json_t *tune_result_json(const struct tune *tune);

/* Prints the result as text. */
void tune_result_print(FILE *to, const struct tune *tune);

/* Whether the best setting is better than the original with confidence. */
bool tune_result_better(const struct tune *tune);

/* Writes a rate with its interval, "41.20 hits/s (95 %: 38.00 to 44.40)". Returns text, which holds
 * `size` bytes. */
const char *tune_result_rate(const struct tune *tune, const struct rate_sum *sum, char *text,
			     size_t size);

/* Writes the comparison of the best setting with the original, or (second) with the second best.
 * Returns text, which holds `size` bytes. */
const char *tune_result_claim(const struct tune *tune, bool second, char *text, size_t size);

/* Punches of a setting's trials in phase "final" or "search". hit: set to those that hit. Returns
 * punches. */
double tune_result_punches(const struct tune *tune, size_t setting, const char *phase, double *hit);

#endif
