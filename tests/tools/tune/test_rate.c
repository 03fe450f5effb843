/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals of rates, and whether they hold what they promise. */
#include "injector/base/array.h"
#include "tests/support/noisy_arm.h"
#include "tests/support/suite.h"
#include "tools/tune/rate.h"

enum { REPETITIONS = 2000 };

static void test_sums(void)
{
	struct rate_sum sum = { .trials = 0 };
	struct rate_interval none = rate_interval(&sum, 0, 0.95);

	CU_ASSERT_EQUAL(rate_of(&sum), 0);
	CU_ASSERT(none.low == 0 && isinf(none.high));
	rate_add(&sum, 6, 2);
	rate_add(&sum, 4, 3);
	CU_ASSERT_EQUAL(sum.trials, 2);
	CU_ASSERT_DOUBLE_EQUAL(rate_of(&sum), 2, 1e-12);
}

/* Garwood's exact limits for a Poisson mean, from tables. */
static void test_poisson_limits(void)
{
	struct rate_sum sum = { .trials = 0 };
	struct rate_interval interval;

	rate_add(&sum, 0, 1);
	interval = rate_interval(&sum, 0, 0.95);
	CU_ASSERT_EQUAL(interval.low, 0);
	CU_ASSERT_DOUBLE_EQUAL(interval.high, 3.689, 0.001);
	rate_add(&sum, 10, 1);
	interval = rate_interval(&sum, 0, 0.95);
	CU_ASSERT_DOUBLE_EQUAL(interval.low * 2, 4.795, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(interval.high * 2, 18.390, 0.001);
}

/* The noise is found in the trials of many settings. */
static void test_noise(void)
{
	static const double noises[] = { 0, 0.2, 0.5 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	for (size_t k = 0; k < ARRAY_SIZE(noises); k++) {
		struct rate_sum sums[20] = { { .trials = 0 } };
		double found;

		for (int i = 0; i < 20; i++)
			for (int n = 0; n < 20; n++)
				rate_add(&sums[i], noisy_count(rng, 10 * i, 1, noises[k], 1), 1);
		found = sqrt(rate_noise(sums, 20));
		CU_ASSERT(fabs(found - noises[k]) < 0.05);
	}
	CU_ASSERT_DOUBLE_EQUAL(rate_noise(NULL, 0), 0.04, 1e-12);
	gsl_rng_free(rng);
}

/* The true rate lies in the interval as often as it says, whatever the rate and the noise. */
static void test_interval_coverage(void)
{
	static const double rates[] = { 0.05, 1, 5, 40 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	for (size_t k = 0; k < ARRAY_SIZE(rates); k++) {
		int held = 0;

		for (int i = 0; i < REPETITIONS; i++) {
			struct rate_sum sums[8] = { { .trials = 0 } };
			struct rate_interval interval;

			for (int arm = 0; arm < 8; arm++)
				for (int n = 0; n < 6; n++)
					rate_add(&sums[arm], noisy_count(rng, rates[k], 1, 0.25, 1),
						 1);
			interval = rate_interval(&sums[0], rate_noise(sums, 8), 0.95);
			held += interval.low <= rates[k] && rates[k] <= interval.high;
		}
		printf(" [rate %g: %.1f %%]", rates[k], 100.0 * held / REPETITIONS);
		CU_ASSERT(held >= 0.93 * REPETITIONS);
		CU_ASSERT(held < REPETITIONS);
	}
	gsl_rng_free(rng);
}

static struct rate_pair drifting_pair(const gsl_rng *rng, const double rate[2], double drift)
{
	struct rate_pair pair;

	for (int which = 0; which < 2; which++) {
		pair.seconds[which] = 1;
		pair.count[which] = noisy_count(rng, rate[which], 1, 0.2, drift);
	}
	return pair;
}

/* The machine drifts, both settings are disturbed, and the difference is held all the same. */
static void test_compare_coverage(void)
{
	static const struct {
		double rate[2];
	} cases[] = { { { 40, 40 } }, { { 40, 30 } }, { { 5, 0 } }, { { 0.3, 0.1 } } };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		double truth = cases[k].rate[0] - cases[k].rate[1];
		int held = 0;

		for (int i = 0; i < REPETITIONS; i++) {
			struct rate_pair pairs[8];
			struct rate_difference found;

			for (int n = 0; n < 8; n++)
				pairs[n] = drifting_pair(rng, cases[k].rate,
							 1 + 0.3 * sin(i + n * M_PI / 4));
			found = rate_compare(pairs, 8, 0.95);
			held += found.interval.low <= truth && truth <= found.interval.high;
		}
		printf(" [%g and %g: %.1f %%]", cases[k].rate[0], cases[k].rate[1],
		       100.0 * held / REPETITIONS);
		CU_ASSERT(held >= 0.935 * REPETITIONS);
	}
	gsl_rng_free(rng);
}

static void test_compare_few(void)
{
	const struct rate_pair pairs[] = { { { 8, 2 }, { 2, 2 } }, { { 8, 2 }, { 2, 2 } } };
	struct rate_difference found = rate_compare(pairs, 1, 0.95);

	CU_ASSERT(isinf(found.interval.low) && isinf(found.interval.high));
	found = rate_compare(pairs, 2, 0.95);
	CU_ASSERT_DOUBLE_EQUAL(found.difference, 3, 1e-12);
	/* That all rounds are the same by chance does not make them certain. */
	CU_ASSERT(found.interval.low < 0 && found.interval.high > 6);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "sums", test_sums },
		{ "limits of Poisson counts", test_poisson_limits },
		{ "noise", test_noise },
		{ "coverage of a rate", test_interval_coverage },
		{ "coverage of a difference", test_compare_coverage },
		{ "few rounds", test_compare_few },
		CU_TEST_INFO_NULL,
	};

	return run_suite("rate", tests);
}
