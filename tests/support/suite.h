/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CUnit suite of this project needs: a table of tests, and run_suite("name", table) as what
 * main() returns. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

enum { SKIP = 77 };

static bool suite_skips;

/* In a test, which returns then: it cannot be made here. The suite counts as skipped unless
 * something fails; its other tests run. */
static inline void skip_test(const char *reason)
{
	printf("skipped: %s ", reason);
	suite_skips = true;
}

/* Runs the tests and returns main()'s exit code: 0 all passed, SKIP some were skipped, 1
 * otherwise. */
static inline int run_suite(const char *name, CU_TestInfo *tests)
{
	CU_SuiteInfo suites[] = {
		{ .pName = name, .pTests = tests },
		CU_SUITE_INFO_NULL,
	};
	unsigned int failures;

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures() + (CU_get_number_of_tests_run() == 0);
	CU_cleanup_registry();
	return failures ? 1 : suite_skips ? SKIP : 0;
}

#endif
