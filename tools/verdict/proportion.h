/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often something happens, with the interval that the counts allow, and whether it happens less
 * often than it did.
 *
 * Runs vary more than counts alone explain: how often readers and punches meet depends on the state
 * of the machine, which multiplies all rates of a run by some factor. The variance of that factor
 * over several runs is the noise, by which intervals are widened. (A factor leaves zero as it is,
 * so the noise of other runs never explains a run without any hit.)
 */
#ifndef TOOLS_VERDICT_PROPORTION_H
#define TOOLS_VERDICT_PROPORTION_H

#include <stddef.h>

/* Of one run. */
struct proportion_count {
	double count; /* of what happened */
	double tries; /* of the chances that it had */
};

enum proportion_kind {
	PROPORTION_SHARE, /* each try gives at most one: hits of punches */
	PROPORTION_MEAN,  /* a try gives any number: exposures of punches */
};

struct proportion {
	double value, low, high; /* low to high: with that confidence */
};

/* The sum of the runs. */
struct proportion_count proportion_sum(const struct proportion_count *runs, size_t count);

/* The variance of that factor, whose mean is 1: what runs differ by beyond what their counts make
 * them differ by. 0 for fewer than two runs. */
double proportion_noise(enum proportion_kind kind, const struct proportion_count *runs,
			size_t count);

/* By what the noise multiplies the variance of the runs' sum; at least 1. */
double proportion_spread(enum proportion_kind kind, const struct proportion_count *runs,
			 size_t count, double noise);

/*
 * The rate and its two-sided interval: exact (Clopper and Pearson; Garwood), of counts divided by
 * the spread. confidence: such as 0.95. Without tries the interval is all there can be: 0 to 1,
 * or to infinity.
 */
struct proportion proportion_of(enum proportion_kind kind, struct proportion_count count,
				double spread, double confidence);

#endif
