/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunes a scenario: which values of its keys give the most events per second of storm. A trial is a
 * short run in a process of its own; contest.h chooses the next one. Trials are kept in
 * DIR/trials.jsonl as they end; an interrupted tuning continues from there.
 */
#ifndef TOOLS_TUNE_TUNE_H
#define TOOLS_TUNE_TUNE_H

#include "tools/tune/tune_state.h"

/* Checks scenario, keys and directory before a guest's kernel is fetched: only its version is
 * needed. Returns as tune_run() does. */
int tune_check(const struct tune_config *config);

/*
 * Checks everything, then makes the remaining trials. tune: filled in; call tune_release() also on
 * error. Returns 0, also when interrupted; -EINVAL a mistake of the user; -EPERM a missing
 * precondition; other -errno; reported.
 */
int tune_run(struct tune *tune, const struct tune_config *config);

#endif
