/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a verdict. Of several causes the reason gives the nearest: tables are in that order,
 * and each row has the causes of the rows after it as well where they go together. */
#include "injector/base/array.h"
#include "injector/schedule/schedule.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

struct row {
	struct run_facts facts;
	const char *reason; /* part of it */
};

static void judge(const struct row *rows, size_t count, enum verdict verdict)
{
	for (size_t i = 0; i < count; i++) {
		struct run_result *result = run_of(&rows[i].facts);

		verdict_decide(result);
		CU_ASSERT_EQUAL(result->verdict, verdict);
		if (!strstr(result->reason, rows[i].reason))
			printf("\n    row %zu: no \"%s\" in \"%s\"", i, rows[i].reason,
			       result->reason);
		CU_ASSERT_PTR_NOT_NULL(strstr(result->reason, rows[i].reason));
	}
}

#define JUDGE(rows, verdict) judge(rows, ARRAY_SIZE(rows), verdict)

#define ASSERTION   "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))"
#define SAYS_KERNEL "the kernel reports VM_BUG_ON_FOLIO(!folio_contains(folio, index))"

static void hits(void)
{
	static const struct row rows[] = {
		{ { .reads = 1000, .wrong = 9, .punches = 100, .hit = 7 },
		  "7 of 100 punches gave a reader wrong bytes (9 wrong reads of 1000)" },
		{ { .reads = 1000, .wrong = 9, .punches = 100, .hit = 7, .log = ASSERTION },
		  "(9 wrong reads of 1000); " SAYS_KERNEL },
		{ { .reads = 1000, .log = ASSERTION }, SAYS_KERNEL },
		{ { .reads = 1000, .wrong = 9, .stuck = "a read of t.db never returns" },
		  "a read of t.db never returns (9 wrong reads of 1000)" },
		{ { .reads = 1000, .stuck = "a read of t.db never returns", .log = ASSERTION },
		  "a read of t.db never returns (0 wrong reads of 1000); " SAYS_KERNEL },
		{ { .witnessed = true, .captures = 3, .captured = 2, .healed = 1 },
		  "3 lookups in 2 punches got a folio that does not contain the page; 1 of them "
		  "healed" },
		{ { .reads = 1000,
		    .wrong = 9,
		    .punches = 100,
		    .hit = 7,
		    .witnessed = true,
		    .captures = 3,
		    .captured = 2 },
		  "(9 wrong reads of 1000); 3 lookups in 2 punches got" },
		{ { .log = ASSERTION, .witnessed = true, .captures = 3, .captured = 2 },
		  SAYS_KERNEL "; 3 lookups in 2 punches got" },
		{ { .race = "folio-split",
		    .witnessed = true,
		    .misplaced = 3,
		    .inspected = 3,
		    .reads = 1000 },
		  "3 slots led to folios without their pages, in 3 of 3 splits" },
		{ { .race = "folio-split",
		    .witnessed = true,
		    .misplaced = 3,
		    .inspected = 4,
		    .reads = 1000,
		    .wrong = 9,
		    .punches = 100,
		    .hit = 7 },
		  "(9 wrong reads of 1000); 3 slots led to folios" },
		{ { .race = "folio-split",
		    .by_engine = true,
		    .misplaced = 3,
		    .inspected = 3,
		    .reads = 1000 },
		  "3 slots led to folios without their pages, in 3 of 3 splits" },
		/* Whatever the scenario is about. */
		{ { .by_engine = true, .looks = 4, .violations = 63, .reads = 1000 },
		  "63 slots of the page cache are wrong, the first that of page 192 of b: free "
		  "(stale "
		  "folio), folio of page 0, order 0, refcount 0" },
		{ { .by_engine = true, .looks = 4, .violations = 1, .error = "the layer died" },
		  "1 slots of the page cache are wrong" },
		/* That the run failed, too, is in `error`. */
		{ { .reads = 10, .wrong = 1, .punches = 5, .hit = 1, .error = "the layer died" },
		  "1 of 5 punches gave a reader wrong bytes (1 wrong reads of 10)" },
	};

	JUDGE(rows, VERDICT_HIT);
}

static void errors(void)
{
	static const struct row rows[] = {
		{ { .error = "the layer died" }, "the layer died" },
		{ { .error = "the layer died", .interrupted = true, .reads = 9, .exposures = 9 },
		  "the layer died" },
		{ { .error = "the layer died", .log = "BUG: soft lockup - CPU#0 stuck" },
		  "the layer died" },
	};

	JUDGE(rows, VERDICT_ERROR);
}

/* What is missing. */
static void too_little(void)
{
	static const struct row rows[] = {
		{ { .wanted = 200, .reads = 1000, .exposures = 199 },
		  "199 exposures, and 200 are wanted for a clean verdict; " },
		{ { .wanted = 200 }, "0 exposures, and 200 are wanted for a clean verdict; " },
		{ { .storm = "punch",
		    .wanted = 2,
		    .reads = 9,
		    .exposures = 3,
		    .splits_known = true },
		  "3 exposures, and " },
		{ { .storm = "drop", .wanted = 2, .reads = 9, .exposures = 3, .folios_other = 1 },
		  "3 exposures, and " },
		{ { .storm = "punch" }, "no read was judged; " },
		{ { .storm = "punch", .exposures = 1 }, "no read was judged; " },
	};

	JUDGE(rows, VERDICT_INCONCLUSIVE);
}

/* Why a storm exposed too little. */
static void causes_with_a_storm(void)
{
	static const struct row rows[] = {
		{ { .storm = "punch", .wanted = 9, .interrupted = true, .worth = "w" },
		  "; the run was interrupted" },
		{ { .storm = "punch", .wanted = 9, .worth = "the thread was preempted 3 times" },
		  "; the thread was preempted 3 times" },
		{ { .storm = "punch", .wanted = 9, .operations = 1, .planned = 2 },
		  "; there was no punch in the time given: a longer run (--duration)" },

		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .failed = 51,
		    .punch_error = -ENOSPC,
		    .folios_other = 1 },
		  "; 51 of 100 punches failed, the first with ENOSPC (No space left on device)" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .failed = 50,
		    .punch_error = -ENOSPC,
		    .gathered = 100 },
		  "; a longer run (--duration) gives more" },

		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .folios_whole = 4,
		    .folios_other = 5,
		    .lowest_order = 2,
		    .splits_known = true,
		    .split_failed = 1 },
		  "; 5 of 9 folios were not of the wanted order (the lowest was 2), so there was "
		  "little to split or take out: files[].make = \"write\", a smaller files[].folio, "
		  "or more memory" },
		{ { .storm = "punch",
		    .daemon = true,
		    .wanted = 9,
		    .punches = 100,
		    .folios_other = 5 },
		  "little to split or take out: FUSE's page cache has no large ones; "
		  "mount.data_path = \"passthrough\"" },
		/* Of a race that needs no large ones. */
		{ { .storm = "punch",
		    .race = "punch-fault",
		    .reads = 9,
		    .punches = 100,
		    .folios_other = 5,
		    .gathered = 49 },
		  "; the readers reached the folio in time for only 49 of 100 punches" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .folios_whole = 5,
		    .folios_other = 5,
		    .gathered = 100 },
		  "; a longer run (--duration) gives more" },

		{ { .storm = "pageout",
		    .wanted = 9,
		    .punches = 100,
		    .evicted = 49,
		    .splits_known = true,
		    .split_failed = 1 },
		  "; only 49 of 100 punches took out all that they hit" },
		{ { .storm = "pageout",
		    .wanted = 9,
		    .punches = 100,
		    .evicted = 50,
		    .gathered = 100 },
		  "; a longer run (--duration) gives more" },
		/* Of another storm nobody counts what is evicted. */
		{ { .storm = "punch", .wanted = 9, .punches = 100, .gathered = 100 },
		  "; a longer run (--duration) gives more" },
	};

	JUDGE(rows, VERDICT_INCONCLUSIVE);
}

/* What became of the splits. */
static void causes_in_the_kernel(void)
{
	static const struct row rows[] = {
		{ { .storm = "punch", .wanted = 9, .punches = 100, .splits_known = true },
		  "; the kernel split no folio: a hole of a part of it does (storm.length)" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .splits_known = true,
		    .split_failed = 1 },
		  "; the kernel failed to split 1 folios and split 0" },
		{ { .storm = "drop",
		    .wanted = 9,
		    .punches = 100,
		    .evicted = 100,
		    .splits_known = true },
		  "; the readers reached the folio in time for only 0 of 100 punches" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .splits_known = true,
		    .split = 7,
		    .split_failed = 8 },
		  "; the kernel failed to split 8 folios and split 7: somebody holds references "
		  "to them; fewer readers, or readers[].wait = \"auto\"" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .splits_known = true,
		    .split = 7,
		    .split_failed = 7,
		    .gathered = 100 },
		  "; a longer run (--duration) gives more" },
		{ { .storm = "punch",
		    .wanted = 9,
		    .punches = 100,
		    .split_failed = 8,
		    .gathered = 49 },
		  "; the readers reached the folio in time for only 49 of 100 punches: raise "
		  "storm.gather, or have fewer readers" },
		/* The workload's own punches are beside the storm's. */
		{ { .storm = "punch",
		    .workload = "journal",
		    .wanted = 9,
		    .punches = 100,
		    .details = "{\"exposed_pages\": 0}",
		    .gathered = 50 },
		  "; a longer run (--duration) gives more" },
	};

	JUDGE(rows, VERDICT_INCONCLUSIVE);
}

/* The same where the workload makes the punches. */
static void causes_without_a_storm(void)
{
	static const struct row rows[] = {
		{ { .workload = "replay", .wanted = 9, .operations = 7, .planned = 8 },
		  "; it ended before the trace did: 7 of 8 operations" },
		{ { .workload = "replay", .wanted = 9, .operations = 8, .planned = 8 },
		  "; there was no punch in the time given" },
		{ { .workload = "replay", .wanted = 9, .punches = 2 },
		  "; what the workload reads met its 2 punches no more often" },
		{ { .workload = "replay", .wanted = 9, .punches = 2, .details = "{\"files\": 1}" },
		  "; what the workload reads met its 2 punches no more often" },
		{ { .workload = "journal",
		    .wanted = 9,
		    .punches = 100,
		    .details = "{\"exposed_pages\": 0}" },
		  "; the 100 punches expose no page that is in use (workload.details.exposed_pages "
		  "is 0)" },
		{ { .workload = "journal",
		    .wanted = 9,
		    .punches = 100,
		    .gathered = 49,
		    .details = "{\"exposed_pages\": 3}" },
		  "; for only 49 of 100 punches there was a page that is exposed and the readers "
		  "reached it in time: raise workload.gather" },
		{ { .workload = "journal",
		    .wanted = 9,
		    .punches = 100,
		    .gathered = 50,
		    .details = "{\"exposed_pages\": 3}" },
		  "; a longer run (--duration) gives more" },
	};

	JUDGE(rows, VERDICT_INCONCLUSIVE);
}

/* What is missing of a verdict about a race. */
static void low_power(void)
{
	static const struct row rows[] = {
		{ { .race = "folio-split", .reads = 9, .storm = "punch" },
		  "no wrong byte in 9 reads, and no passage: no split that is known to have met a "
		  "reader; there was no "
		  "punch" },
		{ { .race = "folio-split",
		    .reads = 9,
		    .punches = 2,
		    .gathered = 2,
		    .storm = "punch",
		    .passages = 7 },
		  "9 reads, and how often such a run hits was never measured; the witness would "
		  "look "
		  "at the page cache itself" },
		{ { .race = "partial-page",
		    .reads = 9,
		    .punches = 2,
		    .gathered = 2,
		    .storm = "punch",
		    .passages = 7 },
		  "was never measured; where it was measured, expect.passages says how many "
		  "passages are enough" },
		{ { .race = "partial-page",
		    .reads = 9,
		    .punches = 49,
		    .gathered = 49,
		    .storm = "punch",
		    .passages = 49,
		    .enough = 50 },
		  "no wrong byte in 9 reads, but 49 passages, and 50 are wanted; a longer run "
		  "(--duration) gives more" },
		{ { .race = "folio-split",
		    .reads = 9,
		    .punches = 2,
		    .gathered = 2,
		    .storm = "punch",
		    .locked_out = true },
		  "met a reader; it has no reader that a lock" },
		{ { .race = "folio-split",
		    .reads = 9,
		    .punches = 2,
		    .gathered = 2,
		    .storm = "punch",
		    .passages = 5,
		    .chance = 0.5,
		    .power = 0.96875,
		    .witnessed = true },
		  "no wrong byte in 9 reads, but a kernel with the race would have been caught "
		  "with "
		  "probability 0.9687 (5 passages, at least 50 % hits each on 6.18.9), and 0.999 "
		  "is "
		  "wanted; the page cache was inspected in only 0 splits" },
		{ { .race = "partial-page",
		    .reads = 9,
		    .punches = 2,
		    .gathered = 2,
		    .storm = "punch",
		    .passages = 5,
		    .chance = 0.5,
		    .power = 0.96875,
		    .busy = true },
		  "on 6.18.9 beside load), and 0.999 is wanted; 4 times as long (--duration) would "
		  "do, "
		  "or an idle machine" },
		{ { .race = "folio-split",
		    .reads = 9,
		    .workload = "replay",
		    .operations = 1,
		    .planned = 1 },
		  "and no passage: no split that is known to have met a reader; there was no punch "
		  "in the time given" },
	};

	JUDGE(rows, VERDICT_INCONCLUSIVE);
}

/* What a run without a hit is worth. */
static void clean(void)
{
	static const struct row rows[] = {
		{ { .race = "folio-split",
		    .reads = 1000,
		    .passages = 41,
		    .chance = 0.18,
		    .power = 0.99974 },
		  "no wrong byte in 1000 reads; a kernel with the race would have been caught with "
		  "probability 0.9997 (41 passages, at least 18 % hits each on 6.18.9)" },
		{ { .race = "folio-split",
		    .reads = 1000,
		    .passages = 41,
		    .chance = 0.18,
		    .power = 0.99999,
		    .interrupted = true },
		  "probability above 0.9999 (41 passages, at least 18 % hits each on 6.18.9); the "
		  "run "
		  "was "
		  "interrupted" },
		{ { .race = "folio-split",
		    .reads = 1000,
		    .passages = 41,
		    .chance = 0.18,
		    .power = 0.9999,
		    .witnessed = true,
		    .frozen_lookups = 12 },
		  "; 12 lookups waited on a frozen folio, none got a folio that does not contain "
		  "its "
		  "page" },
	};

	static const struct row inspected[] = {
		{ { .race = "folio-split", .witnessed = true, .inspected = 136, .reads = 5 },
		  "no wrong byte in 5 reads; every exposed slot led to the frozen folio in 136 of "
		  "136 "
		  "splits; 0 lookups waited" },
		{ { .race = "folio-split", .by_engine = true, .inspected = 20, .reads = 5 },
		  "no wrong byte in 5 reads; every exposed slot led to the frozen folio in 20 of "
		  "20 "
		  "splits" },
		{ { .race = "folio-split", .witnessed = true, .inspected = 20 },
		  "no wrong byte in 0 reads; every exposed slot" },
	};

	JUDGE(rows, VERDICT_CLEAN);
	JUDGE(inspected, VERDICT_CLEAN);
}

static void verified(void)
{
	static const struct row rows[] = {
		{ { .wanted = 200, .reads = 1000, .exposures = 300 },
		  "every byte was right in 1000 reads; nothing is claimed of any race" },
		{ { .reads = 1000, .interrupted = true }, "any race; the run was interrupted" },
		{ { .reads = 1000, .worth = "the thread was preempted 3 times" },
		  "any race; the thread was preempted 3 times" },
		{ { .reads = 1000, .witnessed = true, .worth = "the thread was preempted" },
		  "contain its page; the thread was preempted" },
	};
	struct run_result *result;

	JUDGE(rows, VERDICT_VERIFIED);
	/* Who was not there is not quoted, nor a witness that saw no folio frozen. */
	for (int witnessed = 0; witnessed < 2; witnessed++) {
		result = run_of(&(struct run_facts){ .reads = 1000, .witnessed = witnessed });
		result->hooks[HOOK_LEVEL].function = NULL;
		verdict_decide(result);
		CU_ASSERT_STRING_EQUAL(
			result->reason,
			"every byte was right in 1000 reads; nothing is claimed of any race");
	}
}

/* What became of a schedule whose first hold in the kernel is its second. */
static void scheduled(void)
{
	static const struct {
		uint64_t punches, passages, made, withstood, expired, exposures;
		enum verdict verdict;
		const char *reason;
	} rows[] = {
		{ 10, 0, 0, 0, 0, 9, VERDICT_INCONCLUSIVE,
		  "0 passages: 0 made, 0 withstood; hold 1 (split at entry of F) never reached in "
		  "10 punches, and a passage begins there; 100 are wanted that are made or "
		  "withstood" },
		{ 10, 9, 0, 0, 9, 9, VERDICT_INCONCLUSIVE,
		  "hold 0 (read at begin) expired in 9; 100 are wanted that are made or "
		  "withstood" },
		{ 10, 9, 2, 6, 1, 9, VERDICT_INCONCLUSIVE,
		  "9 passages: 2 made, 6 withstood; hold 0 (read at begin) expired in 1; 100 are "
		  "wanted that are made or withstood; a longer run (--duration) gives more" },
		{ 110, 101, 0, 100, 1, 100, VERDICT_CLEAN,
		  "no wrong byte in 1000 reads; 101 passages: 0 made, 100 withstood; hold 0 (read "
		  "at begin) expired in 1; a kernel with the race would have been caught with "
		  "probability above 0.9999 (100 passages, at least 90 % hits each on 6.18.9)" },
		{ 110, 100, 0, 100, 0, 0, VERDICT_INCONCLUSIVE,
		  "100 withstood; but no page that is read is exposed by the split of this kernel: "
		  "`foliostorm aim --punch PAGE` shows which are" },
	};
	static struct schedule_hold holds[] = {
		{ .role = "read", .at = { .kind = POINT_BEGIN } },
		{ .role = "split", .at = { .kind = POINT_ENTRY, .function = "F" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run_result *result =
			run_of(&(struct run_facts){ .storm = "punch",
						    .race = "folio-split",
						    .reads = 1000,
						    .exposures = rows[i].exposures,
						    .punches = rows[i].punches,
						    .wanted_passages = 100,
						    .begun = rows[i].passages,
						    .made = rows[i].made,
						    .withstood = rows[i].withstood,
						    .chance = 0.9,
						    .power = 1 });
		struct scenario *scenario = (struct scenario *)result->scenario;
		size_t length = strlen(rows[i].reason), said;

		scenario->schedule = (struct schema_list){ holds, ARRAY_SIZE(holds) };
		result->schedule.missed[0][SCHEDULE_MISS_EXPIRED] = rows[i].expired;
		verdict_decide(result);
		scenario->schedule = (struct schema_list){ NULL, 0 };
		CU_ASSERT_EQUAL(result->verdict, rows[i].verdict);
		said = strlen(result->reason);
		if (said < length || strcmp(result->reason + said - length, rows[i].reason) != 0)
			printf("\n    row %zu: \"%s\"", i, result->reason);
		CU_ASSERT_TRUE_FATAL(said >= length);
		CU_ASSERT_STRING_EQUAL(result->reason + said - length, rows[i].reason);
	}
}

/* With expect.passages no row of `shown` is needed, and none is quoted. */
static void enough_passages(void)
{
	static const struct row clean[] = {
		{ { .race = "folio-split",
		    .reads = 1000,
		    .wanted_passages = 40,
		    .begun = 41,
		    .made = 40,
		    .enough = 40 },
		  "no wrong byte in 1000 reads; 41 passages: 40 made, 0 withstood; 40 passages, of "
		  "the 40 that are wanted" },
	};
	static const struct row few[] = {
		{ { .race = "folio-split",
		    .reads = 1000,
		    .wanted_passages = 40,
		    .begun = 41,
		    .made = 40,
		    .enough = 41 },
		  "41 passages: 40 made, 0 withstood; but 41 are wanted (expect.passages): raise "
		  "expect.made, which ends the run" },
	};

	JUDGE(clean, VERDICT_CLEAN);
	JUDGE(few, VERDICT_INCONCLUSIVE);
}

/* Threads without a schedule, whose splits the witness has inspected. */
static void inspected_threads(void)
{
	static struct thread_script script;
	struct run_result *result = run_of(&(struct run_facts){
		.race = "folio-split", .reads = 1000, .witnessed = true, .inspected = 20 });
	struct scenario *scenario = (struct scenario *)result->scenario;

	scenario->threads = (struct schema_list){ &script, 1 };
	verdict_decide(result);
	scenario->threads = (struct schema_list){ NULL, 0 };
	CU_ASSERT_EQUAL(result->verdict, VERDICT_CLEAN);
	CU_ASSERT_PTR_NOT_NULL(strstr(result->reason,
				      "0 iterations of 1 threads; every exposed slot led to the "
				      "frozen folio in 20 of 20 splits"));
}

/* The longest of each part has room. */
static void long_reasons(void)
{
	static char text[400], error[512], log[200] = ASSERTION;
	const struct run_facts all = { .stuck = text, .log = log, .captures = 1 };
	const struct run_facts stuck = { .stuck = text, .log = log };
	const struct run_facts clean = { .reads = 1, .witnessed = true, .worth = text };
	const struct run_facts *rows[] = { &all, &stuck, &clean };
	struct run_result *result;

	memset(text, 't', sizeof(text) - 1);
	memset(error, 'e', sizeof(error) - 1);
	memset(log + strlen(log), 'l', sizeof(log) - strlen(log) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		result = run_of(rows[i]);
		verdict_decide(result);
		CU_ASSERT_PTR_NOT_NULL(strstr(result->reason, text));
	}
	result = run_of(&(struct run_facts){ .error = error });
	verdict_decide(result);
	CU_ASSERT_STRING_EQUAL(result->reason, error);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "hits", hits },
		{ "errors", errors },
		{ "what is missing for a clean verdict", too_little },
		{ "causes in the kernel", causes_in_the_kernel },
		{ "why, where there is a storm", causes_with_a_storm },
		{ "why, where there is none", causes_without_a_storm },
		{ "what is missing of a verdict about a race", low_power },
		{ "what a clean verdict stands on", clean },
		{ "what is verified", verified },
		{ "what became of a schedule", scheduled },
		{ "passages that are enough", enough_passages },
		{ "threads whose splits were inspected", inspected_threads },
		{ "long reasons", long_reasons },
		CU_TEST_INFO_NULL,
	};

	return run_suite("verdict_reason", tests);
}
