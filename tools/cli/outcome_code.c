/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/outcome_code.h"
#include "tools/guest/outcome.h"

enum exit_code exit_code_of_outcome(enum test_outcome outcome)
{
	static const enum exit_code codes[TEST_OUTCOMES] = {
		[TEST_PASS] = EXIT_AS_EXPECTED,          [TEST_XFAIL] = EXIT_AS_EXPECTED,
		[TEST_FAIL] = EXIT_NOT_AS_EXPECTED,      [TEST_XPASS] = EXIT_NOT_AS_EXPECTED,
		[TEST_INCONCLUSIVE] = EXIT_INCONCLUSIVE, [TEST_ERROR] = EXIT_RUN_ERROR,
		[TEST_SKIP] = EXIT_PRECONDITION,
	};

	return codes[outcome];
}

static enum test_outcome bisect_outcome_of(const struct test_point *point)
{
	switch (point->outcome) {
	case TEST_XFAIL:
		return TEST_FAIL;
	case TEST_XPASS:
		return TEST_PASS;
	case TEST_SKIP:
		return TEST_INCONCLUSIVE;
	case TEST_ERROR:
		return outcome_is_of_kernel(point->result) ? TEST_INCONCLUSIVE : TEST_ERROR;
	default:
		return point->outcome;
	}
}

enum test_outcome bisect_outcome(const struct test_point *points, size_t count)
{
	enum test_outcome worst = TEST_PASS;

	for (size_t i = 0; i < count; i++) {
		enum test_outcome outcome = bisect_outcome_of(&points[i]);

		if (outcome != TEST_FAIL &&
		    json_is_true(json_object_get(points[i].result, "interrupted")))
			outcome = TEST_ERROR;
		if (test_outcome_severity(outcome) > test_outcome_severity(worst))
			worst = outcome;
	}
	return worst;
}

int exit_code_said(enum exit_codes codes, int code)
{
	enum { CANNOT_TELL = 125, STOP = 128 };

	if (codes == EXIT_CODES_OWN)
		return code;
	switch (code) {
	case EXIT_AS_EXPECTED:
	case EXIT_NOT_AS_EXPECTED:
		return code;
	case EXIT_INCONCLUSIVE:
	case EXIT_PRECONDITION:
		return CANNOT_TELL;
	default:
		return STOP + code;
	}
}
