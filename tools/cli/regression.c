/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/regression.h"
#include "injector/base/append_text.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"
#include "tools/base/out.h"
#include "tools/cli/command_line.h"
#include "tools/cli/outcome_code.h"
#include "tools/verdict/baseline.h"

#include <errno.h>
#include <string.h>

int regression_begin(struct regression *regression, const struct run_arguments *arguments)
{
	struct baseline *saved;
	int r = 0;

	*regression = (struct regression){ .arguments = arguments };
	if (arguments->save_baseline) {
		r = out_check_file("--save-baseline", arguments->save_baseline, OUT_ANY)
			    ?: baseline_load(&saved, arguments->save_baseline, true);
		if (!r)
			baseline_free(saved);
	}
	if (!r && arguments->baseline)
		r = baseline_load(&regression->baseline, arguments->baseline, false);
	return output_error(r);
}

void regression_release(struct regression *regression)
{
	baseline_free(regression->baseline);
	regression->baseline = NULL;
}

static void worsen(struct test_point *point, enum test_outcome outcome, const char *about,
		   const char *why)
{
	size_t used = strlen(point->reason);

	point->outcome = outcome;
	append_text(point->reason, sizeof(point->reason), used, "; %s: %s", about, why);
	if (!point->result)
		return;
	json_object_set_new(point->result, "outcome", json_string(test_outcome_names[outcome]));
	json_object_set_new(point->result, "as_expected", json_false());
	json_object_set_new(point->result, "reason", json_string(point->reason));
}

static void compare(const struct regression *regression, struct test_point *point)
{
	struct baseline_comparison comparison = { .fallen = false };
	char why[400];
	int r;

	/* An unfinished run says nothing about rates, and has its own exit code. */
	if (point->outcome == TEST_ERROR || point->outcome == TEST_SKIP)
		return;
	r = baseline_compare(regression->baseline, point, &comparison, why, sizeof(why));
	if (point->result)
		json_object_set_new(point->result, "baseline",
				    baseline_comparison_json(r ? NULL : &comparison, why));
	if (!r && comparison.fallen)
		worsen(point, TEST_FAIL, "baseline", why);
	else if (r && (point->outcome == TEST_PASS || point->outcome == TEST_XFAIL))
		worsen(point, TEST_INCONCLUSIVE, "baseline", why);
}

static int save(const char *path, const struct test_point *points, size_t count)
{
	struct baseline *baseline;
	int r = baseline_load(&baseline, path, true);
	size_t taken = 0;

	for (size_t i = 0; i < count && !r; i++)
		taken += !baseline_take(baseline, &points[i]);
	if (taken)
		r = baseline_write(baseline, path);
	baseline_free(baseline);
	return r;
}

int regression_judge(const struct regression *regression, struct test_point *points, size_t count)
{
	const char *path = regression->arguments->save_baseline;

	for (size_t i = 0; i < count && regression->baseline; i++)
		compare(regression, &points[i]);
	if (path && save(path, points, count))
		return EXIT_RUN_ERROR;
	return (int)exit_code_of_outcome(regression->arguments->exit_codes == EXIT_CODES_BISECT
						 ? bisect_outcome(points, count)
						 : test_points_outcome(points, count));
}

static void print_baselines(const struct test_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(
			json_object_get(json_object_get(points[i].result, "baseline"), "text"));

		if (!text)
			continue;
		printf("baseline   ");
		if (count > 1)
			printf("%s%s%s: ", points[i].group, *points[i].group ? "/" : "",
			       points[i].name);
		puts(text);
	}
}

static void print_runs(const json_t *result)
{
	const json_t *runs = json_object_get(result, "runs");

	if (json_is_integer(runs))
		printf("runs       %s: %s\n", json_string_value(json_object_get(result, "outcome")),
		       json_string_value(json_object_get(result, "reason")));
}

int regression_conclude(const struct regression *regression, const char *name, int error,
			const char *why, json_t *result)
{
	struct test_point point;
	int code;

	if (result)
		test_point_of_result(&point, "", name, result);
	else
		test_point_without(&point, "", name, error, why);
	if (error && result)
		worsen(&point, TEST_ERROR, "error",
		       *why ? why : "a run failed, see standard error");
	code = regression_judge(regression, &point, 1);
	if (regression->arguments->format == FORMAT_TEXT)
		print_runs(point.result);
	if (regression->arguments->format != FORMAT_JSON || point.result)
		regression_print(regression, &point, 1, point.result);
	test_point_release(&point);
	return error && !result ? exit_code_of_error(error) : code;
}

void regression_print(const struct regression *regression, const struct test_point *points,
		      size_t count, const json_t *whole)
{
	const struct kcidb_names names = { .origin = regression->arguments->origin,
					   .build_id = regression->arguments->build_id };

	switch (regression->arguments->format) {
	case FORMAT_TEXT:
		print_baselines(points, count);
		break;
	case FORMAT_JSON:
		command_line_print_json(whole);
		break;
	case FORMAT_KTAP:
		format_ktap(stdout, points, count);
		break;
	case FORMAT_GITHUB:
		format_github(stdout, points, count);
		break;
	case FORMAT_KCIDB:
		format_kcidb(stdout, points, count, &names);
		break;
	case FORMAT_SUMMARY:
		format_summary(stdout, points, count);
		break;
	case FORMAT_JUNIT:
		format_junit(stdout, points, count);
		break;
	}
}
