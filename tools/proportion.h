/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often something happens, with the interval that the counts allow, and whether it happens less
 * often than it did.
 *
 * Runs vary more than their counts alone would make them: readers and punches meet as the machine's
 * mood is. Of several runs that is measured: the dispersion, by which intervals are widened.
 */
#ifndef TOOLS_PROPORTION_H
#define TOOLS_PROPORTION_H

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

/*
 * The variance between runs over the one that the same rate in all of them would give (Pearson's
 * chi-square over its degrees of freedom); 1 when it is less, and for fewer than two runs.
 */
double proportion_dispersion(enum proportion_kind kind, const struct proportion_count *runs,
			     size_t count);

/*
 * The rate and its two-sided interval: exact (Clopper and Pearson; Garwood), of counts divided by
 * the dispersion. confidence: such as 0.95. Without tries the interval is all there can be: 0 to 1,
 * or to infinity.
 */
struct proportion proportion_of(enum proportion_kind kind, struct proportion_count count,
				double dispersion, double confidence);

#endif
