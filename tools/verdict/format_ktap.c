/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_keys.h"
#include "tools/verdict/test_point.h"

#include <string.h>

/* Begin and directive of the result line of each outcome. An inconclusive test proves nothing, so
 * it is not ok. A test is skipped if the machine lacks a precondition. */
static const struct {
	const char *begins, *directive;
} lines[TEST_OUTCOMES] = {
	[TEST_PASS] = { "ok", NULL },
	[TEST_FAIL] = { "not ok", NULL },
	[TEST_XFAIL] = { "ok", "XFAIL" },
	[TEST_XPASS] = { "not ok", NULL },
	[TEST_INCONCLUSIVE] = { "not ok", NULL },
	[TEST_ERROR] = { "not ok", NULL },
	[TEST_SKIP] = { "ok", "SKIP" },
};

static void print_key(FILE *to, const json_t *result, const char *key)
{
	const json_t *value = json_object_get(result, key);
	char *text;

	if (!value || json_is_null(value))
		return;
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
	fprintf(to, "# %s: %s\n", key, text ? text : "?");
	free(text);
}

/* Prints diagnostics: the main keys of a result, a cell of a matrix, or repeated runs. */
static void print_keys(FILE *to, const json_t *result)
{
	for (const struct key *key = result_keys; key->name; key++)
		if (key->flags & RESULT_POINT)
			print_key(to, result, key->name);
	print_key(to, result, "release");
	print_key(to, result, "runs");
	print_key(to, result, "runs_hit");
}

static void print_kernel_lines(FILE *to, const json_t *result)
{
	const json_t *list = json_object_get(json_object_get(result, "kernel_log"), "lines");
	size_t i;
	json_t *line;

	json_array_foreach (list, i, line) {
		const char *text = json_string_value(line) ?: "";

		fprintf(to, "# kernel: %.*s\n", (int)strcspn(text, "\r\n"), text);
	}
}

static void print_point(FILE *to, const struct test_point *point, size_t number)
{
	const char *directive = lines[point->outcome].directive;

	print_keys(to, point->result);
	print_kernel_lines(to, point->result);
	fprintf(to, "# %s: %s\n", test_outcome_names[point->outcome], point->reason);
	fprintf(to, "%s %zu %s%s%s", lines[point->outcome].begins, number, point->group,
		*point->group ? "/" : "", point->name);
	if (directive)
		fprintf(to, " # %s %s", directive, point->reason);
	fputc('\n', to);
}

void format_ktap(FILE *to, const struct test_point *points, size_t count)
{
	size_t totals[TEST_OUTCOMES] = { 0 };

	fprintf(to, "KTAP version 1\n1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		print_point(to, &points[i], i + 1);
		totals[points[i].outcome]++;
	}
	fputs("# Totals:", to);
	for (int i = 0; i < TEST_OUTCOMES; i++)
		fprintf(to, " %s:%zu", test_outcome_names[i], totals[i]);
	fputc('\n', to);
}
