/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/rate.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct rate_count rate_sum(const struct rate_count *runs, size_t count)
{
	struct rate_count sum = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		sum.count += runs[i].count;
		sum.tries += runs[i].tries;
	}
	return sum;
}

double rate_dispersion(enum rate_kind kind, const struct rate_count *runs, size_t count)
{
	struct rate_count sum = rate_sum(runs, count);
	double rate = sum.tries > 0 ? sum.count / sum.tries : 0, square = 0, variance;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		variance = runs[i].tries * rate * (kind == RATE_SHARE ? 1 - rate : 1);
		if (variance <= 0)
			continue;
		square += pow(runs[i].count - runs[i].tries * rate, 2) / variance;
		used++;
	}
	return used < 2 ? 1 : fmax(1, square / (double)(used - 1));
}

static struct rate share(double hits, double tries, double tail)
{
	return (struct rate){
		.value = hits / tries,
		.low = hits > 0 ? gsl_cdf_beta_Pinv(tail, hits, tries - hits + 1) : 0,
		.high = hits < tries ? gsl_cdf_beta_Pinv(1 - tail, hits + 1, tries - hits) : 1,
	};
}

static struct rate mean(double count, double tries, double tail)
{
	return (struct rate){
		.value = count / tries,
		.low = count > 0 ? gsl_cdf_gamma_Pinv(tail, count, 1) / tries : 0,
		.high = gsl_cdf_gamma_Pinv(1 - tail, count + 1, 1) / tries,
	};
}

struct rate rate_of(enum rate_kind kind, struct rate_count count, double dispersion,
		    double confidence)
{
	double tail = (1 - confidence) / 2;

	if (count.tries <= 0)
		return (struct rate){ 0, 0, kind == RATE_SHARE ? 1 : INFINITY };
	return kind == RATE_SHARE ? share(count.count / dispersion, count.tries / dispersion, tail)
				  : mean(count.count / dispersion, count.tries / dispersion, tail);
}
