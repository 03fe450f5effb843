/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement over a run: from what was counted to a verdict, its reason in words, and an exit
 * code. */
#ifndef TOOLS_VERDICT_VERDICT_H
#define TOOLS_VERDICT_VERDICT_H

#include "tools/scenario/scenario.h"
#include "tools/verdict/test_outcome.h"

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

/* Sums over the readers, those of the workload included. */
uint64_t verdict_reads(const struct run_result *result);
uint64_t verdict_wrong(const struct run_result *result);
uint64_t verdict_exposures(const struct run_result *result);
uint64_t verdict_not_judged(const struct run_result *result);

uint64_t verdict_healed(const struct run_result *result);

/* Sums of the witness over the readers; 0 without one. */
uint64_t verdict_lookups(const struct run_result *result);
uint64_t verdict_frozen_lookups(const struct run_result *result);
uint64_t verdict_captures(const struct run_result *result);

/* Whether its storm takes folios out of the page cache and leaves their bytes alone. */
bool verdict_evicts(const struct run_result *result);

/* What the inspector saw of the race that the scenario is about: a slot that leads to a wrong folio;
 * enough splits, and none. */
bool verdict_misplaced(const struct run_result *result);
bool verdict_inspected(const struct run_result *result);

/* Whether its storm splits, and the kernel, as far as it counts that, has split nothing. */
bool verdict_split_nothing(const struct run_result *result);

/* punches_hit / punches; 0 without punches. */
double verdict_hit_rate(const struct run_result *result);

/* Seconds from the first punch, or where there is none from the begin of the storm or workload, to
 * the first hit; negative without one. */
double verdict_first_hit(const struct run_result *result);

/* Sets power, verdict and reason. */
void verdict_judge(struct run_result *result);

/* Sets verdict and reason; the power is what it is. */
void verdict_decide(struct run_result *result);

/* What a verdict comes to. xfail: the kernel is in expect.xfail, so of HIT and CLEAN the other one is
 * as expected. */
enum test_outcome verdict_outcome(enum verdict verdict, enum expectation expected, bool xfail);

#endif
