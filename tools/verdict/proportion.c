/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/proportion.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

struct proportion_count proportion_sum(const struct proportion_count *runs, size_t count)
{
	struct proportion_count sum = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		sum.count += runs[i].count;
		sum.tries += runs[i].tries;
	}
	return sum;
}

/* Ratio of a try's variance to its mean: 1 for a mean, less for a share; never quite 0. */
static double thinness(enum proportion_kind kind, struct proportion_count sum)
{
	return kind == PROPORTION_SHARE ? 1 - (sum.count + 0.5) / (sum.tries + 1) : 1;
}

/* Sum of the squares of the counts expected without noise. */
static double squared_means(const struct proportion_count *runs, size_t count, double rate)
{
	double squares = 0;

	for (size_t i = 0; i < count; i++)
		squares += pow(runs[i].tries * rate, 2);
	return squares;
}

double proportion_noise(enum proportion_kind kind, const struct proportion_count *runs,
			size_t count)
{
	struct proportion_count sum = proportion_sum(runs, count);
	double rate = sum.tries > 0 ? sum.count / sum.tries : 0, deviations = 0;

	if (count < 2 || rate <= 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		deviations += pow(runs[i].count - runs[i].tries * rate, 2);
	/* The rate is estimated from the same runs, which reduces the deviations. */
	deviations *= (double)count / (double)(count - 1);
	return fmax(0, (deviations - sum.count * thinness(kind, sum)) /
			       squared_means(runs, count, rate));
}

double proportion_spread(enum proportion_kind kind, const struct proportion_count *runs,
			 size_t count, double noise)
{
	struct proportion_count sum = proportion_sum(runs, count);

	if (sum.count <= 0 || sum.tries <= 0)
		return 1;
	return 1 + noise * squared_means(runs, count, sum.count / sum.tries) /
			   (sum.count * thinness(kind, sum));
}

/* Above these limits GSL does not converge, or does not return. */
static const double GAMMA_MOST = 1e5, BETA_MOST = 1e6;

/* Quantile of a gamma distribution; for large counts by Wilson and Hilferty. */
static double gamma_bound(double tail, double count)
{
	if (count <= GAMMA_MOST)
		return gsl_cdf_gamma_Pinv(tail, count, 1);
	return count *
	       pow(1 - 1 / (9 * count) + gsl_cdf_ugaussian_Pinv(tail) / (3 * sqrt(count)), 3);
}

/* Quantile of a beta distribution with large parameters: Abramowitz and Stegun, 26.5.22. */
static double large_beta_bound(double tail, double hits, double misses)
{
	const double y = -gsl_cdf_ugaussian_Pinv(tail), lambda = (y * y - 3) / 6;
	const double one = 1 / (2 * hits - 1), other = 1 / (2 * misses - 1), h = 2 / (one + other);
	const double w =
		y * sqrt(h + lambda) / h - (other - one) * (lambda + 5.0 / 6 - 2 / (3 * h));

	return hits / (hits + misses * exp(2 * w));
}

static double beta_bound(double tail, double hits, double misses)
{
	enum { FEW = 20 };
	const double tries = hits + misses;
	double bound = tries <= BETA_MOST ? gsl_cdf_beta_Pinv(tail, hits, misses) : NAN;

	if (isfinite(bound))
		return bound;
	/* Few events in many tries follow a Poisson distribution. */
	if (hits < FEW)
		return gamma_bound(tail, hits) / tries;
	return misses < FEW ? 1 - gamma_bound(1 - tail, misses) / tries
			    : large_beta_bound(tail, hits, misses);
}

static struct proportion share(double hits, double tries, double tail)
{
	return (struct proportion){
		.value = hits / tries,
		.low = hits > 0 ? beta_bound(tail, hits, tries - hits + 1) : 0,
		.high = hits < tries ? beta_bound(1 - tail, hits + 1, tries - hits) : 1,
	};
}

static struct proportion mean(double count, double tries, double tail)
{
	return (struct proportion){
		.value = count / tries,
		.low = count > 0 ? gamma_bound(tail, count) / tries : 0,
		.high = gamma_bound(1 - tail, count + 1) / tries,
	};
}

struct proportion proportion_of(enum proportion_kind kind, struct proportion_count count,
				double spread, double confidence)
{
	double tail = (1 - confidence) / 2;

	if (count.tries <= 0)
		return (struct proportion){ 0, 0, kind == PROPORTION_SHARE ? 1 : INFINITY };
	/* Otherwise GSL aborts if it does not converge. Counts read from files of others may be
	 * impossible. */
	gsl_set_error_handler_off();
	count.count = fmax(count.count, 0);
	if (kind == PROPORTION_SHARE)
		count.count = fmin(count.count, count.tries);
	spread = fmax(spread, 1);
	return kind == PROPORTION_SHARE ? share(count.count / spread, count.tries / spread, tail)
					: mean(count.count / spread, count.tries / spread, tail);
}
