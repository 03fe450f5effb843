/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a run: its counts become a verdict with a reason. */
#ifndef TOOLS_VERDICT_VERDICT_H
#define TOOLS_VERDICT_VERDICT_H

#include "tools/scenario/scenario.h"
#include "tools/verdict/test_outcome.h"
#include "tools/verdict/verdict_counts.h"

struct run_result;

enum verdict {
	VERDICT_HIT,
	VERDICT_CLEAN,    /* it would have caught a kernel with the race */
	VERDICT_VERIFIED, /* all reads were right; tests for no race */
	VERDICT_INCONCLUSIVE,
	VERDICT_ERROR,
};

/* "HIT", "CLEAN", ... */
extern const char *const verdict_names[];

/* Sets power, verdict and reason of a run that has ended. */
void verdict_judge(struct run_result *result);

/* Sets verdict and reason; does not compute the power. */
void verdict_decide(struct run_result *result);

/* The outcome of a verdict. xfail: the kernel is in expect.xfail, so the opposite of the expected
 * verdict is a known failure. */
enum test_outcome verdict_outcome(enum verdict verdict, enum expectation expected, bool xfail);

#endif
