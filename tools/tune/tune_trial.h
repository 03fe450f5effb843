/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One trial, made here. */
#ifndef TOOLS_TUNE_TUNE_TRIAL_H
#define TOOLS_TUNE_TUNE_TRIAL_H

#include "tools/tune/tune_state.h"

/* The line of the journal for a trial that is to be made, but for what it shows. The caller's. */
json_t *tune_trial_line(const struct tune *tune, const struct contest_trial *trial);

/* Runs it; adds what it showed to the line. Returns 0; -EINTR interrupted; other -errno when
 * no trial can be made; reported. */
int tune_trial_run(struct tune *tune, const struct contest_trial *trial, json_t *line);

/* Adds what went wrong with a trial to its line. */
void tune_trial_failed(json_t *line, double took, const char *why);

#endif
