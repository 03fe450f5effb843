/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement over a run: from what was counted to a verdict, its reason in words, and an exit
 * code. */
#ifndef TOOLS_VERDICT_VERDICT_H
#define TOOLS_VERDICT_VERDICT_H

#include "tools/scenario/scenario.h"
#include "tools/verdict/test_outcome.h"
#include "tools/verdict/verdict_counts.h"

struct run_result;

enum verdict {
	VERDICT_HIT,
	VERDICT_CLEAN,    /* a kernel with the race would have been caught */
	VERDICT_VERIFIED, /* whatever was read was right, and no race was looked for */
	VERDICT_INCONCLUSIVE,
	VERDICT_ERROR,
};

/* "HIT", "CLEAN", ... */
extern const char *const verdict_names[];

/* Sets power, verdict and reason. */
void verdict_judge(struct run_result *result);

/* Sets verdict and reason; the power is what it is. */
void verdict_decide(struct run_result *result);

/* What a verdict comes to. xfail: the kernel is in expect.xfail, so of HIT and CLEAN the other one
 * is as expected. */
enum test_outcome verdict_outcome(enum verdict verdict, enum expectation expected, bool xfail);

#endif
