/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/proportion.h"

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

double proportion_dispersion(enum proportion_kind kind, const struct proportion_count *runs,
			     size_t count)
{
	struct proportion_count sum = proportion_sum(runs, count);
	double rate = sum.tries > 0 ? sum.count / sum.tries : 0, square = 0, variance;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		variance = runs[i].tries * rate * (kind == PROPORTION_SHARE ? 1 - rate : 1);
		if (variance <= 0)
			continue;
		square += pow(runs[i].count - runs[i].tries * rate, 2) / variance;
		used++;
	}
	return used < 2 ? 1 : fmax(1, square / (double)(used - 1));
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
				double dispersion, double confidence)
{
	double tail = (1 - confidence) / 2;

	if (count.tries <= 0)
		return (struct proportion){ 0, 0, kind == PROPORTION_SHARE ? 1 : INFINITY };
	return kind == PROPORTION_SHARE
		       ? share(count.count / dispersion, count.tries / dispersion, tail)
		       : mean(count.count / dispersion, count.tries / dispersion, tail);
}
