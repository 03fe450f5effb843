/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outcome of a run: its verdict compared with the expected one. */
#ifndef TOOLS_VERDICT_TEST_OUTCOME_H
#define TOOLS_VERDICT_TEST_OUTCOME_H

#include <stdbool.h>

enum test_outcome {
	TEST_PASS,
	TEST_FAIL,
	TEST_XFAIL,        /* not as expected; a known failure */
	TEST_XPASS,        /* as expected, despite expect.xfail */
	TEST_INCONCLUSIVE, /* too little evidence */
	TEST_ERROR,
	TEST_SKIP,
	TEST_OUTCOMES,
};

/* "pass", "fail", ... */
extern const char *const test_outcome_names[];

/* The outcome of that name; TEST_ERROR for any other text or NULL. */
enum test_outcome test_outcome_find(const char *name);

/* Whether the verdict is as expected, or a known failure. */
bool test_outcome_as_expected(enum test_outcome outcome);

/* The order of severity: TEST_SKIP (0), as expected, inconclusive, error, failure. */
unsigned int test_outcome_severity(enum test_outcome outcome);

#endif
