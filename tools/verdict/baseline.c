/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/baseline.h"
#include "injector/base/report.h"
#include "tools/base/load_json.h"
#include "tools/base/save.h"
#include "tools/verdict/result_keys.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NO_BASELINE "not a baseline; name a file that --save-baseline wrote"

struct baseline {
	json_t *root;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The key of a point's test. It names the kernel's series even where the point's id does not. */
static void key_of(const struct test_point *point, char *key, size_t size)
{
	const char *kernel = text_of(point->result, "release");
	char series[64];

	if (!*kernel)
		kernel = text_of(point->result, "kernel");
	snprintf(key, size, "%s/%s",
		 *point->group ? point->group : test_point_series(kernel, series, sizeof(series)),
		 point->name);
}

static json_t *tests_of(const struct baseline *baseline)
{
	return json_object_get(baseline->root, "tests");
}

static bool is_count(const json_t *run, const char *key)
{
	const json_t *value = json_object_get(run, key);

	return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* Returns what is wrong with a test of the file; NULL: nothing. */
static const char *complaint(const json_t *test)
{
	const json_t *runs = json_object_get(test, "runs"), *slack = json_object_get(test, "slack");
	const char *expected = text_of(test, "expected");
	size_t i;
	json_t *run;

	if (strcmp(expected, "hit") && strcmp(expected, "clean"))
		return "\"expected\" is missing or invalid; allowed: \"hit\" or \"clean\"";
	if (!json_is_number(slack) || json_number_value(slack) < 0 || json_number_value(slack) > 1)
		return "\"slack\" is missing or invalid; allowed: a number from 0 to 1";
	if (!json_array_size(runs))
		return "\"runs\" is missing or invalid; allowed: a list with at least one item";
	json_array_foreach (runs, i, run)
		if (!is_count(run, "punches") || !is_count(run, "punches_hit") ||
		    !is_count(run, "exposures") ||
		    json_integer_value(json_object_get(run, "punches_hit")) >
			    json_integer_value(json_object_get(run, "punches")))
			return "\"punches\", \"punches_hit\" or \"exposures\" of one of \"runs\" "
			       "is "
			       "missing or invalid; allowed: numbers from 0, and no more "
			       "\"punches_hit\" than \"punches\"";
	return NULL;
}

int baseline_load(struct baseline **baseline, const char *path, bool missing_is_empty)
{
	json_error_t error;
	json_t *root, *test;
	const char *key;

	*baseline = NULL;
	if (missing_is_empty && access(path, F_OK) && errno == ENOENT)
		root = json_pack("{s:i, s:{}}", "foliostorm_baseline", 1, "tests");
	else if (access(path, R_OK))
		return report(-errno, "%s", path);
	else
		root = load_json(path, &error);
	if (!root)
		return report(0, "%s:%d: " NO_BASELINE " (%s)", path, error.line, error.text);
	if (json_integer_value(json_object_get(root, "foliostorm_baseline")) != 1 ||
	    !json_is_object(json_object_get(root, "tests"))) {
		json_decref(root);
		return report(0, "%s: " NO_BASELINE, path);
	}
	json_object_foreach (json_object_get(root, "tests"), key, test)
		if (complaint(test)) {
			report(0, "%s: %s: %s", path, key, complaint(test));
			json_decref(root);
			return -EINVAL;
		}
	*baseline = calloc(1, sizeof(**baseline));
	if (!*baseline) {
		json_decref(root);
		return report(-ENOMEM, "%s", path);
	}
	(*baseline)->root = root;
	return 0;
}

void baseline_free(struct baseline *baseline)
{
	if (baseline)
		json_decref(baseline->root);
	free(baseline);
}

static double number_of(const json_t *run, const char *key)
{
	return json_number_value(json_object_get(run, key));
}

static struct proportion_count count_of(const json_t *run, enum proportion_kind kind)
{
	return (struct proportion_count){
		.count = number_of(run, kind == PROPORTION_SHARE ? "punches_hit" : "exposures"),
		.tries = number_of(run, "punches"),
	};
}

static void describe(const struct baseline_comparison *comparison, char *why, size_t size)
{
	bool share = comparison->kind == PROPORTION_SHARE;
	double unit = share ? 100 : 1;
	const char *sign = share ? " %" : "";

	snprintf(why, size,
		 "%s %.3g%s (with 95 %% confidence %.3g to %.3g), was %.3g%s (%.3g to %.3g); it "
		 "has %s %.3g%s, the lower end less the slack",
		 share ? "hits of punches" : "exposures of a punch", comparison->is.value * unit,
		 sign, comparison->is.low * unit, comparison->is.high * unit,
		 comparison->was.value * unit, sign, comparison->was.low * unit,
		 comparison->was.high * unit,
		 comparison->fallen ? "fallen below" : "not fallen below", comparison->limit * unit,
		 sign);
}

static int compare(const json_t *test, const json_t *result, enum proportion_kind kind,
		   struct baseline_comparison *comparison)
{
	const json_t *list = json_object_get(test, "runs");
	size_t count = json_array_size(list);
	struct proportion_count *runs = calloc(count, sizeof(*runs));
	const struct proportion_count now = count_of(result, kind);
	double noise;

	if (!runs)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		runs[i] = count_of(json_array_get(list, i), kind);
	noise = proportion_noise(kind, runs, count);
	comparison->kind = kind;
	comparison->was =
		proportion_of(kind, proportion_sum(runs, count),
			      proportion_spread(kind, runs, count, noise), BASELINE_CONFIDENCE);
	comparison->is = proportion_of(kind, now, proportion_spread(kind, &now, 1, noise),
				       BASELINE_CONFIDENCE);
	comparison->limit = comparison->was.low * (1 - number_of(test, "slack"));
	comparison->fallen = comparison->is.high < comparison->limit;
	free(runs);
	return 0;
}

int baseline_compare(const struct baseline *baseline, const struct test_point *point,
		     struct baseline_comparison *comparison, char *why, size_t size)
{
	const char *expected = text_of(point->result, "expected");
	const json_t *test;
	char key[256];

	if (!point->result) {
		snprintf(why, size, "there is no result to compare");
		return -ENODATA;
	}
	key_of(point, key, sizeof(key));
	test = json_object_get(tests_of(baseline), key);
	if (!test) {
		snprintf(why, size, "the baseline has no %s", key);
		return -ENODATA;
	}
	if (strcmp(text_of(test, "expected"), expected)) {
		snprintf(why, size, "the baseline of %s is of runs that expected %s", key,
			 text_of(test, "expected"));
		return -ENODATA;
	}
	if (number_of(point->result, "punches") <= 0 ||
	    (strcmp(expected, "hit") &&
	     !json_is_integer(json_object_get(point->result, "exposures")))) {
		snprintf(why, size, "it counted nothing to compare");
		return -ENODATA;
	}
	if (compare(test, point->result,
		    strcmp(expected, "hit") ? PROPORTION_MEAN : PROPORTION_SHARE, comparison)) {
		snprintf(why, size, "no memory");
		return -ENODATA;
	}
	describe(comparison, why, size);
	return 0;
}

static json_t *run_of(const json_t *result)
{
	return json_pack("{s:I, s:I, s:I}", "punches",
			 json_integer_value(json_object_get(result, "punches")), "punches_hit",
			 json_integer_value(json_object_get(result, "punches_hit")), "exposures",
			 json_integer_value(json_object_get(result, "exposures")));
}

int baseline_take(struct baseline *baseline, const struct test_point *point)
{
	const json_t *each = json_object_get(point->result, "each"), *before;
	double slack = BASELINE_SLACK;
	json_t *runs, *run;
	char key[256];
	size_t i;

	if (!point->result || (point->outcome != TEST_PASS && point->outcome != TEST_XFAIL))
		return report(0, "%s is not taken into the baseline: it did not pass", point->name),
		       -ENODATA;
	if (number_of(point->result, "punches") <= 0)
		return report(0, "%s is not taken into the baseline: it counted no punches",
			      point->name),
		       -ENODATA;
	key_of(point, key, sizeof(key));
	before = json_object_get(tests_of(baseline), key);
	if (before)
		slack = number_of(before, "slack");
	runs = json_array();
	json_array_foreach (each, i, run)
		json_array_append_new(runs, run_of(run));
	if (!json_array_size(runs))
		json_array_append_new(runs, run_of(point->result));
	json_object_set_new(tests_of(baseline), key,
			    json_pack("{s:s, s:s, s:f, s:o}", "kernel",
				      *text_of(point->result, "release")
					      ? text_of(point->result, "release")
					      : text_of(point->result, "kernel"),
				      "expected", text_of(point->result, "expected"), "slack",
				      slack, "runs", runs));
	return 0;
}

int baseline_write(const struct baseline *baseline, const char *path)
{
	return save_json(path, baseline->root,
			 JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
}

/* A comparison for the group `baseline`. */
struct comparison_row {
	const struct baseline_comparison *comparison; /* NULL: nothing to compare with */
	const char *why;
};

static json_t *make_rate(const void *at)
{
	return json_real(((const struct proportion *)at)->value);
}

static json_t *make_low(const void *at)
{
	return json_real(((const struct proportion *)at)->low);
}

static json_t *make_high(const void *at)
{
	return json_real(((const struct proportion *)at)->high);
}

static const struct key interval_keys[] = {
	{ "rate", KEY_REAL, NULL, "the hit rate", 0, .make = make_rate },
	{ "low", KEY_REAL, NULL, "lower end of its 95 % confidence interval", 0, .make = make_low },
	{ "high", KEY_REAL, NULL, "upper end of that interval", 0, .make = make_high },
	KEY_END,
};

static json_t *make_fallen(const void *at)
{
	const struct comparison_row *row = at;

	return row->comparison ? json_boolean(row->comparison->fallen) : NULL;
}

static json_t *make_was(const void *at)
{
	const struct comparison_row *row = at;

	return row->comparison ? keys_object(interval_keys, &row->comparison->was) : NULL;
}

static json_t *make_is(const void *at)
{
	const struct comparison_row *row = at;

	return row->comparison ? keys_object(interval_keys, &row->comparison->is) : NULL;
}

static json_t *make_limit(const void *at)
{
	const struct comparison_row *row = at;

	return row->comparison ? json_real(row->comparison->limit) : NULL;
}

const struct key baseline_keys[] = {
	{ "fallen", KEY_BOOLEAN, NULL,
	  "the rate has fallen significantly; null: there is nothing to compare with", KEY_NULL,
	  .make = make_fallen },
	{ "text", KEY_TEXT, NULL, "the comparison in words", 0,
	  KEY_AT(key_string, struct comparison_row, why) },
	{ "was", KEY_GROUP, NULL, "the rate in the baseline", KEY_OPTIONAL, .make = make_was,
	  .keys = interval_keys },
	{ "is", KEY_GROUP, NULL, "the rate now", KEY_OPTIONAL, .make = make_is,
	  .keys = interval_keys },
	{ "limit", KEY_REAL, NULL, "the lowest `is.high` that passes", KEY_OPTIONAL,
	  .make = make_limit },
	KEY_END,
};

json_t *baseline_comparison_json(const struct baseline_comparison *comparison, const char *why)
{
	const struct comparison_row row = { comparison, why };

	return keys_object(baseline_keys, &row);
}
