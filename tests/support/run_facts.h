/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run that never took place: what is known of it, as a row of a table. */
#ifndef TESTS_SUPPORT_RUN_FACTS_H
#define TESTS_SUPPORT_RUN_FACTS_H

#include "tools/verdict/run_result.h"

/* Absent is zero, NULL or false. */
struct run_facts {
	const char *storm;    /* operation; NULL: the scenario has no storm */
	const char *workload; /* kind; NULL: none */
	const char *race;     /* NULL: none */
	uint64_t wanted;      /* expect.min_exposures */
	uint64_t enough;      /* expect.passages */
	double power;         /* of the run; 0.999 is wanted */
	double chance;        /* of a hit in a passage; 0: never measured */
	bool locked_out;      /* all readers are */
	bool daemon;          /* data path */
	bool busy;            /* the machine was */

	/* Counts of one reader, and of one reader of the workload. */
	uint64_t reads, wrong, exposures, not_judged, healed;
	uint64_t workload_reads, workload_wrong, workload_exposures;

	uint64_t punches, failed, hit, passages, captured, gathered, evicted;
	int punch_error;                        /* -errno */
	uint64_t folios_whole, folios_other;    /* of the wanted order, of another */
	int lowest_order;                       /* of them */
	bool splits_known;                      /* the kernel counts them */
	uint64_t split, split_failed;           /* by the kernel */
	uint64_t began, first_punch, first_hit; /* ns */

	bool witnessed;
	uint64_t lookups, frozen_lookups, captures; /* of the witness */
	uint64_t inspected, misplaced;              /* splits, of the inspector */
	uint64_t seen;                              /* the first of these, ns */
	bool by_engine;                             /* they are not of the witness */
	uint64_t looks, violations;                 /* of whole files */

	/* Of a schedule of two holds. wanted_passages: expect.made; 0: there is no schedule. */
	uint64_t wanted_passages, begun, made, withstood;

	const char *log; /* a line of the kernel log */

	uint64_t operations, planned;        /* of the workload */
	const char *details, *worth, *stuck; /* of the workload */

	bool interrupted;
	const char *error; /* of the run itself */
};

/*
 * Makes the result of a run of which `facts` are known, not yet judged: of the scenario "a story"
 * with the files "a" and "b", one reader load and two readers pread, of which one counts, and where
 * there is a schedule, with the holds "split at f calls g" and "read at return of h". It lies in
 * static memory: one at a time.
 */
struct run_result *run_of(const struct run_facts *facts);

#endif
