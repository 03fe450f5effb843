/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/proportion.h"

#include <gsl/gsl_cdf.h>
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

static struct proportion share(double hits, double tries, double tail)
{
	return (struct proportion){
		.value = hits / tries,
		.low = hits > 0 ? gsl_cdf_beta_Pinv(tail, hits, tries - hits + 1) : 0,
		.high = hits < tries ? gsl_cdf_beta_Pinv(1 - tail, hits + 1, tries - hits) : 1,
	};
}

static struct proportion mean(double count, double tries, double tail)
{
	return (struct proportion){
		.value = count / tries,
		.low = count > 0 ? gsl_cdf_gamma_Pinv(tail, count, 1) / tries : 0,
		.high = gsl_cdf_gamma_Pinv(1 - tail, count + 1, 1) / tries,
	};
}

struct proportion proportion_of(enum proportion_kind kind, struct proportion_count count,
				double spread, double confidence)
{
	double tail = (1 - confidence) / 2;

	if (count.tries <= 0)
		return (struct proportion){ 0, 0, kind == PROPORTION_SHARE ? 1 : INFINITY };
	return kind == PROPORTION_SHARE ? share(count.count / spread, count.tries / spread, tail)
					: mean(count.count / spread, count.tries / spread, tail);
}
