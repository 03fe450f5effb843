/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/markup.h"
#include "tools/verdict/test_point.h"

#include <string.h>

/* The element for a point's outcome; a pass has none. */
static const char *const elements[TEST_OUTCOMES] = {
	[TEST_FAIL] = "failure", [TEST_XPASS] = "failure",      [TEST_XFAIL] = "skipped",
	[TEST_SKIP] = "skipped", [TEST_INCONCLUSIVE] = "error", [TEST_ERROR] = "error",
};

static size_t count_of(const struct test_point *points, size_t count, const char *element)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += elements[points[i].outcome] == element;
	return found;
}

static void print_attributes(FILE *to, const struct test_point *points, size_t count)
{
	double seconds = 0;

	for (size_t i = 0; i < count; i++)
		seconds += points[i].seconds > 0 ? points[i].seconds : 0;
	fprintf(to, "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"",
		count, count_of(points, count, elements[TEST_FAIL]),
		count_of(points, count, elements[TEST_ERROR]),
		count_of(points, count, elements[TEST_SKIP]), seconds);
}

/* All scalar values of a result, as the output of its test case. */
static void print_result(FILE *to, const json_t *result)
{
	const char *key;
	const json_t *value;

	fputs("<system-out>", to);
	json_object_foreach ((json_t *)result, key, value) {
		char *text;

		/* Omits the scenario: its text is long, and in the --out directory. */
		if (json_is_object(value) || json_is_array(value) || json_is_null(value) ||
		    !strcmp(key, "scenario"))
			continue;
		text = json_is_string(value)
			       ? NULL
			       : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
		markup_escape(to, key);
		fputs(": ", to);
		markup_escape(to, text ? text : json_string_value(value));
		fputc('\n', to);
		free(text);
	}
	fputs("</system-out>", to);
}

static void print_point(FILE *to, const struct test_point *point)
{
	const char *element = elements[point->outcome];

	fputs("<testcase classname=\"foliostorm", to);
	if (*point->group) {
		fputc('.', to);
		markup_escape(to, point->group);
	}
	fputs("\" name=\"", to);
	markup_escape(to, point->name);
	fprintf(to, "\" time=\"%.3f\">", point->seconds > 0 ? point->seconds : 0);
	if (element) {
		fprintf(to, "<%s", element);
		if (element != elements[TEST_SKIP])
			fprintf(to, " type=\"%s\"", test_outcome_names[point->outcome]);
		fprintf(to, " message=\"%s: ", test_outcome_names[point->outcome]);
		markup_escape(to, point->reason);
		fputs("\"/>", to);
	}
	if (point->result)
		print_result(to, point->result);
	fputs("</testcase>\n", to);
}

void format_junit(FILE *to, const struct test_point *points, size_t count)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"foliostorm\" ", to);
	print_attributes(to, points, count);
	fputs(">\n<testsuite name=\"foliostorm\" ", to);
	print_attributes(to, points, count);
	fputs(">\n", to);
	for (size_t i = 0; i < count; i++)
		print_point(to, &points[i]);
	fputs("</testsuite>\n</testsuites>\n", to);
}
