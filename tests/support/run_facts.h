/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of a run that never took place, from facts in a table row. */
#ifndef TESTS_SUPPORT_RUN_FACTS_H
#define TESTS_SUPPORT_RUN_FACTS_H

#include "tools/verdict/run_result.h"

/* Absent facts are zero, NULL or false. */
struct run_facts {
	const char *storm;    /* operation of the storm; NULL: no storm */
	const char *workload; /* kind of workload; NULL: none */
	const char *race;     /* name of the race; NULL: none */
	uint64_t wanted;      /* expect.min_exposures */
	uint64_t enough;      /* expect.passages */
	double power;         /* power of the run; 0.999 is required */
	double chance;        /* probability of a hit per passage; 0: not calibrated */
	bool locked_out;      /* power has no setting: all readers are locked out */
	bool daemon;          /* the data path is the daemon's */
	bool busy;            /* the machine was busy */

	/* Counts of the one reader, and of the workload's one reader. */
	uint64_t reads, wrong, exposures, not_judged, healed;
	uint64_t workload_reads, workload_wrong, workload_exposures;

	uint64_t punches, failed, hit, passages, captured, gathered, evicted;
	int punch_error;                        /* -errno */
	uint64_t folios_whole, folios_other;    /* refilled, of wanted, other order */
	int lowest_order;                       /* lowest order of the refilled folios */
	bool splits_known;                      /* the kernel counts splits */
	uint64_t split, split_failed;           /* the kernel's counts */
	uint64_t began, first_punch, first_hit; /* ns */
	uint64_t ended;                         /* likewise */

	bool witnessed;
	uint64_t lookups, frozen_lookups, captures; /* of the witness */
	uint64_t inspected, misplaced;              /* splits inspected, slots misplaced */
	uint64_t seen;                              /* time of the first of these, ns */
	bool by_engine;                             /* the engine inspected */
	uint64_t looks, violations;                 /* of whole files */

	/* Of a schedule with two holds. wanted_passages: expect.made; 0: no schedule. */
	uint64_t wanted_passages, begun, made, withstood;

	const char *log; /* a line of the kernel log, or NULL */

	uint64_t operations, planned;        /* of the workload */
	const char *details, *worth, *stuck; /* of the workload */

	bool interrupted;
	const char *error; /* of the run itself */
};

/*
 * Makes the result of a run with these facts, not yet judged. The scenario is "a story" with the
 * files "a" and "b", one reader load and two readers pread, one of which has counts. With a
 * schedule, it has the holds "split at f calls g" and "read at return of h". The result is in
 * static memory, valid until the next call.
 */
struct run_result *run_of(const struct run_facts *facts);

#endif
