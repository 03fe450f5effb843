/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for a moment: it gets where half of the tries are too late, from anywhere, and
 * follows. */
#include "injector/base/array.h"
#include "injector/base/moment.h"
#include "tests/support/suite.h"

enum { TRIES = 2000 };

/* Tries until it should have settled, then counts. Returns how many of TRIES were within `window`
 * ns before the moment. */
static unsigned int tries_at(struct moment *moment, uint64_t when, uint64_t window,
			     unsigned int *late)
{
	unsigned int met = 0;

	*late = 0;
	for (int i = 0; i < 2 * TRIES; i++) {
		uint64_t wait = moment_next(moment);
		bool too_late = wait > when;

		moment_learn(moment, too_late);
		if (i < TRIES)
			continue;
		*late += too_late;
		met += !too_late && wait + window > when;
	}
	return met;
}

static void finds_it(void)
{
	static const uint64_t begins[] = { MOMENT_LEAST, 20000, MOMENT_MOST };
	struct moment moment;
	unsigned int late, met;

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		moment_begin(&moment, i, 1, begins[i]);
		met = tries_at(&moment, 50000, 5000, &late);
		/* A tenth of the way there: a twentieth of the tries. */
		CU_ASSERT_TRUE(met > TRIES / 40 && met < TRIES / 10);
		CU_ASSERT_TRUE(late > TRIES / 3 && late < TRIES * 2 / 3);
	}
}

static void follows_it(void)
{
	struct moment moment;
	unsigned int late;

	moment_begin(&moment, 7, 1, 20000);
	CU_ASSERT_TRUE(tries_at(&moment, 400000, 40000, &late) > TRIES / 40);
	CU_ASSERT_TRUE(tries_at(&moment, 4000, 400, &late) > TRIES / 40);
}

static void keeps_within_its_bounds(void)
{
	struct moment moment;

	moment_begin(&moment, 1, 1, 20000);
	for (int i = 0; i < TRIES; i++)
		moment_learn(&moment, false);
	CU_ASSERT_EQUAL(moment.longest, MOMENT_MOST);
	for (int i = 0; i < TRIES; i++)
		moment_learn(&moment, true);
	CU_ASSERT_EQUAL(moment.longest, MOMENT_LEAST);
	/* And out of them again. */
	moment_learn(&moment, false);
	CU_ASSERT_TRUE(moment.longest > MOMENT_LEAST);
}

static void is_the_same_again(void)
{
	struct moment one, other, another;
	bool same = true, differs = false;

	moment_begin(&one, 3, 1, 20000);
	moment_begin(&other, 3, 1, 20000);
	moment_begin(&another, 3, 2, 20000);
	for (int i = 0; i < TRIES; i++) {
		uint64_t wait = moment_next(&one);

		same &= wait == moment_next(&other);
		differs |= wait != moment_next(&another);
	}
	CU_ASSERT_TRUE(same && differs);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "finds it", finds_it },
		{ "follows it", follows_it },
		{ "keeps within its bounds", keeps_within_its_bounds },
		{ "is the same again", is_the_same_again },
		CU_TEST_INFO_NULL,
	};

	return run_suite("moment", tests);
}
