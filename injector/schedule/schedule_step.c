/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_step.h"

const char *const schedule_deed_names[] = {
	[STEP_REACHED] = "reached", [STEP_CAME] = "came",       [STEP_RELEASED] = "released",
	[STEP_SPARED] = "spared",   [STEP_EXPIRED] = "expired", [STEP_LET_GO] = "let go",
	[STEP_NEVER] = "never",     [STEP_MADE] = "made",       [STEP_WITHSTOOD] = "withstood",
	[STEP_MISSED] = "missed",
};
