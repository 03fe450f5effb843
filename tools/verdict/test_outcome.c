/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/test_outcome.h"

#include <string.h>

const char *const test_outcome_names[] = {
	[TEST_PASS] = "pass",   [TEST_FAIL] = "fail", [TEST_XFAIL] = "xfail",
	[TEST_XPASS] = "xpass", [TEST_SKIP] = "skip", [TEST_INCONCLUSIVE] = "inconclusive",
	[TEST_ERROR] = "error",
};

enum test_outcome test_outcome_find(const char *name)
{
	for (int i = 0; name && i < TEST_OUTCOMES; i++)
		if (!strcmp(name, test_outcome_names[i]))
			return (enum test_outcome)i;
	return TEST_ERROR;
}

bool test_outcome_as_expected(enum test_outcome outcome)
{
	return outcome == TEST_PASS || outcome == TEST_XFAIL;
}

unsigned int test_outcome_severity(enum test_outcome outcome)
{
	static const unsigned int severities[TEST_OUTCOMES] = {
		[TEST_SKIP] = 0,  [TEST_PASS] = 1, [TEST_XFAIL] = 1, [TEST_INCONCLUSIVE] = 2,
		[TEST_ERROR] = 3, [TEST_FAIL] = 4, [TEST_XPASS] = 4,
	};

	return severities[outcome];
}
