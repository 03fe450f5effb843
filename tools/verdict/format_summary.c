/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of text for each point. */
#include "injector/base/plain_text.h"
#include "tools/verdict/test_point.h"

#include <string.h>

static const char *const phrases[TEST_OUTCOMES] = {
	[TEST_PASS] = ", as expected",
	[TEST_XFAIL] = ", known to fail here",
	[TEST_FAIL] = ", not as expected",
	[TEST_XPASS] = ", as expected, and expect.xfail is out of date",
	[TEST_ERROR] = "",
	[TEST_SKIP] = "",
	[TEST_INCONCLUSIVE] = "",
};

void format_summary(FILE *to, const struct test_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct test_point *point = &points[i];
		const char *kernel = json_string_value(json_object_get(point->result, "kernel"));
		const char *said = json_string_value(json_object_get(point->result, "verdict"));
		char verdict[32];

		fprintf(to, "%s%s%s", point->group, *point->group ? "/" : "", point->name);
		if (kernel && !*point->group)
			fprintf(to, " on %s", kernel);
		snprintf(verdict, sizeof(verdict), "%s",
			 said ? said : test_outcome_names[point->outcome]);
		fprintf(to, ": %s%s: %s\n", plain_text(verdict, false), phrases[point->outcome],
			point->reason);
	}
}
