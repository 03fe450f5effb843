/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the calibration knows of a setting, and what follows for a run. */
#include "injector/base/array.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/verdict/power.h"
#include "tools/verdict/run_result.h"

#include <string.h>

/* Runs of one setting on two kernels, the worse one second; beside load; of one that never hit; and
 * of one that was tried twice. */
static const struct calibration_row rows[] = {
	{ "a", false, "6.17.13", 100, 60 },     { "a", false, "6.18.9", 50, 10 },
	{ "a", false, "6.18.9", 50, 10 },       { "a", true, "6.18.9", 20, 1 },
	{ "a", true, "6.18.9", 20, 1 },         { "a", true, "6.18.9", 20, 1 },
	{ "never", false, "6.18.9", 1000, 0 },  { "never", false, "6.18.9", 1000, 0 },
	{ "never", false, "6.18.9", 1000, 0 },  { "twice", false, "6.18.9", 100, 100 },
	{ "twice", false, "6.18.9", 100, 100 }, { "moody", true, "6.17.13", 20, 20 },
	{ "moody", true, "6.17.13", 20, 20 },   { "moody", true, "6.18.9", 20, 0 },
	{ "moody", true, "6.18.9", 20, 20 },    { "alike", false, "6.18.15", 20, 20 },
	{ "alike", false, "6.18.1", 20, 20 },   { "alike", false, "6.18.15", 20, 20 },
	{ "calm", false, "6.17.13", 20, 20 },   { "calm", false, "6.17.13", 20, 18 },
	{ "calm", false, "6.18.9", 20, 19 },    { .setting = NULL },
};

static void several_runs(void)
{
	struct calibration found = calibration_find(rows, "a", false);

	CU_ASSERT_EQUAL(found.runs, 3);
	CU_ASSERT_EQUAL(found.passages, 200);
	CU_ASSERT_EQUAL(found.hits, 80);
	CU_ASSERT_STRING_EQUAL(found.kernels, "6.17.13, 6.18.9");
	CU_ASSERT_STRING_EQUAL(calibration_find(rows, "alike", false).kernels, "6.18.15, 6.18.1");
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

extern const struct reader_ops reader_procmem, reader_pread;

static bool copied; /* its first file is a copy */

/* The power of split-window in a guest of 6.18.9, with another reader, skip or file system. */
static struct power power_by(const struct scenario_reader *reader, uint64_t skip,
			     const struct backing_fs *fs)
{
	struct run_result *result = run_of(
		&(struct run_facts){ .race = "folio-split", .storm = "punch", .witnessed = true });
	struct scenario *scenario = (struct scenario *)result->scenario;

	result->kernel = (struct kernel_version){ .major = 6, .minor = 18, .patch = 9 };
	result->emulated = true;
	result->gate.passages = 100;
	result->hooks[HOOK_STORE].function = "__folio_split";
	scenario->gate.split = scenario->gate.reader = 20000;
	scenario->gate.meet = 500000;
	scenario->backing = (struct backing_settings){ .kind = &backing_kinds[0], .fs = fs };
	scenario->storm.length = 4096;
	scenario->storm.settle = 200000;
	scenario->storm.skip = skip;
	scenario->readers = (struct schema_list){ (void *)reader, 1 };
	((struct scenario_file *)scenario->files.items)->content =
		copied ? CONTENT_COPY : CONTENT_PAGES;
	return power_of(result);
}

/* What was measured says nothing of a hole that begins within a page, which splits elsewhere and
 * unmaps no page first, or of a reader that reads in another way. */
static void settings_differ(void)
{
	const struct backing_fs *xfs = &backing_filesystems[0], *ext4 = &backing_filesystems[1];
	const struct scenario_reader procmem = { .ops = &reader_procmem,
						 .count = 1,
						 .wait = READER_WAIT_AUTO };
	struct scenario_reader pread = { .ops = &reader_pread, .count = 1 };
	const struct power whole = power_by(&procmem, 0, xfs);
	const struct power part = power_by(&procmem, 2048, xfs);
	const struct power any = power_by(&pread, 0, ext4);
	struct power large;

	CU_ASSERT(whole.calibration.runs > 0);
	CU_ASSERT(whole.value > 0.999);
	CU_ASSERT_EQUAL(part.calibration.runs, 0);
	CU_ASSERT_EQUAL(part.value, 0);
	pread.order = REFAULT_LARGE;
	large = power_by(&pread, 0, ext4);
	CU_ASSERT_STRING_NOT_EQUAL(large.setting, any.setting);
	CU_ASSERT_STRING_NOT_EQUAL(large.setting, "");
	/* A copy is not punched at the best page, but where it has zeros. */
	copied = true;
	CU_ASSERT_EQUAL(power_by(&procmem, 0, xfs).calibration.runs, 0);
	copied = false;
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
		{ "settings that differ", settings_differ },
		{ "the rows that were measured", measured_rows },
		CU_TEST_INFO_NULL,
	};

	return run_suite("power", tests);
}
