/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen at a time finds the punch that it belongs to. */
#include "injector/base/array.h"
#include "injector/storm/storm.h"
#include "tests/support/suite.h"

static struct punch_times times;

static void find(void)
{
	static const struct {
		uint64_t time, number;
	} rows[] = {
		{ 999, 0 }, /* before the first */
		{ 1000, 1 }, { 1001, 1 }, { 1999, 1 }, { 2000, 2 }, { 3000, 3 }, { 99999, 3 },
	};

	CU_ASSERT_EQUAL(punch_times_find(&times, 5), 0);
	for (uint64_t number = 1; number <= 3; number++)
		punch_times_add(&times, number, number * 1000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(punch_times_find(&times, rows[i].time), rows[i].number);
}

/* Of long ago nothing is known, and nothing made up. */
static void long_ago(void)
{
	const uint64_t last = 3 * PUNCH_TIMES + 7;

	for (uint64_t number = 4; number <= last; number++)
		punch_times_add(&times, number, number * 1000);
	CU_ASSERT_EQUAL(punch_times_find(&times, last * 1000 + 1), last);
	CU_ASSERT_EQUAL(punch_times_find(&times, (last - PUNCH_TIMES + 1) * 1000),
			last - PUNCH_TIMES + 1);
	CU_ASSERT_EQUAL(punch_times_find(&times, (last - PUNCH_TIMES) * 1000), 0);
	/* Of two threads that punch, one may add its punch after that of the other. */
	punch_times_add(&times, last + 2, (last + 2) * 1000);
	punch_times_add(&times, last + 1, (last + 1) * 1000);
	CU_ASSERT_EQUAL(punch_times_find(&times, (last + 2) * 1000), last + 2);
	CU_ASSERT_EQUAL(punch_times_find(&times, (last + 1) * 1000), last + 1);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "find", find },
		{ "long ago", long_ago },
		CU_TEST_INFO_NULL,
	};

	return run_suite("punch times", tests);
}
