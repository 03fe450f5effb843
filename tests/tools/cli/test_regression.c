/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results as points of a test: ids, formats; rates and their intervals; baselines. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/markup.h"
#include "tools/cli/outcome_code.h"
#include "tools/verdict/baseline.h"
#include "tools/verdict/test_point.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void names(void)
{
	static const struct {
		const char *path, *name;
	} paths[] = {
		{ "scenarios/split-window.cfg", "split-window" },
		{ "a b#c.cfg", "a_b_c" },
		{ "/tmp/x\n1..2\nok 1.cfg", "x_1..2_ok_1" },
		{ ".cfg", ".cfg" },
	};
	static const struct {
		const char *release, *series;
	} releases[] = {
		{ "6.18.9+deb13-cloud-amd64", "6.18" },
		{ "7.0-rc2", "7.0" },
		{ "bzImage <mine>", "bzImage__mine_" },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		CU_ASSERT_STRING_EQUAL(test_point_name(paths[i].path, text, sizeof(text)),
				       paths[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++)
		CU_ASSERT_STRING_EQUAL(test_point_series(releases[i].release, text, sizeof(text)),
				       releases[i].series);
}

static json_t *result_of(const char *outcome, const char *expected, int punches, int hit,
			 int exposures)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:f, s:s}", "verdict", "HIT",
			 "outcome", outcome, "expected", expected, "kernel", "6.18.9+x", "punches",
			 punches, "punches_hit", hit, "exposures", exposures, "duration_seconds",
			 1.5, "reason", "r <1>\nnot ok 9 forged");
}

static struct test_point point_of(const char *name, json_t *result)
{
	struct test_point point;

	test_point_of_result(&point, "", name, result);
	json_decref(result);
	return point;
}

static char *format(void (*print)(FILE *, const struct test_point *, size_t),
		    const struct test_point *points, size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	print(to, points, count);
	fclose(to);
	return text;
}

static void kcidb(FILE *to, const struct test_point *points, size_t count)
{
	format_kcidb(to, points, count, &(const struct kcidb_names){ .origin = "lab" });
}

static void formats(void)
{
	json_t *report;
	struct test_point points[] = {
		point_of("good", result_of("pass", "hit", 100, 84, 90)),
		point_of("known", result_of("xfail", "clean", 100, 84, 90)),
		point_of("bad", result_of("fail", "clean", 100, 84, 90)),
		{ .result = NULL },
	};
	char *text;

	test_point_without(&points[3], "7.2", "root", -EPERM, "root is missing");
	CU_ASSERT_EQUAL(exit_code_of_outcome(test_points_outcome(points, 4)), EXIT_NOT_AS_EXPECTED);
	CU_ASSERT_EQUAL(exit_code_of_outcome(test_points_outcome(points, 2)), EXIT_AS_EXPECTED);
	CU_ASSERT_EQUAL(exit_code_of_outcome(test_points_outcome(points + 3, 1)),
			EXIT_PRECONDITION);
	text = format(format_ktap, points, 4);
	CU_ASSERT_EQUAL(strncmp(text, "KTAP version 1\n1..4\n", 20), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nok 1 good\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nok 2 known # XFAIL r <1> not ok 9 forged\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nnot ok 3 bad\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nok 4 7.2/root # SKIP root is missing\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "\nnot ok 9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# Totals: pass:1 fail:1 xfail:1 xpass:0 "
					    "inconclusive:0 error:0 skip:1\n"));
	free(text);
	text = format(format_junit, points, 4);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"2\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<failure type=\"fail\" message=\"fail: r &lt;1&gt;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "classname=\"foliostorm.7.2\" name=\"root\""));
	CU_ASSERT_PTR_NULL(strstr(text, "<1>"));
	free(text);
	text = format(format_github, points, 4);
	CU_ASSERT_STRING_EQUAL(text, "::notice title=good::pass: r <1> not ok 9 forged\n"
				     "::notice title=known::xfail: r <1> not ok 9 forged\n"
				     "::error title=bad::fail: r <1> not ok 9 forged\n"
				     "::notice title=7.2/root::skip: root is missing\n");
	free(text);
	text = format(kcidb, points, 4);
	report = json_loads(text, 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(report, "builds")), 2);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_STRING_EQUAL(
			json_string_value(json_object_get(
				json_array_get(json_object_get(report, "tests"), i), "status")),
			i < 3 ? "FAIL" : "SKIP");
	json_decref(report);
	free(text);
	for (size_t i = 0; i < 4; i++)
		test_point_release(&points[i]);
}

/* A cell that somebody else has written forges no line, and needs not have what a run's has. */
static void forged(void)
{
	json_t *cell = json_pack("{s:s, s:s, s:{s:[i, s]}}", "verdict", "CLEAN\nok 4 x", "reason",
				 "\xc2\x9b"
				 "31m",
				 "kernel_log", "lines", 1, "a line\nok 3 x");
	char release[256], *text;
	struct test_point point;

	/* An id of 256 bytes would end in half a character. */
	memset(release, 'r', 239);
	strcpy(release + 239, "\xc3\xa9");
	json_object_set_new(cell, "release", json_string(release));
	test_point_of_result(&point, "6.18\nok 2 x # SKIP", "a # SKIP\nok 2 b", cell);
	json_decref(cell);
	CU_ASSERT_STRING_EQUAL(point.group, "6.18?ok 2 x _ SKIP");
	CU_ASSERT_STRING_EQUAL(point.name, "a___SKIP_ok_2_b");
	CU_ASSERT_STRING_EQUAL(point.reason, "?\?31m");
	text = format(format_ktap, &point, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# kernel: \n# kernel: a line\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "\nok"));
	free(text);
	text = format(kcidb, &point, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "a line"));
	free(text);
	text = format(format_summary, &point, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ": CLEAN?ok 4 x"));
	free(text);
	test_point_release(&point);
}

/* What a bisection makes of results, one at a time and with a good one beside. */
static void bisections(void)
{
	static const struct {
		const char *outcome, *guest; /* died: how */
		bool interrupted;
		int code;
	} rows[] = {
		{ "pass", NULL, false, 0 },
		{ "xpass", NULL, false, 0 },
		{ "fail", NULL, false, 1 },
		{ "xfail", NULL, false, 1 },
		{ "fail", NULL, true, 1 },
		{ "inconclusive", NULL, false, 125 },
		{ "inconclusive", NULL, true, 132 },
		{ "skip", NULL, false, 125 },
		{ "error", NULL, false, 132 },
		{ "error", "guest died: Kernel panic - not syncing: VFS", false, 125 },
		{ "error", "guest was interrupted", true, 132 },
		{ "error", "QEMU failed", false, 132 },
	};
	struct test_point points[2] = { point_of("good", result_of("pass", "clean", 9, 0, 9)) };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *result = result_of(rows[i].outcome, "clean", 9, 0, 9);

		json_object_set_new(result, "interrupted", json_boolean(rows[i].interrupted));
		json_object_set_new(result, "guest",
				    rows[i].guest ? json_pack("{s:s}", "died", rows[i].guest)
						  : json_null());
		points[1] = point_of("one", result);
		for (size_t from = 0; from < 2; from++)
			CU_ASSERT_EQUAL(exit_code_said(EXIT_CODES_BISECT,
						       (int)exit_code_of_outcome(bisect_outcome(
							       points + from, 2 - from))),
					rows[i].code);
		test_point_release(&points[1]);
	}
	test_point_release(&points[0]);
	CU_ASSERT_EQUAL(exit_code_said(EXIT_CODES_BISECT, EXIT_USAGE), 130);
	CU_ASSERT_EQUAL(exit_code_said(EXIT_CODES_BISECT, EXIT_PRECONDITION), 125);
	CU_ASSERT_EQUAL(exit_code_said(EXIT_CODES_OWN, EXIT_PRECONDITION), EXIT_PRECONDITION);
}

static void escaped(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	markup_escape(to, "<a href='x\">&\x01\xff\xc0\xaf\xed\xa0\x80\xef\xbf\xbf\xc3\xa9\t");
	markup_escape(to, NULL);
	/* No character of Unicode has five bytes, nor begins so. */
	markup_escape(to, "\xf9\x80\x80\x80|");
	fclose(to);
	CU_ASSERT_STRING_EQUAL(text, "&lt;a href=&#39;x&quot;&gt;&amp;?\?\?\?\?\?\?\?\xc3\xa9\t"
				     "?\?\?\?|");
	free(text);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 0.0005;
}

/* Against tables of Clopper and Pearson, and Garwood. */
static void intervals(void)
{
	struct proportion rate =
		proportion_of(PROPORTION_SHARE, (struct proportion_count){ 8, 10 }, 1, 0.95);

	CU_ASSERT(near(rate.value, 0.8) && near(rate.low, 0.4439) && near(rate.high, 0.9748));
	rate = proportion_of(PROPORTION_SHARE, (struct proportion_count){ 0, 10 }, 1, 0.95);
	CU_ASSERT(rate.low == 0 && near(rate.high, 0.3085));
	rate = proportion_of(PROPORTION_SHARE, (struct proportion_count){ 10, 10 }, 1, 0.95);
	CU_ASSERT(near(rate.low, 0.6915) && rate.high == 1);
	rate = proportion_of(PROPORTION_MEAN, (struct proportion_count){ 10, 1 }, 1, 0.95);
	CU_ASSERT(near(rate.low, 4.7954) && near(rate.high, 18.3904));
	rate = proportion_of(PROPORTION_MEAN, (struct proportion_count){ 0, 2 }, 1, 0.95);
	CU_ASSERT(rate.low == 0 && near(rate.high, 1.8444));
	rate = proportion_of(PROPORTION_SHARE, (struct proportion_count){ 0, 0 }, 1, 0.95);
	CU_ASSERT(rate.low == 0 && rate.high == 1);
}

/* Of results that somebody else has written. */
static void impossible_counts(void)
{
	static const double counts[] = { -5, 0, 5, 20, 1e9, 1e15, 1e300 };
	static const double tries[] = { 10, 1e9, 3e15, 1e300 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		for (size_t k = 0; k < ARRAY_SIZE(tries); k++) {
			const struct proportion_count count = { counts[i], tries[k] };
			struct proportion share = proportion_of(PROPORTION_SHARE, count, 1, 0.95);
			struct proportion mean = proportion_of(PROPORTION_MEAN, count, 1, 0.95);

			CU_ASSERT(share.low >= 0 && share.low <= share.value);
			CU_ASSERT(share.value <= share.high && share.high <= 1);
			CU_ASSERT(mean.low >= 0 && mean.low <= mean.value);
			CU_ASSERT(mean.value <= mean.high && isfinite(mean.high));
		}
}

/* More tries than GSL's functions can take. */
static void many_tries(void)
{
	static const struct {
		enum proportion_kind kind;
		struct proportion_count count;
		double low, high;
	} rows[] = {
		{ PROPORTION_MEAN, { 99998, 1 }, 99379.1, 100619.7 },
		{ PROPORTION_MEAN, { 100002, 1 }, 99383.1, 100623.7 },
		{ PROPORTION_MEAN, { 1e6, 1 }, 998041, 1001961.9 },
		{ PROPORTION_SHARE, { 100, 1e6 }, 81.365e-6, 121.622e-6 },
		{ PROPORTION_SHARE, { 1e6 - 100, 1e6 }, 1 - 121.622e-6, 1 - 81.365e-6 },
		{ PROPORTION_SHARE, { 1, 1e9 }, 2.5318e-11, 5.5716e-9 },
		{ PROPORTION_SHARE, { 1e9, 1e9 }, 1 - 3.6889e-9, 1 },
		{ PROPORTION_SHARE, { 3e9, 1e10 }, 0.29999102, 0.30000898 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct proportion rate = proportion_of(rows[i].kind, rows[i].count, 1, 0.95);

		CU_ASSERT_DOUBLE_EQUAL(rate.low, rows[i].low, fabs(rows[i].low) * 1e-4);
		CU_ASSERT_DOUBLE_EQUAL(rate.high, rows[i].high, fabs(rows[i].high) * 1e-4);
	}
}

/* A random number from 0 to 1, the same each time. */
static double uniform(unsigned int *state)
{
	return (double)rand_r(state) / RAND_MAX;
}

/* The interval holds the truth as often as it says. */
static void coverage(void)
{
	enum { RUNS = 2000, TRIES = 200 };
	unsigned int state = 7, inside = 0;

	for (int run = 0; run < RUNS; run++) {
		struct proportion_count count = { 0, TRIES };
		struct proportion rate;

		for (int i = 0; i < TRIES; i++)
			count.count += uniform(&state) < 0.84;
		rate = proportion_of(PROPORTION_SHARE, count, 1, 0.95);
		inside += rate.low <= 0.84 && 0.84 <= rate.high;
	}
	CU_ASSERT(inside >= RUNS * 93 / 100);
	CU_ASSERT(inside < RUNS);
}

static void moods(void)
{
	const struct proportion_count same[] = { { 84, 100 }, { 85, 100 }, { 83, 100 } };
	const struct proportion_count moody[] = { { 60, 100 }, { 95, 100 }, { 84, 100 } };
	const struct proportion_count none = { 0, 100 };
	double noise = proportion_noise(PROPORTION_SHARE, moody, 3);
	double spread = proportion_spread(PROPORTION_SHARE, moody, 3, noise);
	struct proportion narrow =
		proportion_of(PROPORTION_SHARE, proportion_sum(same, 3), 1, 0.95);
	struct proportion wide =
		proportion_of(PROPORTION_SHARE, proportion_sum(moody, 3), spread, 0.95);

	CU_ASSERT_EQUAL(proportion_noise(PROPORTION_SHARE, same, 3), 0);
	CU_ASSERT_EQUAL(proportion_noise(PROPORTION_SHARE, moody, 1), 0);
	CU_ASSERT_EQUAL(proportion_spread(PROPORTION_SHARE, same, 3, 0), 1);
	/* (19.67^2 + 15.33^2 + 4.33^2) 3/2 - 239 q, over 3 times 79.67^2; q = 1 - 239.5/301. */
	CU_ASSERT(near(noise, 0.0479));
	CU_ASSERT(wide.high - wide.low > 3 * (narrow.high - narrow.low));
	/* Nothing is nothing, in any mood. */
	CU_ASSERT_EQUAL(proportion_spread(PROPORTION_SHARE, &none, 1, noise), 1);
}

/* Runs in moods of their own are hardly ever taken for fallen; one without a hit always is. */
static void false_alarms(void)
{
	enum { BASELINES = 400, RUNS = 3, TRIES = 80 };
	unsigned int state = 11, alarms = 0, missed = 0;

	for (int n = 0; n < BASELINES; n++) {
		struct proportion_count runs[RUNS + 1] = { { 0, 0 } }, none = { 0, TRIES };
		double noise, low;
		struct proportion is;

		for (int i = 0; i <= RUNS; i++) {
			double mood = 0.6 + 0.35 * uniform(&state);

			runs[i].tries = TRIES;
			for (int k = 0; k < TRIES; k++)
				runs[i].count += uniform(&state) < mood;
		}
		noise = proportion_noise(PROPORTION_SHARE, runs, RUNS);
		low = 0.8 * proportion_of(PROPORTION_SHARE, proportion_sum(runs, RUNS),
					  proportion_spread(PROPORTION_SHARE, runs, RUNS, noise),
					  0.95)
				    .low;
		is = proportion_of(PROPORTION_SHARE, runs[RUNS],
				   proportion_spread(PROPORTION_SHARE, &runs[RUNS], 1, noise),
				   0.95);
		alarms += is.high < low;
		missed += proportion_of(PROPORTION_SHARE, none, 1, 0.95).high >= low;
	}
	CU_ASSERT(alarms <= BASELINES / 50);
	CU_ASSERT_EQUAL(missed, 0);
}

static char path[] = "/tmp/foliostorm-test.XXXXXX";

static void write_baseline(const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void compared(void)
{
	static const struct {
		const char *name, *expected;
		int punches, hit, exposures, r;
		bool fallen;
	} cases[] = {
		{ "a", "hit", 560, 470, 600, 0, false },
		{ "a", "hit", 560, 400, 600, 0, false }, /* within the slack */
		{ "a", "hit", 560, 100, 600, 0, true },
		{ "a", "hit", 560, 0, 0, 0, true },
		{ "a", "hit", 3, 1, 0, 0, false }, /* three punches say little */
		{ "a", "hit", 0, 0, 0, -ENODATA, false },
		{ "a", "clean", 560, 0, 600, -ENODATA, false },
		{ "c", "clean", 560, 0, 560, 0, false },
		{ "c", "clean", 560, 0, 12, 0, true },
		{ "c", "clean", 560, 0, 0, 0, true },
		{ "unknown", "hit", 560, 470, 600, -ENODATA, false },
	};
	struct baseline_comparison comparison;
	struct baseline *baseline;
	struct test_point point;
	char why[400];

	unlink(path);
	CU_ASSERT_EQUAL_FATAL(baseline_load(&baseline, path, true), 0);
	point = point_of("a", result_of("pass", "hit", 566, 485, 625));
	CU_ASSERT_EQUAL(baseline_take(baseline, &point), 0);
	test_point_release(&point);
	point = point_of("c", result_of("pass", "clean", 575, 0, 571));
	CU_ASSERT_EQUAL(baseline_take(baseline, &point), 0);
	test_point_release(&point);
	point = point_of("f", result_of("fail", "clean", 575, 0, 571));
	CU_ASSERT_EQUAL(baseline_take(baseline, &point), -ENODATA);
	test_point_release(&point);
	CU_ASSERT_EQUAL(baseline_write(baseline, path), 0);
	baseline_free(baseline);
	CU_ASSERT_EQUAL_FATAL(baseline_load(&baseline, path, false), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		point = point_of(cases[i].name,
				 result_of("pass", cases[i].expected, cases[i].punches,
					   cases[i].hit, cases[i].exposures));
		comparison.fallen = false;
		*why = '\0';
		CU_ASSERT_EQUAL(baseline_compare(baseline, &point, &comparison, why, sizeof(why)),
				cases[i].r);
		CU_ASSERT_EQUAL(comparison.fallen, cases[i].fallen);
		CU_ASSERT(strlen(why) > 10);
		test_point_release(&point);
	}
	baseline_free(baseline);
}

static void wrong_files(void)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"tests\":{}}",
		"{\"foliostorm_baseline\":1,\"tests\":{\"a\":{}}}",
		"{\"foliostorm_baseline\":1,\"tests\":{\"a\":{\"expected\":\"hit\",\"slack\":2,"
		"\"runs\":[{\"punches\":1,\"punches_hit\":1,\"exposures\":1}]}}}",
		"{\"foliostorm_baseline\":1,\"tests\":{\"a\":{\"expected\":\"hit\",\"slack\":0.2,"
		"\"runs\":[]}}}",
		"{\"foliostorm_baseline\":1,\"tests\":{\"a\":{\"expected\":\"hit\",\"slack\":0.2,"
		"\"runs\":[{\"punches\":1,\"punches_hit\":2,\"exposures\":1}]}}}",
		"{\"foliostorm_baseline\":1,\"tests\":{\"a\":{\"expected\":\"hit\",\"slack\":0.2,"
		"\"runs\":[{\"punches\":1,\"punches_hit\":1,\"exposures\":-5}]}}}",
	};
	struct baseline *baseline;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		write_baseline(texts[i]);
		CU_ASSERT_EQUAL(baseline_load(&baseline, path, true), -EINVAL);
		CU_ASSERT_PTR_NULL(baseline);
	}
	unlink(path);
	CU_ASSERT_EQUAL(baseline_load(&baseline, path, false), -ENOENT);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "names and series", names },
		{ "KTAP and JUnit", formats },
		{ "a forged cell", forged },
		{ "bisections", bisections },
		{ "markup", escaped },
		{ "intervals", intervals },
		{ "intervals of impossible counts", impossible_counts },
		{ "intervals of many tries", many_tries },
		{ "intervals hold the truth", coverage },
		{ "moods of runs", moods },
		{ "false alarms", false_alarms },
		{ "baselines", compared },
		{ "files that are no baseline", wrong_files },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), code;

	if (fd < 0)
		return 1;
	close(fd);
	code = run_suite("regression", tests);
	unlink(path);
	return code;
}
