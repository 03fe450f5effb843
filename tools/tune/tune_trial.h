/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a trial on this machine. */
#ifndef TOOLS_TUNE_TUNE_TRIAL_H
#define TOOLS_TUNE_TUNE_TRIAL_H

#include "tools/tune/tune_state.h"

/* The journal line of a trial, without its results; a new reference. */
json_t *tune_trial_line(const struct tune *tune, const struct contest_trial *trial);

/* Runs the trial and adds its results to the line. Returns 0; -EINTR interrupted; other -errno: no
 * trial is possible; reported. */
int tune_trial_run(struct tune *tune, const struct contest_trial *trial, json_t *line);

/* Adds a failure to the line of a trial. took: seconds. */
void tune_trial_failed(json_t *line, double took, const char *why);

#endif
