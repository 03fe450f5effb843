/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CUnit suite: main() returns run_suite("name", table of tests). */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

enum { SKIP = 77 };

static bool suite_skips;

/* Called by a test that cannot run here, which then returns. The other tests run; without a failure
 * the suite counts as skipped. */
static inline void skip_test(const char *reason)
{
	printf("skipped: %s ", reason);
	suite_skips = true;
}

/* Runs the tests. Returns main()'s exit code: 0 all passed, SKIP some were skipped, else 1. */
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
