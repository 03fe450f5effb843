/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the calibration knows of a setting, and what follows for a run. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/verdict/power.h"
#include "tools/verdict/run_result.h"

#include <string.h>

/* Runs of one setting on two kernels, the worse one second; beside load; of one that never hit; and
 * of one that was tried twice. */
static const struct calibration_row rows[] = {
	{ "a", false, "6.17.13", 100, 60 },
	{ "a", false, "6.18.9", 50, 10 },
	{ "a", false, "6.18.9", 50, 10 },
	{ "a", true, "6.18.9", 20, 1 },
	{ "a", true, "6.18.9", 20, 1 },
	{ "a", true, "6.18.9", 20, 1 },
	{ "never", false, "6.18.9", 1000, 0 },
	{ "never", false, "6.18.9", 1000, 0 },
	{ "never", false, "6.18.9", 1000, 0 },
	{ "twice", false, "6.18.9", 100, 100 },
	{ "twice", false, "6.18.9", 100, 100 },
	{ "moody", true, "6.17.13", 20, 20 },
	{ "moody", true, "6.17.13", 20, 20 },
	{ "moody", true, "6.18.9", 20, 0 },
	{ "moody", true, "6.18.9", 20, 20 },
	{ "calm", false, "6.17.13", 20, 20 },
	{ "calm", false, "6.17.13", 20, 18 },
	{ "calm", false, "6.18.9", 20, 19 },
	{ .setting = NULL },
};

static void several_runs(void)
{
	struct calibration found = calibration_find(rows, "a", false);

	CU_ASSERT_EQUAL(found.runs, 3);
	CU_ASSERT_EQUAL(found.passages, 200);
	CU_ASSERT_EQUAL(found.hits, 80);
	CU_ASSERT_STRING_EQUAL(found.kernels, "6.17.13, 6.18.9");
	/* Clopper and Pearson, 20 of 100 on the worse kernel; and the two differ by far more than
	 * by chance. */
	CU_ASSERT(found.chance > 0 && found.chance <= 0.12666);
	/* An idle row is none for a busy machine, and the other way round: 3 of 60. */
	found = calibration_find(rows, "a", true);
	CU_ASSERT_EQUAL(found.runs, 3);
	CU_ASSERT_DOUBLE_EQUAL(found.chance, 0.01043, 1e-5);
	found = calibration_find(rows, "never", true);
	CU_ASSERT_EQUAL(found.runs, 0);
}

static void no_chance(void)
{
	static const char *const settings[] = { "never", "twice", "b" };

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		CU_ASSERT_EQUAL(calibration_find(rows, settings[i], false).chance, 0);
	CU_ASSERT_EQUAL(calibration_find(rows, "b", false).runs, 0);
}

/* However many passages a run has, it can be one of those that hardly hit. */
static void differing_runs(void)
{
	struct calibration known = calibration_find(rows, "calm", false);

	CU_ASSERT(known.noise < 0.01);
	CU_ASSERT_EQUAL(power_with(&known, POWER_PASSAGES_LEAST - 1), 0);
	CU_ASSERT(power_with(&known, POWER_PASSAGES_LEAST) > 0.999);
	known = calibration_find(rows, "moody", true);
	CU_ASSERT(known.chance > 0 && known.noise > 0.2);
	CU_ASSERT(power_with(&known, 100) < 0.9);
	/* Any chance from 0 to 1, as likely as any other. */
	known = (struct calibration){ 3, 100, 50, "6.18.9", 0.5, 1.0 / 3 };
	CU_ASSERT_DOUBLE_EQUAL(power_with(&known, 20), 1 - 1.0 / 21, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(power_with(&known, 999), 1 - 1.0 / 1000, 1e-12);
	CU_ASSERT_EQUAL(power_passages_for(&(struct power){ .calibration = known }, 0.9895), 95);
	/* All or nothing. */
	known.noise = 1;
	CU_ASSERT_DOUBLE_EQUAL(power_with(&known, 999), 0.5, 1e-4);
	CU_ASSERT_EQUAL(power_passages_for(&(struct power){ .calibration = known }, 0.999), 0);
}

/* Passages that are wanted are the fewest that do. */
static void passages_wanted(void)
{
	static const double chances[] = { 1, 0.9999, 0.5, 0.1, 0.001 };
	static const double wanted[] = { 0.5, 0.9, 0.999, 0.999999 };
	struct power power = { .calibration = { 3, 100, 50, "6.18.9", 0, 0 } };

	CU_ASSERT_EQUAL(power_passages_for(&power, 0.999), 0);
	for (size_t i = 0; i < ARRAY_SIZE(chances); i++)
		for (size_t j = 0; j < ARRAY_SIZE(wanted); j++) {
			double missed = 1;
			uint64_t n;

			power.calibration.chance = chances[i];
			n = power_passages_for(&power, wanted[j]);
			CU_ASSERT(n >= POWER_PASSAGES_LEAST);
			for (uint64_t k = 1; k < n; k++)
				missed *= 1 - chances[i];
			CU_ASSERT(n == POWER_PASSAGES_LEAST || 1 - missed < wanted[j] + 1e-9);
			CU_ASSERT(1 - missed * (1 - chances[i]) >= wanted[j] - 1e-9);
		}
}

/* Every row that was measured can be one: fewer hits than passages, and a known race. */
static void measured_rows(void)
{
	CU_ASSERT_PTR_NOT_NULL(calibration_rows->setting);
	for (const struct calibration_row *row = calibration_rows; row->setting; row++) {
		const struct race *race = races;

		CU_ASSERT(row->hits <= row->passages);
		CU_ASSERT(row->passages > 0);
		while (race->name && strncmp(row->setting, race->name, strlen(race->name)))
			race++;
		CU_ASSERT_PTR_NOT_NULL(race->name);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "the runs of a setting", several_runs },
		{ "what never hit, or was hardly tried, has no chance", no_chance },
		{ "runs differ", differing_runs },
		{ "how many passages are wanted", passages_wanted },
		{ "the rows that were measured", measured_rows },
		CU_TEST_INFO_NULL,
	};

	return run_suite("power", tests);
}
