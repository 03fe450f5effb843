/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/verdict.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/workload_result.h"

#include <inttypes.h>
#include <string.h>

const char *const verdict_names[] = {
	[VERDICT_HIT] = "HIT",
	[VERDICT_CLEAN] = "CLEAN",
	[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
	[VERDICT_ERROR] = "ERROR",
};

static uint64_t sum(const struct run_result *result, size_t offset)
{
	const struct worker_shared *counts = result->counts;
	uint64_t total = workload_sum(&counts->workload, offset);

	for (unsigned int i = 0; i < counts->readers; i++)
		total += atomic_load((_Atomic uint64_t *)((char *)&counts->reader[i] + offset));
	return total;
}

uint64_t verdict_reads(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, reads));
}

uint64_t verdict_wrong(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, wrong));
}

uint64_t verdict_exposures(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, exposures));
}

uint64_t verdict_not_judged(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, not_judged));
}

uint64_t verdict_healed(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, healed));
}

static uint64_t sum_witnessed(const struct run_result *result, size_t offset)
{
	uint64_t total = 0;

	for (int i = 0; i < GATE_READERS; i++)
		total += *(const __u64 *)((const char *)&result->gate.reader[i] + offset);
	return total;
}

uint64_t verdict_lookups(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, lookups));
}

uint64_t verdict_frozen_lookups(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, frozen));
}

uint64_t verdict_captures(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, captures));
}

bool verdict_evicts(const struct run_result *result)
{
	return result->scenario->has_storm && result->scenario->storm.op->evicts;
}

double verdict_hit_rate(const struct run_result *result)
{
	uint64_t punches = atomic_load(&result->counts->punches);

	return punches ? (double)atomic_load(&result->counts->punches_hit) / (double)punches : 0;
}

double verdict_first_hit(const struct run_result *result)
{
	uint64_t punch = atomic_load(&result->counts->first_punch);
	uint64_t from = punch ? punch : atomic_load(&result->counts->began);
	uint64_t hit = atomic_load(&result->counts->first_hit);

	return from && hit ? (double)(int64_t)(hit - from) / 1e9 : -1;
}

/* Whether a workload that has a plan was stopped before it was through with it. */
static bool ended_early(const struct run_result *result, uint64_t *done, uint64_t *planned)
{
	*done = atomic_load(&result->counts->workload.operations);
	*planned = atomic_load(&result->counts->workload.planned);
	return *done < *planned;
}

/* The readers are the workload's own: a journal's, which wait for a punch, or those of a trace. */
static void explain_workload(const struct run_result *result, char *text, size_t size)
{
	const struct worker_shared *counts = result->counts;
	const int64_t exposed = workload_detail(&counts->workload, "exposed_pages");
	uint64_t punches = atomic_load(&counts->punches), met = atomic_load(&counts->gathered);

	if (exposed < 0)
		snprintf(text, size,
			 "; what the workload reads met its %" PRIu64 " punches no more often",
			 punches);
	else if (!exposed)
		snprintf(text, size,
			 "; the %" PRIu64 " punches expose no page that is in use "
			 "(workload.details.exposed_pages is 0); other holes are needed",
			 punches);
	else if (met * 2 < punches)
		snprintf(text, size,
			 "; for only %" PRIu64 " of %" PRIu64
			 " punches there was a page that is exposed and the readers reached it in "
			 "time: raise workload.gather, or have fewer readers",
			 met, punches);
	else
		snprintf(text, size, "; a longer run (--duration) gives more");
}

/* Of a storm that splits: it did not, as far as the kernel counts that. */
static bool split_nothing(const struct run_result *result)
{
	return result->scenario->has_storm && !verdict_evicts(result) && result->splits_known &&
	       !result->splits.split;
}

/* Says what a clean verdict lacks. Returns the length of the text, whether it fits or not. */
static size_t explain_shortage(const struct run_result *result, char *text, size_t size)
{
	uint64_t exposures = verdict_exposures(result);
	uint64_t wanted = result->scenario->expect.min_exposures;
	int used;

	if (exposures < wanted)
		used = snprintf(text, size,
				"%" PRIu64 " exposures, and %" PRIu64
				" are wanted for a clean verdict",
				exposures, wanted);
	else if (!verdict_reads(result))
		used = snprintf(text, size, "no read was judged");
	else
		used = snprintf(text, size, "%" PRIu64 " exposures, which do not count", exposures);
	return (size_t)used;
}

/* Why too few accesses met a split: the first of these that holds is the nearest to the cause. */
static void explain_few_exposures(struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t punches = atomic_load(&counts->punches),
		 failed = atomic_load(&counts->punches_failed);
	uint64_t evicted = atomic_load(&counts->punches_evicted);
	uint64_t other = atomic_load(&counts->refill.folios_other);
	uint64_t whole = atomic_load(&counts->refill.folios_whole);
	char *text = result->reason;
	size_t size = sizeof(result->reason), used;
	uint64_t done, planned;

	used = explain_shortage(result, text, size);
	text += used;
	size -= used;
	if (result->interrupted)
		snprintf(text, size, "; the run was interrupted");
	else if (atomic_load(&counts->workload.valued))
		snprintf(text, size, "; %s", counts->workload.worth);
	else if (!result->scenario->has_storm && ended_early(result, &done, &planned))
		snprintf(text, size,
			 "; it ended before the trace did: %" PRIu64 " of %" PRIu64 " operations",
			 done, planned);
	else if (!punches)
		snprintf(text, size, "; there was no punch in the time given");
	else if (failed * 2 > punches)
		snprintf(text, size,
			 "; %" PRIu64 " of %" PRIu64 " punches failed, the first with %s (%s)",
			 failed, punches, strerrorname_np(-atomic_load(&counts->punch_error)),
			 strerror(-atomic_load(&counts->punch_error)));
	else if (other > whole)
		snprintf(text, size,
			 "; %" PRIu64 " of %" PRIu64
			 " folios were not of the wanted order (the lowest "
			 "was %d), so there was little to split or take out",
			 other, other + whole, atomic_load(&counts->refill.lowest_order));
	else if (verdict_evicts(result) && evicted * 2 < punches)
		snprintf(text, size,
			 "; only %" PRIu64 " of %" PRIu64
			 " punches took out all that they hit: the rest is mapped, or held, or was "
			 "not what the kernel chose",
			 evicted, punches);
	else if (split_nothing(result) && !result->splits.failed)
		snprintf(text, size, "; the kernel split no folio");
	else if (result->splits_known && result->splits.failed > result->splits.split)
		snprintf(text, size,
			 "; the kernel failed to split %" PRIu64 " folios and split %" PRIu64
			 ": somebody holds references to them",
			 result->splits.failed, result->splits.split);
	else if (!result->scenario->has_storm && result->scenario->workload.kind)
		explain_workload(result, text, size);
	else if (atomic_load(&counts->gathered) * 2 < punches)
		snprintf(text, size,
			 "; the readers reached the folio in time for only %" PRIu64 " of %" PRIu64
			 " punches: raise storm.gather, or have fewer readers",
			 atomic_load(&counts->gathered), punches);
	else
		snprintf(text, size, "; a longer run (--duration) gives more");
}

static void explain_hit(struct run_result *result)
{
	const struct kernel_report *report = kernel_reports_hit(&result->kernel_reports);
	const struct workload_counts *workload = &result->counts->workload;
	size_t used = 0;

	if (workload_is_stuck(workload))
		used = (size_t)snprintf(result->reason, sizeof(result->reason),
					"%s (%" PRIu64 " wrong reads of %" PRIu64 ")%s",
					workload->stuck, verdict_wrong(result),
					verdict_reads(result),
					report ? "; the kernel reports " : "");
	else if (verdict_wrong(result))
		used = (size_t)snprintf(
			result->reason, sizeof(result->reason),
			"%" PRIu64 " of %" PRIu64 " punches gave a reader wrong bytes (%" PRIu64
			" wrong reads of %" PRIu64 ")%s",
			atomic_load(&result->counts->punches_hit),
			atomic_load(&result->counts->punches), verdict_wrong(result),
			verdict_reads(result), report ? "; the kernel reports " : "");
	else if (report)
		used = (size_t)snprintf(result->reason, sizeof(result->reason),
					"the kernel reports ");
	if (report)
		kernel_report_format(report, result->reason + used, sizeof(result->reason) - used);
}

/* Exposures are worth nothing when the kernel split no folio, or those that were taken out were not
 * the ones that were wanted; whoever asks for none does not mind. */
static bool nothing_tested(const struct run_result *result)
{
	const struct refill_counts *refill = &result->counts->refill;

	if (!result->scenario->has_storm || !result->scenario->expect.min_exposures)
		return false;
	if (verdict_evicts(result))
		return atomic_load(&refill->folios_other) > atomic_load(&refill->folios_whole);
	return split_nothing(result);
}

/* A capture is the race itself, whether or not anybody saw wrong bytes. */
static void explain_captures(struct run_result *result)
{
	size_t used = strlen(result->reason);

	snprintf(result->reason + used, sizeof(result->reason) - used,
		 "%s%" PRIu64 " lookups in %" PRIu64
		 " punches got a folio that does not contain the page; %" PRIu64 " of them healed",
		 used ? "; " : "", verdict_captures(result),
		 atomic_load(&result->counts->punches_captured), verdict_healed(result));
}

/* What a clean verdict is worth: whether readers were inside the window. */
static void quote_witness(struct run_result *result)
{
	size_t used = strlen(result->reason);

	if (result->witnessed)
		snprintf(result->reason + used, sizeof(result->reason) - used,
			 "; %" PRIu64 " lookups waited on a frozen folio, none got a folio that "
			 "does not contain its page",
			 verdict_frozen_lookups(result));
}

/* The same, by what the workload has to say. */
static void quote_workload(struct run_result *result)
{
	const struct workload_counts *workload = &result->counts->workload;
	size_t used = strlen(result->reason);

	if (atomic_load(&workload->valued))
		snprintf(result->reason + used, sizeof(result->reason) - used, "; %s",
			 workload->worth);
}

void verdict_judge(struct run_result *result)
{
	uint64_t exposures = verdict_exposures(result);

	if (verdict_wrong(result) || kernel_reports_hit(&result->kernel_reports) ||
	    verdict_captures(result) || workload_is_stuck(&result->counts->workload)) {
		result->verdict = VERDICT_HIT;
		explain_hit(result);
		if (verdict_captures(result))
			explain_captures(result);
	} else if (*result->error) {
		result->verdict = VERDICT_ERROR;
		snprintf(result->reason, sizeof(result->reason), "%s", result->error);
	} else if (!verdict_reads(result) || exposures < result->scenario->expect.min_exposures ||
		   nothing_tested(result)) {
		result->verdict = VERDICT_INCONCLUSIVE;
		explain_few_exposures(result);
	} else if (exposures) {
		result->verdict = VERDICT_CLEAN;
		/* The rule of three: with no hit in n tries the rate is below 3/n with 95 %
		 * confidence. */
		snprintf(result->reason, sizeof(result->reason),
			 "no wrong byte in %" PRIu64 " reads and %" PRIu64
			 " exposures: with 95 %% confidence fewer than %.2g hits per exposure%s",
			 verdict_reads(result), exposures, 3.0 / (double)exposures,
			 result->interrupted ? "; the run was interrupted" : "");
	} else {
		result->verdict = VERDICT_CLEAN;
		snprintf(result->reason, sizeof(result->reason),
			 "no wrong byte in %" PRIu64 " reads; no exposures were asked for",
			 verdict_reads(result));
	}
	if (result->verdict == VERDICT_CLEAN) {
		quote_witness(result);
		quote_workload(result);
	}
}

static bool is_met(enum verdict verdict, enum expectation expected)
{
	return (verdict == VERDICT_HIT) == (expected == EXPECT_HIT);
}

enum test_outcome verdict_outcome(enum verdict verdict, enum expectation expected, bool xfail)
{
	if (verdict == VERDICT_INCONCLUSIVE)
		return TEST_INCONCLUSIVE;
	if (verdict == VERDICT_ERROR)
		return TEST_ERROR;
	if (is_met(verdict, expected))
		return xfail ? TEST_XPASS : TEST_PASS;
	return xfail ? TEST_XFAIL : TEST_FAIL;
}
