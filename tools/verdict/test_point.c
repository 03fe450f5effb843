/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/test_point.h"
#include "injector/base/kernel.h"
#include "injector/base/plain_text.h"
#include "tools/base/exit_code.h"
#include "tools/verdict/result_read.h"

#include <string.h>

/* Replaces characters at which test runners split or quote ids. */
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

/* The names may come from results of others. In TAP a line break would begin another result, and
 * "#" a directive. The name of a kernel keeps other characters, such as a colon. */
static void begin(struct test_point *point, const char *group, const char *name)
{
	*point = (struct test_point){ .outcome = TEST_ERROR, .seconds = -1 };
	snprintf(point->group, sizeof(point->group), "%s", group);
	plain_text(point->group, false);
	for (char *c = point->group; *c; c++)
		if (*c == '#')
			*c = '_';
	snprintf(point->name, sizeof(point->name), "%s", name);
	make_plain(point->name);
}

/* Copies the reason as one line: TAP puts it into comments. */
static void take_reason(struct test_point *point, const char *reason)
{
	snprintf(point->reason, sizeof(point->reason), "%s", reason);
	for (char *c = point->reason; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	plain_text(point->reason, false);
}

void test_point_of_result(struct test_point *point, const char *group, const char *name,
			  json_t *result)
{
	const char *outcome = json_string_value(json_object_get(result, "outcome"));
	const char *reason = json_string_value(json_object_get(result, "reason"));
	const json_t *seconds = json_object_get(result, "seconds");

	begin(point, group, name);
	point->result = json_incref(result);
	point->outcome = outcome ? test_outcome_find(outcome) : result_outcome(result);
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

enum test_outcome test_points_outcome(const struct test_point *points, size_t count)
{
	enum test_outcome worst = count ? points[0].outcome : TEST_PASS;

	for (size_t i = 1; i < count; i++)
		if (test_outcome_severity(points[i].outcome) > test_outcome_severity(worst))
			worst = points[i].outcome;
	return worst;
}
