/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcome of a run's schedule: its keys in the result, and what it means for the verdict. */
#ifndef TOOLS_VERDICT_SCHEDULE_RESULT_H
#define TOOLS_VERDICT_SCHEDULE_RESULT_H

#include "injector/schedule/schedule_step.h"
#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* The keys of the group `schedule`, about a struct run_result. */
extern const struct key schedule_result_keys[];

/* The keys of the event `step`, about a struct schedule_step. */
extern const struct key schedule_step_keys[];

/* Passages made or withstood; iterations, for threads without a schedule. */
uint64_t schedule_passed(const struct run_result *result);

/* Whether the interleaving is forced, and fewer passages succeeded than expect.made. */
bool schedule_is_short(const struct run_result *result);

/* Writes "29 passages: 27 made, 0 withstood; hold 3 (split at ...) never reached in 2". Returns
 * text, which holds `size` bytes. */
const char *schedule_account(const struct run_result *result, char *text, size_t size);

/* Writes the row of `shown` (shown.h) for a hit of a forced interleaving. Returns text, which holds
 * `size` bytes; NULL for any other run. */
const char *schedule_shown(const struct run_result *result, char *text, size_t size);

#endif
