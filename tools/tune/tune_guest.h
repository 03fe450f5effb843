/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trials of a tuning, made in guests. */
#ifndef TOOLS_TUNE_TUNE_GUEST_H
#define TOOLS_TUNE_TUNE_GUEST_H

#include "tools/tune/tune_state.h"

/* Boots as often as it takes. Returns as tune_trial_run(). */
int tune_in_guest(struct tune *tune);

#endif
