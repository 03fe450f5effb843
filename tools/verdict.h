/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement over a run: from what was counted to a verdict, its reason in words, and an exit
 * code. */
#ifndef TOOLS_VERDICT_H
#define TOOLS_VERDICT_H

#include "injector/folio.h"
#include "tools/exit_code.h"
#include "tools/kernel_report.h"
#include "tools/scenario.h"
#include "tools/worker.h"

#include <jansson.h>
#include <stdio.h>

enum verdict {
	VERDICT_HIT,
	VERDICT_CLEAN,
	VERDICT_INCONCLUSIVE,
	VERDICT_ERROR,
};

/* "HIT", "CLEAN", ... */
extern const char *const verdict_names[];

enum { RUN_HITS_KEPT = 100, RUN_KERNEL_LINES_KEPT = 100 };

/* All that is known of a run when it has ended. */
struct run_result {
	const struct scenario *scenario;
	struct kernel_version kernel;
	char release[96]; /* as uname says */
	char machine[96];
	enum expectation expected; /* EXPECT_HIT or EXPECT_CLEAN */
	bool xfail;                /* that the verdict is the other one is known */
	const struct worker_shared *counts;
	struct layer_negotiated layer;
	int aim_page; /* of the first file's folios, or -1 when it changes */
	bool splits_known, log_known;
	struct folio_splits splits;
	unsigned long taint; /* flags that are new */
	struct kernel_reports kernel_reports;
	char kernel_lines[RUN_KERNEL_LINES_KEPT][EVENT_TEXT];
	size_t kernel_line_count;
	struct reader_hit hits[RUN_HITS_KEPT];
	size_t hit_count;
	json_t *workload_hits; /* what the workload told as hits, up to RUN_HITS_KEPT; or NULL */
	bool witnessed;        /* the witness was there */
	char witness_missing[256]; /* it was asked for, and why it was not */
	struct witness_hook hooks[HOOK_WITNESS_ROLES];
	struct gate_counts gate;
	struct gate_event captures[RUN_HITS_KEPT];
	size_t capture_count;
	bool interrupted;
	bool stuck;      /* the kernel is beyond repair, see workload_stuck() */
	char error[512]; /* what went wrong with the run itself, or "" */
	/* Filled in by verdict_judge(). */
	enum verdict verdict;
	char reason[512];
};

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

/* punches_hit / punches; 0 without punches. */
double verdict_hit_rate(const struct run_result *result);

/* Seconds from the first punch, or where there is none from the begin of the storm or workload, to
 * the first hit; negative without one. */
double verdict_first_hit(const struct run_result *result);

/* Sets verdict and reason. */
void verdict_judge(struct run_result *result);

/* The exit code that goes with a verdict and an expectation. xfail: the kernel is in expect.xfail,
 * so of HIT and CLEAN the other one is as expected. */
enum exit_code verdict_code(enum verdict verdict, enum expectation expected, bool xfail);

/* The same in a word, the key `outcome`: pass, fail, xfail, xpass, inconclusive or error. */
const char *verdict_outcome(enum verdict verdict, enum expectation expected, bool xfail);

/* verdict_code() of a result. */
enum exit_code verdict_exit(const struct run_result *result);

#endif
