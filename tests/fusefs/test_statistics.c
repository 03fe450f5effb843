/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts and latencies of the layer's answers. */
#include "fusefs/statistics.h"
#include "injector/rules/hooks.h"
#include "tests/support/suite.h"

#include <stdlib.h>

/* Every latency lies in its bucket: below its end, and not below that of the one before. */
static void test_buckets(void)
{
	for (uint64_t value = 1; value < UINT64_C(1) << 39; value += value / 7 + 1) {
		struct layer_statistics *statistics = calloc(1, sizeof(*statistics));
		struct operation_statistics *read = &statistics->operations[FUSE_READ];
		uint64_t end;

		statistics_count(statistics, FUSE_READ, value, 0);
		end = statistics_quantile(read, 0.5);
		CU_ASSERT(value < end);
		CU_ASSERT(end <= value + value / 4 + 1);
		free(statistics);
	}
	for (unsigned int i = 1; i < STATISTICS_BUCKETS; i++)
		CU_ASSERT(statistics_bucket_end(i) > statistics_bucket_end(i - 1));
}

static void test_quantiles(void)
{
	struct layer_statistics *statistics = calloc(1, sizeof(*statistics));
	struct operation_statistics *read = &statistics->operations[FUSE_READ];

	CU_ASSERT_EQUAL(statistics_quantile(read, 0.5), 0);
	for (uint64_t i = 1; i <= 1000; i++)
		statistics_count(statistics, FUSE_READ, i * 1000, i % 10 == 0);
	CU_ASSERT_EQUAL(read->count, 1000);
	CU_ASSERT_EQUAL(read->errors, 100);
	CU_ASSERT(statistics_quantile(read, 0.5) >= 500000);
	CU_ASSERT(statistics_quantile(read, 0.5) <= 625000);
	CU_ASSERT(statistics_quantile(read, 0.99) >= 990000);
	CU_ASSERT(statistics_quantile(read, 0.99) <= 1237501);
	statistics_count(statistics, 4000, 1, 0);
	/* Longer than the last bucket says. */
	statistics_count(statistics, FUSE_READ, UINT64_MAX, 0);
	CU_ASSERT_EQUAL(read->buckets[STATISTICS_BUCKETS - 1], 1);
	free(statistics);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "buckets", test_buckets },
		{ "quantiles", test_quantiles },
		CU_TEST_INFO_NULL,
	};

	return run_suite("statistics", tests);
}
