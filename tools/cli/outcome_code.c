/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/outcome_code.h"

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
