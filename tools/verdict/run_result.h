/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is known of a run that has ended. The verdict and the results are derived from it. */
#ifndef TOOLS_VERDICT_RUN_RESULT_H
#define TOOLS_VERDICT_RUN_RESULT_H

#include "injector/memory/folio.h"
#include "injector/probe/witness.h"
#include "injector/schedule/inspect_page.h"
#include "injector/schedule/schedule_page.h"
#include "tools/ipc/event.h"
#include "tools/ipc/worker_shared.h"
#include "tools/machine/build_id.h"
#include "tools/machine/kernel_report.h"
#include "tools/machine/stall.h"
#include "tools/scenario/scenario.h"
#include "tools/verdict/inspection.h"
#include "tools/verdict/power.h"
#include "tools/verdict/verdict.h"

#include <jansson.h>

enum { RUN_HITS_KEPT = 100, RUN_KERNEL_LINES_KEPT = 100 };

struct run_result {
	const struct scenario *scenario;
	struct kernel_version kernel;
	char release[96];             /* as uname(2) says */
	char build_id[BUILD_ID_TEXT]; /* of the kernel, or "" */
	char machine[96];
	enum expectation expected; /* EXPECT_HIT or EXPECT_CLEAN */
	bool xfail;                /* the opposite verdict is a known failure */
	const struct worker_shared *counts;
	struct layer_negotiated layer;
	int aim_page; /* page of the first file's folios; -1: it varies */
	bool splits_known, log_known;
	uint64_t log_lost; /* lost records of the kernel log, at least */
	struct folio_splits splits;
	bool scheduled;                /* the following two are set */
	const char *engine;            /* one of schedule_engine_names[] */
	struct schedule_page schedule; /* copied at the end */
	unsigned long taint;           /* flags set during the run */
	struct kernel_reports kernel_reports;
	double load_begin, load_end; /* see watch_load() */
	bool emulated;               /* see processor_is_emulated() */
	struct stalls stalls;
	char kernel_lines[RUN_KERNEL_LINES_KEPT][EVENT_TEXT];
	size_t kernel_line_count;
	struct reader_hit hits[RUN_HITS_KEPT];
	size_t hit_count;
	json_t *workload_hits;     /* hits that the workload sent, up to RUN_HITS_KEPT; or NULL */
	bool witnessed;            /* the witness was loaded */
	char witness_missing[256]; /* why the requested witness was not loaded, or "" */
	struct witness_hook hooks[HOOK_ROLES];
	struct gate_counts gate;
	bool missed_known;
	uint64_t missed; /* see witness_missed() */
	struct gate_event captures[RUN_HITS_KEPT];
	size_t capture_count;
	struct inspection inspection;
	struct gate_event misplaced[RUN_HITS_KEPT]; /* the first slots */
	size_t misplaced_count;
	bool inspected;              /* by an engine, which sets the following */
	struct inspect_counts cache; /* counts of splits are in gate */
	struct inspect_row violations[RUN_HITS_KEPT];
	size_t violation_count;
	json_t *preconditions; /* by doctor_preconditions() before the run; or NULL */
	uint64_t events_lost;  /* not written to events.jsonl or --events, together */
	int events_error;      /* -errno of the first; 0: none */
	bool interrupted;
	bool stuck;      /* the kernel is damaged, see workload_stuck() */
	char error[512]; /* what went wrong with the run itself, or "" */
	/* Set by verdict_judge(). */
	struct power power;
	enum verdict verdict;
	char reason[1024];
};

#endif
