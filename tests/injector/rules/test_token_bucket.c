/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates: what a request is told to wait keeps the tokens given away to the rate. */
#include "injector/rules/token_bucket.h"
#include "tests/support/suite.h"

#include <string.h>

#define MS  UINT64_C(1000000)
#define NOW (UINT64_C(100000) * MS)

enum { RATE = 1000, THREADS = 4, TAKES = 500 };

static struct token_bucket bucket;

static void begin(uint64_t rate, uint64_t burst, bool per_file)
{
	token_bucket_init(&bucket, rate, burst, per_file);
}

static void test_rate(void)
{
	begin(RATE, 0, false);
	for (uint64_t i = 1; i <= 50; i++)
		CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, i, 1, NOW), i * MS);
	/* Part of the debt is paid with time; tokens that nobody took are not saved up. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW + 20 * MS), 31 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW + 9000 * MS), MS);
	/* A big request costs what many small ones do. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 4096, NOW + 9000 * MS), 4097 * MS);
	token_bucket_destroy(&bucket);
}

static void test_burst(void)
{
	begin(RATE, 5, false);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW), 0);
	for (uint64_t i = 1; i <= 10; i++)
		CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW), i * MS);
	/* The debt is paid after 10 ms; after 2 ms more there is a burst of 2 again. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 2, NOW + 12 * MS), 0);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW + 12 * MS), MS);
	/* However long nobody came, no more than the burst. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 6, NOW + 50000 * MS), MS);
	token_bucket_destroy(&bucket);
}

static void test_no_limit(void)
{
	begin(0, 0, true);
	for (uint64_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, i, UINT64_C(1) << 40, NOW), 0);
	token_bucket_destroy(&bucket);
}

/* Each file has a debt of its own, whatever its number, and however many others come. */
static void test_per_file(void)
{
	begin(RATE, 0, true);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 128, 100, NOW), 100 * MS);
	for (uint64_t other = 1000; other < 101000; other++)
		if (token_bucket_take(&bucket, 0, other, 1, NOW) != MS)
			CU_FAIL_FATAL("another file pays for it");
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 128, 1, NOW), 101 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1624, 1, NOW), 2 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 1, 128, 1, NOW), MS);
	token_bucket_destroy(&bucket);
}

/* Those that owe nothing any more are forgotten, and only those. */
static void test_tidy(void)
{
	begin(RATE, 0, true);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 100000, NOW), 100000 * MS);
	for (uint64_t i = 0; i < 100000; i++)
		token_bucket_take(&bucket, 0, 2 + i, 1, NOW + i * MS);
	CU_ASSERT(bucket.count < 10000);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW + 50000 * MS), 50001 * MS);
	token_bucket_destroy(&bucket);
}

/* Without room for more files the others wait together: none goes unlimited. */
static void test_no_room(void)
{
	begin(RATE, 0, true);
	bucket.count_max = 1;
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 100, NOW), 100 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 2, 1, NOW), MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 3, 1, NOW), 2 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1, NOW), 101 * MS);
	token_bucket_destroy(&bucket);
}

/* A wait that cannot be counted is for ever, not short. */
static void test_huge(void)
{
	begin(1, 0, false);
	CU_ASSERT(token_bucket_take(&bucket, 0, 1, INT64_MAX, NOW) > (UINT64_C(1) << 60));
	for (int i = 0; i < 20; i++)
		CU_ASSERT(token_bucket_take(&bucket, 0, 1, INT64_MAX, NOW) > (UINT64_C(1) << 60));
	token_bucket_destroy(&bucket);
}

static uint64_t waits[THREADS * TAKES];

static void *take_many(void *argument)
{
	uint64_t *own = argument;

	for (int i = 0; i < TAKES; i++)
		own[i] = token_bucket_take(&bucket, 0, (uint64_t)i, 1, NOW);
	return NULL;
}

/* Whoever comes when, each pays after all that came before: every wait occurs once. */
static void test_threads(void)
{
	static unsigned char seen[THREADS * TAKES + 1];
	pthread_t threads[THREADS];

	begin(RATE, 0, false);
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, take_many, waits + i * TAKES), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS * TAKES; i++) {
		CU_ASSERT_FATAL(waits[i] % MS == 0 && waits[i] / MS <= THREADS * TAKES);
		seen[waits[i] / MS]++;
	}
	for (int i = 1; i <= THREADS * TAKES; i++)
		CU_ASSERT_EQUAL(seen[i], 1);
	token_bucket_destroy(&bucket);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "rate", test_rate },
		{ "burst", test_burst },
		{ "no limit", test_no_limit },
		{ "by file", test_per_file },
		{ "files without a debt", test_tidy },
		{ "more files than there is room for", test_no_room },
		{ "more than can be counted", test_huge },
		{ "threads", test_threads },
		CU_TEST_INFO_NULL,
	};

	return run_suite("token bucket", tests);
}
