/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line overrides, what a scenario expects of a kernel, and scenarios written and
 * read again. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct scenario scenario;

static void load(const struct scenario_lines *lines, const struct scenario_overrides *overrides)
{
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, lines, overrides), 0);
	CU_ASSERT_STRING_EQUAL(scenario_complaint, "");
}

static void command_line(void)
{
	static const char *const sets[] = { "storm.aim=257", "readers[0].count=2",
					    "expect.verdict=clean", "seed=3", NULL };
	static const struct scenario_overrides all = {
		.sets = sets, .seed = "5000000000", .duration = "1.5", .expect = "hit"
	};
	static const struct {
		const char *set, *seed, *duration, *expect, *complaint;
	} mistakes[] = {
		{ .seed = "x", .complaint = "--seed x: allowed: a number from 0 to 2^63 - 1" },
		{ .seed = "99999999999999999999",
		  .complaint = "--seed 99999999999999999999: allowed: " },
		{ .duration = "5parsecs",
		  .complaint = "--duration 5parsecs: allowed: seconds, or a duration" },
		{ .duration = "0", .complaint = "--set: duration: 0 is until the workload ends" },
		{ .expect = "maybe", .complaint = "--expect maybe: allowed: auto, hit, clean" },
		{ .set = "readers[4294967296].count=2",
		  .complaint = "--set readers[4294967296].count=2: expected PATH=VALUE, such as" },
		{ .set = "storm.aim",
		  .complaint = "--set storm.aim: expected PATH=VALUE, such as storm.aim=257" },
		{ .set = "readers[7].count=2",
		  .complaint = "--set readers[7].count=2: no such place, or not a value" },
		{ .set = "storm.aimm=2",
		  .complaint = "--set: storm.aimm: unknown key; did you mean aim? allowed here: "
			       "op, aim, " },
		{ .set = "storm.length=4Q",
		  .complaint = "--set: storm.length: \"4Q\" is not valid; allowed: a size" },
		/* What goes on behind a value is not left out. */
		{ .set = "seed=3; duration=1", .complaint = "--set: seed: \"3; duration=1\" is " },
		/* The first that is wrong is told of. */
		{ .set = "x", .seed = "x", .complaint = "--set x: " },
	};
	char *text;

	load(&(struct scenario_lines){ .title = NULL }, &all);
	CU_ASSERT_EQUAL(scenario.storm.aim.kind, AIM_KIND_PAGE);
	CU_ASSERT_EQUAL(scenario.storm.aim.number, 257);
	CU_ASSERT_EQUAL(((struct scenario_reader *)scenario.readers.items)->count, 2);
	CU_ASSERT_EQUAL(scenario.seed, 5000000000);
	CU_ASSERT_EQUAL(scenario.duration, 1500000000);
	CU_ASSERT_EQUAL(scenario.expect.verdict, EXPECT_HIT);
	/* They are in what is kept of the scenario. */
	text = scenario_text(&scenario);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "seed = 5000000000L;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "aim = 257;"));
	free(text);
	scenario_release(&scenario);
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const struct scenario_lines lines = { .title = NULL };
		const char *const set[] = { mistakes[i].set, NULL };
		const struct scenario_overrides overrides = {
			.sets = set,
			.seed = mistakes[i].seed,
			.duration = mistakes[i].duration,
			.expect = mistakes[i].expect,
		};

		CU_ASSERT_EQUAL(scenario_load_lines(&scenario, &lines, &overrides), -EINVAL);
		if (strncmp(scenario_complaint, mistakes[i].complaint,
			    strlen(mistakes[i].complaint)))
			printf("\n    row %zu: %s", i, scenario_complaint);
		CU_ASSERT_PTR_EQUAL(strstr(scenario_complaint, mistakes[i].complaint),
				    scenario_complaint);
		scenario_release(&scenario);
	}
}

static void expectations(void)
{
	static const struct {
		const char *expect, *kernel;
		bool affected, xfail;
		enum expectation expected;
	} rows[] = {
		{ "auto", "6.14.9", false, false, EXPECT_CLEAN },
		{ "auto", "6.15-rc1", true, false, EXPECT_HIT },
		{ "auto", "6.18.19", true, true, EXPECT_HIT },
		{ "auto", "6.18.20", false, true, EXPECT_CLEAN },
		{ "auto", "7.0-rc2", true, false, EXPECT_HIT },
		{ "hit", "6.14.9", false, false, EXPECT_HIT },
		{ "clean", "6.18.19", true, true, EXPECT_CLEAN },
	};
	static const struct scenario_lines lines = {
		.more = "affected = ( \"6.15 - 6.18.19\", \"7.0-rc2\" );\n"
			"expect = { xfail = ( \"6.18.19\", \"6.18.20\" ); };"
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct scenario_overrides overrides = { .expect = rows[i].expect };
		struct kernel_version kernel;

		load(&lines, &overrides);
		CU_ASSERT_EQUAL(kernel_parse(rows[i].kernel, &kernel), 0);
		CU_ASSERT_EQUAL(scenario_affects(&scenario, &kernel), rows[i].affected);
		CU_ASSERT_EQUAL(scenario_xfails(&scenario, &kernel), rows[i].xfail);
		CU_ASSERT_EQUAL(scenario_expects(&scenario, &kernel), rows[i].expected);
		scenario_release(&scenario);
	}
}

static void witnesses(void)
{
	static const struct {
		const char *more;
		bool wanted;
	} rows[] = {
		{ "witness = false;", false },
		{ "witness = true;", true },
		{ "gate = { };", false },
		{ "gate = { split = \"1us\"; };", true },
		{ "gate = { meet = \"1us\"; };", true },
		{ "gate = { reader = \"1us\"; };", true },
		{ "gate = { lookup = \"1us\"; };", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		load(&(struct scenario_lines){ .more = rows[i].more }, NULL);
		CU_ASSERT_EQUAL(scenario_wants_witness(&scenario), rows[i].wanted);
		scenario_release(&scenario);
	}
}

/* What is written of a scenario is the same scenario. */
static void written(void)
{
	static const struct scenario_overrides none;
	const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };
	char path[] = "/tmp/foliostorm-scenario.XXXXXX", message[256] = "";
	char *first, *second;
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	load(&(struct scenario_lines){ .more = "gate = { split = \"1us\"; };\nseed = 9;" }, NULL);
	first = scenario_text(&scenario);
	CU_ASSERT_EQUAL(scenario_write(&scenario, path), 0);
	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(scenario_write(&scenario, "/nowhere/s.cfg"), -EIO);
	scenario_release(&scenario);
	CU_ASSERT_EQUAL(scenario_load(&scenario, path, &none, &kernel), 0);
	report_capture(NULL, 0);
	CU_ASSERT_EQUAL(scenario.seed, 9);
	CU_ASSERT_EQUAL(scenario.gate.split, 1000);
	second = scenario_text(&scenario);
	CU_ASSERT_STRING_EQUAL(first, second);
	free(first);
	free(second);
	scenario_release(&scenario);
	unlink(path);
}

static void unreadable(void)
{
	static const struct scenario_overrides none;
	static const struct {
		const char *path, *complaint;
		int error;
	} rows[] = {
		{ "/nowhere/s.cfg", "/nowhere/s.cfg: cannot be read", -ENOENT },
		{ "nowhere.cfg",
		  "nowhere.cfg: cannot be read: no file of that name, and no shipped ", -ENOENT },
		{ "/", "/: is a directory; name a file", -EINVAL },
	};
	const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };
	char message[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		*message = '\0';
		report_capture(message, sizeof(message));
		CU_ASSERT_EQUAL(scenario_load(&scenario, rows[i].path, &none, &kernel),
				rows[i].error);
		report_capture(NULL, 0);
		scenario_release(&scenario);
		CU_ASSERT_PTR_EQUAL(strstr(message, rows[i].complaint), message);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "overrides", command_line },
		{ "expectations", expectations },
		{ "who wants the witness", witnesses },
		{ "a scenario as it is written", written },
		{ "files that cannot be read", unreadable },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scenario_overrides", tests);
}
