/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the trials of a tuning in guests. */
#ifndef TOOLS_TUNE_TUNE_GUEST_H
#define TOOLS_TUNE_TUNE_GUEST_H

#include "tools/tune/tune_state.h"

/* Makes the remaining trials; boots again when a guest dies. Returns as tune_trial_run() does. */
int tune_in_guest(struct tune *tune);

#endif
