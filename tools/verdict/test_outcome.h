/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run comes to when its verdict is compared with what was expected. */
#ifndef TOOLS_VERDICT_TEST_OUTCOME_H
#define TOOLS_VERDICT_TEST_OUTCOME_H

#include <stdbool.h>

enum test_outcome {
	TEST_PASS,
	TEST_FAIL,
	TEST_XFAIL,        /* not as expected, as is known */
	TEST_XPASS,        /* as expected, where the other verdict was known */
	TEST_INCONCLUSIVE, /* too little was seen to say */
	TEST_ERROR,
	TEST_SKIP,
	TEST_OUTCOMES,
};

/* "pass", "fail", ... */
extern const char *const test_outcome_names[];

/* The outcome of that name; TEST_ERROR for any other text, and for NULL. */
enum test_outcome test_outcome_find(const char *name);

/* Whether the verdict is as expected. */
bool test_outcome_as_expected(enum test_outcome outcome);

/* How much worse an outcome is than others: a failure is worse than an error, that than an
 * inconclusive run, that than one as expected, and that than a skipped one (0). */
unsigned int test_outcome_severity(enum test_outcome outcome);

#endif
