/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Simulated trials: counts of a known rate with the noise of a busy machine. */
#ifndef TESTS_SUPPORT_NOISY_ARM_H
#define TESTS_SUPPORT_NOISY_ARM_H

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

/*
 * A random count over `seconds` at `rate` per second. noise: the relative standard deviation of
 * this count's own disturbance; drift: a factor of the machine, with the mean 1.
 */
static inline double noisy_count(const gsl_rng *rng, double rate, double seconds, double noise,
				 double drift)
{
	/* Lognormal with the mean 1. */
	double sigma = sqrt(log(1 + noise * noise));
	double disturbed = noise > 0 ? gsl_ran_lognormal(rng, -sigma * sigma / 2, sigma) : 1;

	return gsl_ran_poisson(rng, rate * seconds * disturbed * drift);
}

#endif
