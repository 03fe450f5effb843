/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a run's schedule: its keys of a result, and what that says. */
#ifndef TOOLS_VERDICT_SCHEDULE_RESULT_H
#define TOOLS_VERDICT_SCHEDULE_RESULT_H

#include "injector/schedule/schedule_step.h"
#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Of the group `schedule`, about a struct run_result. */
extern const struct key schedule_result_keys[];

/* Of the event `step`, about a struct schedule_step. */
extern const struct key schedule_step_keys[];

/* Passages in which the interleaving was made, or shown not to be possible. */
uint64_t schedule_passed(const struct run_result *result);

/* Whether there is a schedule, and less of them than a clean verdict takes. */
bool schedule_is_short(const struct run_result *result);

/* "29 passages: 27 made, 0 withstood; hold 3 (split at ...) never reached in 2". Returns text,
 * which holds `size` bytes. */
const char *schedule_account(const struct run_result *result, char *text, size_t size);

/* Of a hit by an interleaving: the row of `shown` that says so in a scenario (shown.h). Returns
 * text, which holds `size` bytes; NULL: of another run. */
const char *schedule_shown(const struct run_result *result, char *text, size_t size);

#endif
