/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/verdict.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/verdict_reason.h"

#include <stddef.h>

const char *const verdict_names[] = {
	[VERDICT_HIT] = "HIT",           [VERDICT_CLEAN] = "CLEAN",
	[VERDICT_VERIFIED] = "VERIFIED", [VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
	[VERDICT_ERROR] = "ERROR",
};

/* Whether exposures prove nothing: the kernel split no folio, or mostly folios of another order
 * were evicted. Does not matter if min_exposures is 0. */
static bool nothing_tested(const struct run_result *result)
{
	const struct refill_counts *refill = &result->counts->refill;

	if (!result->scenario->has_storm || !result->scenario->expect.min_exposures)
		return false;
	if (verdict_evicts(result))
		return atomic_load(&refill->folios_other) > atomic_load(&refill->folios_whole);
	return verdict_split_nothing(result);
}

/* A capture is the race, even if no reader saw wrong bytes. */
static bool is_hit(const struct run_result *result)
{
	return verdict_wrong(result) || kernel_reports_hit(&result->kernel_reports) ||
	       verdict_captures(result) || verdict_misplaced(result) || result->cache.violations ||
	       workload_is_stuck(&result->counts->workload);
}

/* Whether the run would have caught a kernel with the race. */
static bool is_caught(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;

	return scenario->expect.passages ? result->power.passages >= scenario->expect.passages
					 : result->power.value >= scenario->expect.power;
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
	if (schedule_is_short(result))
		return VERDICT_INCONCLUSIVE;
	if (!scenario->schedule.count && verdict_inspected(result))
		return VERDICT_CLEAN;
	if (!verdict_reads(result))
		return VERDICT_INCONCLUSIVE;
	if (scenario->race->none)
		return VERDICT_VERIFIED;
	if (scenario_is_forced(scenario) && !verdict_exposes(result))
		return VERDICT_INCONCLUSIVE;
	return is_caught(result) ? VERDICT_CLEAN : VERDICT_INCONCLUSIVE;
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
