/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tuning: which values of a scenario's keys give the most events per second of storm. A trial is
 * a short run in a process of its own; contest.h says which one is next. Trials are kept in
 * DIR/trials.jsonl as they end, and a tuning that was interrupted goes on from there.
 */
#ifndef TOOLS_TUNE_TUNE_H
#define TOOLS_TUNE_TUNE_H

#include "tools/tune/tune_state.h"

/* Checks scenario, keys and directory, before a guest's kernel is there: of that only the version
 * is needed. Returns as tune_run(). */
int tune_check(const struct tune_config *config);

/*
 * Checks everything, then makes the trials that are still to be made. tune: filled in, for the
 * caller to release by tune_release() in any case. Returns 0, also when interrupted; -EINVAL a
 * mistake of the caller's, -EPERM a precondition is missing, other -errno; reported.
 */
int tune_run(struct tune *tune, const struct tune_config *config);

#endif
