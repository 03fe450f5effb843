/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/test_point.h"
#include "injector/base/kernel.h"
#include "tools/verdict/result_read.h"

#include <string.h>

const char *const test_outcome_names[] = {
	[TEST_PASS] = "pass",   [TEST_FAIL] = "fail", [TEST_XFAIL] = "xfail",
	[TEST_XPASS] = "xpass", [TEST_SKIP] = "skip", [TEST_INCONCLUSIVE] = "inconclusive",
	[TEST_ERROR] = "error",
};

/* What runners split and quote ids by is not in them. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if (!strchr("._+-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
			    *text))
			*text = '_';
}

const char *test_point_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base);

	if (length > 4 && !strcmp(base + length - 4, ".cfg"))
		length -= 4;
	snprintf(name, size, "%.*s", (int)length, base);
	make_plain(name);
	return name;
}

const char *test_point_series(const char *release, char *series, size_t size)
{
	struct kernel_version version;

	if (kernel_parse(release, &version)) {
		snprintf(series, size, "%s", release);
		make_plain(series);
	} else {
		snprintf(series, size, "%u.%u", version.major, version.minor);
	}
	return series;
}

static void begin(struct test_point *point, const char *group, const char *name)
{
	*point = (struct test_point){ .outcome = TEST_ERROR, .seconds = -1 };
	snprintf(point->group, sizeof(point->group), "%s", group);
	snprintf(point->name, sizeof(point->name), "%s", name);
}

/* A line: what is said of a point goes into comments of TAP. */
static void take_reason(struct test_point *point, const char *reason)
{
	snprintf(point->reason, sizeof(point->reason), "%s", reason);
	for (char *c = point->reason; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

void test_point_of_result(struct test_point *point, const char *group, const char *name,
			  json_t *result)
{
	const char *word = json_string_value(json_object_get(result, "outcome"));
	const char *reason = json_string_value(json_object_get(result, "reason"));
	const json_t *seconds = json_object_get(result, "seconds");

	begin(point, group, name);
	point->result = json_incref(result);
	if (!word)
		word = result_outcome(result);
	for (int i = 0; word && i < TEST_OUTCOMES; i++)
		if (!strcmp(word, test_outcome_names[i]))
			point->outcome = (enum test_outcome)i;
	take_reason(point, reason ? reason : "it left no reason");
	if (!json_is_number(seconds))
		seconds = json_object_get(result, "duration_seconds");
	if (json_is_number(seconds))
		point->seconds = json_number_value(seconds);
}

void test_point_without(struct test_point *point, const char *group, const char *name, int error,
			const char *reason)
{
	bool missing = error_is_precondition(error);

	begin(point, group, name);
	point->outcome = missing ? TEST_SKIP : TEST_ERROR;
	if (reason && *reason)
		take_reason(point, reason);
	else
		take_reason(point, missing ? "a precondition is missing: see standard error"
					   : "there was no run: see standard error");
}

void test_point_release(struct test_point *point)
{
	json_decref(point->result);
	point->result = NULL;
}

enum exit_code test_points_exit(const struct test_point *points, size_t count)
{
	static const enum exit_code codes[TEST_OUTCOMES] = {
		[TEST_FAIL] = EXIT_NOT_AS_EXPECTED, [TEST_XPASS] = EXIT_NOT_AS_EXPECTED,
		[TEST_ERROR] = EXIT_RUN_ERROR,      [TEST_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
		[TEST_SKIP] = EXIT_PRECONDITION,
	};
	/* The worst first. */
	static const enum exit_code order[] = { EXIT_NOT_AS_EXPECTED, EXIT_RUN_ERROR,
						EXIT_INCONCLUSIVE, EXIT_AS_EXPECTED };

	for (size_t worst = 0; worst < sizeof(order) / sizeof(order[0]); worst++)
		for (size_t i = 0; i < count; i++)
			if (codes[points[i].outcome] == order[worst])
				return order[worst];
	return count ? EXIT_PRECONDITION : EXIT_AS_EXPECTED;
}
