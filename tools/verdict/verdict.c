/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/verdict.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/verdict_reason.h"

#include <stddef.h>

const char *const verdict_names[] = {
	[VERDICT_HIT] = "HIT",           [VERDICT_CLEAN] = "CLEAN",
	[VERDICT_VERIFIED] = "VERIFIED", [VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
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

bool verdict_split_nothing(const struct run_result *result)
{
	return result->scenario->has_storm && !verdict_evicts(result) && result->splits_known &&
	       !result->splits.split;
}

bool verdict_misplaced(const struct run_result *result)
{
	return result->scenario->race->splits && inspection_hit(result);
}

bool verdict_inspected(const struct run_result *result)
{
	return result->scenario->race->splits && inspection_clean(result);
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
	return verdict_split_nothing(result);
}

/* A capture is the race itself, whether or not anybody saw wrong bytes. */
static bool is_hit(const struct run_result *result)
{
	return verdict_wrong(result) || kernel_reports_hit(&result->kernel_reports) ||
	       verdict_captures(result) || verdict_misplaced(result) ||
	       workload_is_stuck(&result->counts->workload);
}

static enum verdict decide(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;

	if (is_hit(result))
		return VERDICT_HIT;
	if (*result->error)
		return VERDICT_ERROR;
	if (nothing_tested(result) || verdict_exposures(result) < scenario->expect.min_exposures)
		return VERDICT_INCONCLUSIVE;
	if (scenario->race->splits && inspection_clean(result))
		return VERDICT_CLEAN;
	if (!verdict_reads(result))
		return VERDICT_INCONCLUSIVE;
	if (scenario->race->none)
		return VERDICT_VERIFIED;
	return result->power.value >= scenario->expect.power ? VERDICT_CLEAN : VERDICT_INCONCLUSIVE;
}

void verdict_decide(struct run_result *result)
{
	result->verdict = decide(result);
	verdict_explain(result);
}

void verdict_judge(struct run_result *result)
{
	result->power = power_of(result);
	verdict_decide(result);
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
