/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes of a tuning: in words and as JSON. */
#ifndef TOOLS_TUNE_TUNE_RESULT_H
#define TOOLS_TUNE_TUNE_RESULT_H

#include "tools/tune/tune_state.h"

#include <stdio.h>

/* The keys that tools/doc/tuning.md lists. The caller's. */
json_t *tune_result_json(const struct tune *tune);

void tune_result_print(FILE *to, const struct tune *tune);

/* Whether the best setting is better than the original, with confidence. */
bool tune_result_better(const struct tune *tune);

/* Events a second with their interval, "41.2 hits/s (95 %: 38.0 to 44.4)". Returns text, which
 * holds `size` bytes. */
const char *tune_result_rate(const struct tune *tune, const struct rate_sum *sum, char *text,
			     size_t size);

/* What may be said of the best one against the original, or (second) against the second best.
 * Returns text, which holds `size` bytes. */
const char *tune_result_claim(const struct tune *tune, bool second, char *text, size_t size);

/* Hits and punches of a setting's trials in one phase, "final" or "search". Returns punches. */
double tune_result_punches(const struct tune *tune, size_t setting, const char *phase, double *hit);

#endif
