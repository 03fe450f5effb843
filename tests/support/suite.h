/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a CUnit suite of this project needs: a table of tests and RUN_SUITE("name", table) as the
 * body of main(). */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>

enum { SKIP = 77 };

/* Runs the tests and returns main()'s exit code: 0 all passed, 1 otherwise. */
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
	return failures ? 1 : 0;
}

#endif
