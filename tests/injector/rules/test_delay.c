/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distributions have the percentiles they were made of, and what is drawn is distributed so. */
#include "injector/base/array.h"
#include "injector/base/random.h"
#include "injector/rules/delay.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

enum { DRAWS = 10000 };

static char why[512];

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The largest distance between what was drawn and the distribution function. */
static double kolmogorov_smirnov(const struct distribution *distribution, uint64_t seed)
{
	static uint64_t drawn[DRAWS];
	double worst = 0;

	for (uint64_t i = 0; i < DRAWS; i++)
		drawn[i] = distribution_draw(distribution, random_value(seed, RANDOM_RULE, i));
	qsort(drawn, DRAWS, sizeof(drawn[0]), by_value);
	for (int i = 0; i < DRAWS; i++) {
		double share = distribution_share(distribution, (double)drawn[i]);
		double above = (i + 1.0) / DRAWS - share, below = share - (double)i / DRAWS;

		worst = fmax(worst, fmax(above, below));
	}
	return worst;
}

/* Rejects a right distribution once in a hundred seeds; these are fixed. */
static void check_draws(const struct distribution *distribution)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		CU_ASSERT(kolmogorov_smirnov(distribution, seed) < 1.63 / sqrt(DRAWS));
}

static void test_kinds(void)
{
	static const struct {
		const char *kind;
		struct distribution_spec spec;
		double median, p99; /* ns, that come of it */
	} cases[] = {
		{ "uniform", { .min = 1 * MS, .max = 3 * MS }, 2e6, 2.98e6 },
		{ "normal", { .mean = 10 * MS, .stddev = 1 * MS }, 10e6, 12.3263e6 },
		{ "normal", { .median = 10 * MS, .p99 = 12 * MS }, 10e6, 12e6 },
		{ "lognormal", { .median = 2 * MS, .p99 = 20 * MS }, 2e6, 20e6 },
		{ "lognormal", { .mean = 3 * MS, .median = 2 * MS }, 2e6, 16.2613e6 },
		{ "lognormal", { .p90 = 4 * MS, .p99 = 9 * MS }, 1.47936e6, 9e6 },
		{ "exponential", { .mean = 1 * MS }, 0.693147e6, 4.60517e6 },
		{ "exponential", { .p99 = 10 * MS }, 1.50515e6, 10e6 },
		{ "pareto", { .min = 1 * MS, .median = 2 * MS }, 2e6, 100e6 },
		{ "pareto", { .min = 1 * MS, .mean = 3 * MS }, 1.5874e6, 21.544e6 },
		{ "gamma", { .mean = 4 * MS, .stddev = 2 * MS }, 3.67206e6, 10.0451e6 },
		{ "gamma", { .median = 5 * MS, .p99 = 15 * MS }, 5e6, 15e6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct distribution_spec spec = cases[i].spec;
		struct distribution made;

		spec.kind = distribution_kind_find(cases[i].kind);
		CU_ASSERT_EQUAL_FATAL(distribution_make(&made, &spec, why, sizeof(why)), 0);
		CU_ASSERT_DOUBLE_EQUAL(made.kind->quantile(&made, 0.5) / cases[i].median, 1, 1e-3);
		CU_ASSERT_DOUBLE_EQUAL(made.kind->quantile(&made, 0.99) / cases[i].p99, 1, 1e-3);
		check_draws(&made);
		distribution_release(&made);
	}
}

/* Every draw is a duration, however skewed or narrow the distribution is. */
static void test_extremes(void)
{
	static const struct distribution_spec specs[] = {
		{ .mean = 1 * MS, .stddev = 4 * MS },
		{ .median = 10 * US, .p99 = 900 * MS },
		{ .mean = 2682 * US, .stddev = 51788 },
		{ .mean = 939 * US, .stddev = 30643 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		struct distribution_spec spec = specs[i];
		struct distribution made;
		double sum = 0;

		spec.kind = distribution_kind_find("gamma");
		CU_ASSERT_EQUAL_FATAL(distribution_make(&made, &spec, why, sizeof(why)), 0);
		for (int p = 1; p < 10000; p++) {
			double value = made.kind->quantile(&made, p / 1e4);

			CU_ASSERT(isfinite(value));
			sum += value;
		}
		if (spec.mean)
			CU_ASSERT_DOUBLE_EQUAL(sum / 9999 / (double)spec.mean, 1, 0.02);
	}
}

static void test_impossible(void)
{
	static const struct {
		const char *kind;
		struct distribution_spec spec;
		const char *says;
	} cases[] = {
		{ "lognormal", { .median = 5 * MS, .p99 = 5 * MS }, "no distribution has a p99" },
		{ "gamma", { .p90 = 9 * MS, .p95 = 8 * MS }, "no distribution has a p95" },
		{ "lognormal", { .mean = 1 * MS, .median = 2 * MS }, "no lognormal distribution" },
		{ "normal", { .mean = 9 * MS, .p99 = 8 * MS }, "no normal distribution" },
		{ "lognormal", { .median = 5 * MS }, "takes 2 of these, and 1" },
		{ "gamma", { .median = 5 * MS, .p90 = 6 * MS, .p99 = 7 * MS }, "and 3" },
		{ "pareto", { .median = 5 * MS }, "give min" },
		{ "pareto", { .min = 5 * MS, .median = 4 * MS }, "not above its min" },
		{ "uniform", { .min = 5 * MS }, "min below max" },
		{ "normal", { .mean = 1, .stddev = 1, .min = 5, .max = 4 }, "max is below min" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct distribution_spec spec = cases[i].spec;
		struct distribution made;

		spec.kind = distribution_kind_find(cases[i].kind);
		CU_ASSERT_NOT_EQUAL(distribution_make(&made, &spec, why, sizeof(why)), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].says));
	}
}

static void test_limits(void)
{
	const struct distribution_spec spec = {
		.kind = distribution_kind_find("normal"),
		.mean = 1 * MS,
		.stddev = 1 * MS,
		.min = 900 * US,
		.max = 1100 * US,
	};
	struct distribution made;

	CU_ASSERT_EQUAL_FATAL(distribution_make(&made, &spec, why, sizeof(why)), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t drawn = distribution_draw(&made, random_value(1, 2, i));

		CU_ASSERT(drawn >= 900 * US && drawn <= 1100 * US);
	}
	/* Nothing is drawn below zero, whatever the random number. */
	CU_ASSERT_EQUAL(distribution_draw(&made, 0), 900 * US);
	CU_ASSERT_EQUAL(distribution_draw(&made, UINT64_MAX), 1100 * US);
}

static int read_text(struct distribution *into, const char *text)
{
	char path[] = "/tmp/foliostorm-histogram-XXXXXX";
	int fd = mkstemp(path), r;

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = distribution_read(into, path, why, sizeof(why));
	unlink(path);
	return r;
}

static void test_histogram(void)
{
	char text[600] = "";
	struct distribution made;
	int low = 0;

	CU_ASSERT_EQUAL_FATAL(
		read_text(&made, "# latencies\n100us 200us 3\n\n200us 300us 0\n1ms 2ms 1 # tail\n"),
		0);
	CU_ASSERT_EQUAL(made.bin_count, 2);
	for (uint64_t i = 0; i < DRAWS; i++) {
		uint64_t drawn = distribution_draw(&made, random_value(9, 9, i));

		CU_ASSERT((drawn >= 100 * US && drawn <= 200 * US) ||
			  (drawn >= 1 * MS && drawn <= 2 * MS));
		low += drawn <= 200 * US;
	}
	CU_ASSERT(abs(low - DRAWS * 3 / 4) < 180);
	check_draws(&made);
	distribution_release(&made);
	CU_ASSERT_NOT_EQUAL(read_text(&made, "100us 200us 3\n200us 100us 1\n"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, ":2: not a bin"));
	/* However long a comment is. */
	memset(text, '1', sizeof(text) - 1);
	memcpy(text, "1us 2us 1 #", 11);
	CU_ASSERT_EQUAL_FATAL(read_text(&made, text), 0);
	CU_ASSERT_EQUAL(made.bin_count, 1);
	distribution_release(&made);
	CU_ASSERT_NOT_EQUAL(read_text(&made, "# nothing\n"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "no bin"));
}

static void test_buckets(void)
{
	struct token_bucket bucket;
	uint64_t now = 1000 * MS;

	token_bucket_init(&bucket, 1000000, 0, false);
	/* 1 MB/s: 1000 bytes take 1 ms, and those who come together wait for each other. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1000, now), 1 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 2, 1000, now), 2 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1000, now + 5 * MS), 1 * MS);
	token_bucket_destroy(&bucket);

	token_bucket_init(&bucket, 1000000, 2000, true);
	/* The burst is free after a rest; each file has its own. */
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 2000, now), 0);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1000, now), 1 * MS);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 2, 2000, now), 0);
	token_bucket_destroy(&bucket);

	token_bucket_init(&bucket, 0, 0, false);
	CU_ASSERT_EQUAL(token_bucket_take(&bucket, 0, 1, 1 << 30, now), 0);
	token_bucket_destroy(&bucket);
}

static void test_devices(void)
{
	for (const struct delay_device *device = delay_devices; device->name; device++) {
		const struct delay_spec spec = { .device = device };
		struct delay delay;

		CU_ASSERT_EQUAL_FATAL(delay_make(&delay, &spec, why, sizeof(why)), 0);
		CU_ASSERT_DOUBLE_EQUAL(delay.distribution.kind->quantile(&delay.distribution, 0.5) /
					       (double)device->median,
				       1, 1e-3);
		CU_ASSERT_DOUBLE_EQUAL(
			delay.distribution.kind->quantile(&delay.distribution, 0.99) /
				(double)device->p99,
			1, 1e-3);
		CU_ASSERT_EQUAL(delay.bytes.rate, device->rate);
		CU_ASSERT(delay_throttle(&delay, 0, 1, 1 << 20, 1000 * MS) >=
			  UINT64_C(1000000000) * (1 << 20) / device->rate - 1);
		delay_release(&delay);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "kinds of distributions", test_kinds },
		{ "extremes", test_extremes },
		{ "what no distribution has", test_impossible },
		{ "limits", test_limits },
		{ "histograms", test_histogram },
		{ "token buckets", test_buckets },
		{ "devices", test_devices },
		CU_TEST_INFO_NULL,
	};

	return run_suite("delays", tests);
}
