/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Annotations of GitHub's workflows: one line of standard output each. */
#include "tools/verdict/test_point.h"

#include <string.h>

static const char *const commands[TEST_OUTCOMES] = {
	[TEST_PASS] = "notice",          [TEST_XFAIL] = "notice", [TEST_FAIL] = "error",
	[TEST_XPASS] = "error",          [TEST_ERROR] = "error",  [TEST_SKIP] = "notice",
	[TEST_INCONCLUSIVE] = "warning",
};

/* Escapes line breaks, which end an annotation, and in properties also separators. */
static void escape(FILE *to, const char *text, const char *escaped)
{
	for (; *text; text++)
		if (strchr(escaped, *text))
			fprintf(to, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, to);
}

void format_github(FILE *to, const struct test_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct test_point *point = &points[i];

		fprintf(to, "::%s title=", commands[point->outcome]);
		escape(to, point->group, "%\r\n:,");
		fputs(*point->group ? "/" : "", to);
		escape(to, point->name, "%\r\n:,");
		fprintf(to, "::%s: ", test_outcome_names[point->outcome]);
		escape(to, point->reason, "%\r\n");
		fputc('\n', to);
	}
}
