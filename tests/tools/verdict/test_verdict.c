/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specification of the verdict: what decides it, where its limits are, and which exit code it
 * gives. test_verdict_reason.c has the words. */
#include "injector/base/array.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/cli/outcome_code.h"

#include <string.h>

/* What a verdict depends on; a column of `decisions` each. */
enum fact {
	WRONG_BYTES, /* a reader got wrong bytes */
	REPORTED,    /* the kernel reports that the page cache gave out a wrong folio */
	CAPTURED,    /* the witness saw a look-up get a folio without its page */
	STUCK,       /* the workload left the kernel beyond repair */
	ERROR,       /* the run itself failed */
	READ,        /* a read was judged */
	EXPOSED,     /* as many accesses met a split as the scenario wants */
	TESTED,      /* the kernel split folios */
	INTERRUPTED, /* the run was interrupted */
	RACE,        /* the scenario is about a race */
	POWERFUL,    /* a kernel with the race would have been caught */
	MISPLACED,   /* the inspector saw a slot that leads to a wrong folio */
	INSPECTED,   /* it saw enough splits */
	FACTS
};

/* 1: so it is; 0: it is not; -: either way. Each combination is in exactly one row. */
static const struct {
	char facts[FACTS + 1];
	enum verdict verdict;
} decisions[] = {
	/* A hit is a hit whatever else happened. */
	{ "1------------", VERDICT_HIT },
	{ "01-----------", VERDICT_HIT },
	{ "001----------", VERDICT_HIT },
	{ "0001---------", VERDICT_HIT },
	/* Misplaced slots are a hit only where the scenario is about the split race. */
	{ "0000-----1-1-", VERDICT_HIT },
	/* Without one, a run that failed shows nothing, */
	{ "00001----1-0-", VERDICT_ERROR },
	{ "00001----0---", VERDICT_ERROR },
	/* and neither does one that tested too little. */
	{ "00000-0--1-0-", VERDICT_INCONCLUSIVE },
	{ "00000-0--0---", VERDICT_INCONCLUSIVE },
	{ "00000-10-1-0-", VERDICT_INCONCLUSIVE },
	{ "00000-10-0---", VERDICT_INCONCLUSIVE },
	/* Certainty about the kernel takes no reader. */
	{ "00000-11-1-01", VERDICT_CLEAN },
	{ "00000011-1-00", VERDICT_INCONCLUSIVE },
	{ "00000011-0---", VERDICT_INCONCLUSIVE },
	/* Interrupted, it is worth what it tested until then. */
	{ "00000111-0---", VERDICT_VERIFIED },
	{ "00000111-1000", VERDICT_INCONCLUSIVE },
	{ "00000111-1100", VERDICT_CLEAN },
};

static bool matches(const char *pattern, unsigned int combination)
{
	for (int fact = 0; fact < FACTS; fact++)
		if (pattern[fact] != '-' && (pattern[fact] == '1') != (combination >> fact & 1))
			return false;
	return true;
}

static void every_combination(void)
{
	for (unsigned int combination = 0; combination < 1U << FACTS; combination++) {
#define IS(fact) (combination >> (fact)&1)
		const struct run_facts facts = {
			.storm = "punch",
			.wanted = 200,
			.wrong = IS(WRONG_BYTES),
			.log = IS(REPORTED) ? "page dumped because: "
					      "VM_BUG_ON_FOLIO(!folio_contains(f, i))"
					    : NULL,
			.captures = IS(CAPTURED),
			.stuck = IS(STUCK) ? "a thread never returns" : NULL,
			.error = IS(ERROR) ? "the layer died" : NULL,
			.reads = IS(READ),
			.exposures = IS(EXPOSED) ? 200 : 199,
			.splits_known = true,
			.split = IS(TESTED),
			.race = IS(RACE) ? "folio-split" : NULL,
			.passages = 7,
			.chance = 0.5,
			.power = IS(POWERFUL) ? 0.999 : 0.998,
			.witnessed = true,
			.misplaced = IS(MISPLACED),
			.inspected = IS(INSPECTED) ? 20 : 19,
			.interrupted = IS(INTERRUPTED),
		};
#undef IS
		struct run_result *result = run_of(&facts);
		unsigned int rows = 0;

		verdict_decide(result);
		for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
			if (!matches(decisions[i].facts, combination))
				continue;
			rows++;
			if (result->verdict != decisions[i].verdict)
				printf("\n    %s: %s", decisions[i].facts, result->reason);
			CU_ASSERT_EQUAL(result->verdict, decisions[i].verdict);
		}
		CU_ASSERT_EQUAL(rows, 1);
		CU_ASSERT_NOT_EQUAL(*result->reason, '\0');
	}
}

/* What just does, and what just does not. */
static const struct {
	const char *what;
	struct run_facts facts;
	enum verdict verdict;
} limits[] = {
	{ "wrong bytes that only the workload read",
	  { .workload = "journal", .workload_reads = 5, .workload_wrong = 1 },
	  VERDICT_HIT },
	{ "reads and exposures of the workload alone",
	  { .workload = "journal", .wanted = 10, .workload_reads = 1, .workload_exposures = 10 },
	  VERDICT_VERIFIED },
	{ "exposures of readers and workload, together as many as wanted",
	  { .workload = "journal",
	    .wanted = 10,
	    .reads = 1,
	    .exposures = 4,
	    .workload_reads = 1,
	    .workload_exposures = 6 },
	  VERDICT_VERIFIED },
	{ "one exposure fewer",
	  { .workload = "journal",
	    .wanted = 10,
	    .reads = 1,
	    .exposures = 3,
	    .workload_reads = 1,
	    .workload_exposures = 6 },
	  VERDICT_INCONCLUSIVE },
	{ "no exposure, and none is wanted", { .reads = 1 }, VERDICT_VERIFIED },
	{ "no read, and no exposure is wanted", { .reads = 0 }, VERDICT_INCONCLUSIVE },

	/* Passages in place of the power. */
	{ "as many passages as wanted, of which nobody knows how often they hit",
	  { .race = "partial-page", .reads = 1, .passages = 50, .enough = 50 },
	  VERDICT_CLEAN },
	{ "one passage fewer, whatever the power",
	  { .race = "partial-page",
	    .reads = 1,
	    .passages = 49,
	    .enough = 50,
	    .chance = 1,
	    .power = 1 },
	  VERDICT_INCONCLUSIVE },

	/* What the kernel says. */
	{ "an assertion of this race, whoever it stopped",
	  { .log = "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))" },
	  VERDICT_HIT },
	{ "another assertion about a folio",
	  { .reads = 1, .log = "page dumped because: VM_WARN_ON_ONCE_FOLIO(1)" },
	  VERDICT_VERIFIED },
	{ "a page that is still mapped, in the run",
	  { .log = "BUG: Bad page cache in process foliostorm  pfn:7500" },
	  VERDICT_HIT },
	{ "and in a browser",
	  { .reads = 1, .log = "BUG: Bad page cache in process chrome  pfn:7500" },
	  VERDICT_VERIFIED },
	{ "a warning of something else",
	  { .reads = 1, .log = "WARNING: CPU: 0 PID: 1 at kernel/fork.c:1" },
	  VERDICT_VERIFIED },
	{ "an assertion of another subsystem",
	  { .reads = 1, .log = "kernel BUG at net/core/dev.c:1!" },
	  VERDICT_VERIFIED },
	{ "a line that says nothing", { .reads = 1, .log = "eth0: link up" }, VERDICT_VERIFIED },

	/* Whether a storm that splits has split. */
	{ "one folio was split",
	  { .storm = "punch",
	    .wanted = 1,
	    .reads = 1,
	    .exposures = 1,
	    .splits_known = true,
	    .split = 1,
	    .split_failed = 99 },
	  VERDICT_VERIFIED },
	{ "none was split",
	  { .storm = "punch", .wanted = 1, .reads = 1, .exposures = 1, .splits_known = true },
	  VERDICT_INCONCLUSIVE },
	{ "whether any was split is not known",
	  { .storm = "punch", .wanted = 1, .reads = 1, .exposures = 1 },
	  VERDICT_VERIFIED },
	{ "none was split, and no exposure is wanted",
	  { .storm = "punch", .reads = 1, .exposures = 1, .splits_known = true },
	  VERDICT_VERIFIED },
	{ "none was split, and there is no storm that should",
	  { .wanted = 1, .reads = 1, .exposures = 1, .splits_known = true },
	  VERDICT_VERIFIED },

	/* Whether a storm that evicts has evicted large folios; it splits none. */
	{ "half of them were of the wanted order",
	  { .storm = "reclaim",
	    .wanted = 1,
	    .reads = 1,
	    .exposures = 1,
	    .splits_known = true,
	    .folios_whole = 5,
	    .folios_other = 5 },
	  VERDICT_VERIFIED },
	{ "fewer than half were",
	  { .storm = "reclaim",
	    .wanted = 1,
	    .reads = 1,
	    .exposures = 1,
	    .folios_whole = 5,
	    .folios_other = 6 },
	  VERDICT_INCONCLUSIVE },
	{ "fewer than half were, and no exposure is wanted",
	  { .storm = "reclaim", .reads = 1, .exposures = 1, .folios_other = 6 },
	  VERDICT_VERIFIED },
	{ "fewer than half were, of a storm that splits",
	  { .storm = "punch",
	    .wanted = 1,
	    .reads = 1,
	    .exposures = 1,
	    .splits_known = true,
	    .split = 1,
	    .folios_other = 6 },
	  VERDICT_VERIFIED },
};

static void the_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct run_result *result = run_of(&limits[i].facts);

		verdict_decide(result);
		if (result->verdict != limits[i].verdict)
			printf("\n    %s: %s, and not %s", limits[i].what,
			       verdict_names[result->verdict], verdict_names[limits[i].verdict]);
		CU_ASSERT_EQUAL(result->verdict, limits[i].verdict);
	}
}

/* xfail: the scenario says that on this kernel the verdict is not the expected one. */
static const struct {
	enum verdict verdict;
	enum expectation expected;
	bool xfail;
	const char *outcome;
	enum exit_code code;
} outcomes[] = {
	{ VERDICT_HIT, EXPECT_HIT, false, "pass", EXIT_AS_EXPECTED },
	{ VERDICT_CLEAN, EXPECT_CLEAN, false, "pass", EXIT_AS_EXPECTED },
	{ VERDICT_VERIFIED, EXPECT_CLEAN, false, "pass", EXIT_AS_EXPECTED },
	{ VERDICT_VERIFIED, EXPECT_HIT, false, "fail", EXIT_NOT_AS_EXPECTED },
	{ VERDICT_HIT, EXPECT_CLEAN, false, "fail", EXIT_NOT_AS_EXPECTED },
	{ VERDICT_CLEAN, EXPECT_HIT, false, "fail", EXIT_NOT_AS_EXPECTED },
	{ VERDICT_HIT, EXPECT_CLEAN, true, "xfail", EXIT_AS_EXPECTED },
	{ VERDICT_CLEAN, EXPECT_HIT, true, "xfail", EXIT_AS_EXPECTED },
	{ VERDICT_HIT, EXPECT_HIT, true, "xpass", EXIT_NOT_AS_EXPECTED },
	{ VERDICT_CLEAN, EXPECT_CLEAN, true, "xpass", EXIT_NOT_AS_EXPECTED },
	{ VERDICT_INCONCLUSIVE, EXPECT_HIT, false, "inconclusive", EXIT_INCONCLUSIVE },
	{ VERDICT_INCONCLUSIVE, EXPECT_HIT, true, "inconclusive", EXIT_INCONCLUSIVE },
	{ VERDICT_INCONCLUSIVE, EXPECT_CLEAN, false, "inconclusive", EXIT_INCONCLUSIVE },
	{ VERDICT_INCONCLUSIVE, EXPECT_CLEAN, true, "inconclusive", EXIT_INCONCLUSIVE },
	{ VERDICT_ERROR, EXPECT_HIT, false, "error", EXIT_RUN_ERROR },
	{ VERDICT_ERROR, EXPECT_HIT, true, "error", EXIT_RUN_ERROR },
	{ VERDICT_ERROR, EXPECT_CLEAN, false, "error", EXIT_RUN_ERROR },
	{ VERDICT_ERROR, EXPECT_CLEAN, true, "error", EXIT_RUN_ERROR },
};

static void exit_codes(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		enum test_outcome outcome = verdict_outcome(
			outcomes[i].verdict, outcomes[i].expected, outcomes[i].xfail);

		CU_ASSERT_STRING_EQUAL(test_outcome_names[outcome], outcomes[i].outcome);
		CU_ASSERT_EQUAL(test_outcome_find(outcomes[i].outcome), outcome);
		CU_ASSERT_EQUAL(exit_code_of_outcome(outcome), outcomes[i].code);
		CU_ASSERT_EQUAL(test_outcome_as_expected(outcome),
				outcomes[i].code == EXIT_AS_EXPECTED);
	}
	/* What scripts rely on. */
	CU_ASSERT_EQUAL(EXIT_AS_EXPECTED, 0);
	CU_ASSERT_EQUAL(EXIT_NOT_AS_EXPECTED, 1);
	CU_ASSERT_EQUAL(EXIT_INCONCLUSIVE, 3);
	CU_ASSERT_EQUAL(EXIT_RUN_ERROR, 4);
}

/* Every reader counts: those of the run, those of the workload, and those of the witness. */
static void sums(void)
{
	struct run_result *result = run_of(&(struct run_facts){ .reads = 0 });
	struct worker_shared *counts = (struct worker_shared *)result->counts;
	struct reader_counts *readers[] = { &counts->reader[0], &counts->reader[1],
					    &counts->workload.reader[0],
					    &counts->workload.reader[1] };

	counts->readers = 2;
	counts->workload.readers = 2;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		uint64_t factor = 1ULL << 4 * i;

		readers[i]->reads = factor;
		readers[i]->wrong = 2 * factor;
		readers[i]->exposures = 3 * factor;
		readers[i]->not_judged = 4 * factor;
		readers[i]->healed = 5 * factor;
	}
	for (unsigned int i = 0; i < GATE_READERS; i++)
		result->gate.reader[i] = (struct gate_reader){ 1, i, 2 * i };
	/* What lies behind them. */
	result->captures[0] = (struct gate_event){ .time = 1, .page = 1, .folio = 1 };
	CU_ASSERT_EQUAL(verdict_reads(result), 0x1111);
	CU_ASSERT_EQUAL(verdict_wrong(result), 0x2222);
	CU_ASSERT_EQUAL(verdict_exposures(result), 0x3333);
	CU_ASSERT_EQUAL(verdict_not_judged(result), 0x4444);
	CU_ASSERT_EQUAL(verdict_healed(result), 0x5555);
	CU_ASSERT_EQUAL(verdict_lookups(result), 64);
	CU_ASSERT_EQUAL(verdict_frozen_lookups(result), 63 * 64 / 2);
	CU_ASSERT_EQUAL(verdict_captures(result), 63 * 64);
	/* Those that are not in use do not. */
	counts->readers = 1;
	counts->workload.readers = 1;
	CU_ASSERT_EQUAL(verdict_reads(result), 0x101);
}

static void rates_and_times(void)
{
	static const struct {
		struct run_facts facts;
		double hit_rate, first_hit;
	} rows[] = {
		{ { .punches = 0, .hit = 3 }, 0, -1 },
		{ { .punches = 8, .hit = 2, .began = 1000000000 }, 0.25, -1 },
		{ { .began = 1000000000, .first_hit = 3500000000 }, 0, 2.5 },
		{ { .began = 1000000000, .first_punch = 2000000000, .first_hit = 3500000000 },
		  0,
		  1.5 },
		/* Found by another processor before the punch had told its time. */
		{ { .first_punch = 2000000000, .first_hit = 1500000000 }, 0, 0 },
		{ { .first_hit = 3500000000 }, 0, -1 },
		/* Of what readers found and what the inspector saw the first counts. */
		{ { .race = "folio-split",
		    .began = 1000000000,
		    .misplaced = 1,
		    .seen = 1500000000 },
		  0,
		  0.5 },
		{ { .race = "folio-split",
		    .began = 1000000000,
		    .misplaced = 1,
		    .seen = 1500000000,
		    .first_hit = 1250000000 },
		  0,
		  0.25 },
	};
	static const struct {
		const char *storm;
		bool evicts;
	} storms[] = {
		{ NULL, false },       { "punch", false }, { "zero-range", false },
		{ "truncate", false }, { "split", false }, { "reclaim", true },
		{ "pageout", true },   { "drop", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct run_result *result = run_of(&rows[i].facts);

		CU_ASSERT_DOUBLE_EQUAL(verdict_hit_rate(result), rows[i].hit_rate, 1e-9);
		CU_ASSERT_DOUBLE_EQUAL(verdict_first_hit(result), rows[i].first_hit, 1e-9);
	}
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++)
		CU_ASSERT_EQUAL(
			verdict_evicts(run_of(&(struct run_facts){ .storm = storms[i].storm })),
			storms[i].evicts);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "every combination of facts has its verdict", every_combination },
		{ "what just does and what just does not", the_limits },
		{ "outcomes and exit codes", exit_codes },
		{ "sums over all readers", sums },
		{ "hit rate, time to the first hit, storms that evict", rates_and_times },
		CU_TEST_INFO_NULL,
	};

	return run_suite("verdict", tests);
}
