/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often something happens, with a confidence interval, and whether it became rarer.
 *
 * Runs vary more than their counts explain: how often readers and punches meet depends on the state
 * of the machine, which multiplies all rates of a run by some factor. The variance of that factor
 * over several runs is the noise, by which intervals are widened. (A factor leaves zero unchanged,
 * so noise never explains a run without any hit.)
 */
#ifndef TOOLS_VERDICT_PROPORTION_H
#define TOOLS_VERDICT_PROPORTION_H

#include <stddef.h>

/* Counts of one run. */
struct proportion_count {
	double count; /* events */
	double tries; /* opportunities */
};

enum proportion_kind {
	PROPORTION_SHARE, /* a try has at most one event: hits of punches */
	PROPORTION_MEAN,  /* a try has any number of events: exposures of punches */
};

struct proportion {
	double value, low, high; /* low to high: the confidence interval */
};

/* The sum of the runs. */
struct proportion_count proportion_sum(const struct proportion_count *runs, size_t count);

/* The noise: the variance of that factor, whose mean is 1. 0 for fewer than two runs. */
double proportion_noise(enum proportion_kind kind, const struct proportion_count *runs,
			size_t count);

/* Factor by which the noise multiplies the variance of the runs' sum; at least 1. */
double proportion_spread(enum proportion_kind kind, const struct proportion_count *runs,
			 size_t count, double noise);

/*
 * The rate and its two-sided interval, exact (Clopper-Pearson; Garwood) for the counts divided by
 * the spread. confidence: such as 0.95. Without tries: 0 to 1, or 0 to infinity for a mean.
 */
struct proportion proportion_of(enum proportion_kind kind, struct proportion_count count,
				double spread, double confidence);

#endif
