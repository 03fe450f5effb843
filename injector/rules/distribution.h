/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distributions of durations, named by what people know of them: mean, median, percentiles. A
 * distribution is a row of distribution_kinds[]; its parameters are found from what is given.
 * A value is drawn from one number between 0 and 1 by the inverse of the distribution function, so
 * the same numbers give the same values.
 */
#ifndef INJECTOR_RULES_DISTRIBUTION_H
#define INJECTOR_RULES_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISTRIBUTION_PERCENTILES = 8 };

/* As it is written. 0: not given. All in ns. */
struct distribution_spec {
	const struct distribution_kind *kind;
	uint64_t mean, stddev, median, p90, p95, p99, p999;
	uint64_t min, max; /* min: of uniform and pareto a parameter; else both are limits */
};

/* With its parameters. */
struct distribution {
	const struct distribution_kind *kind;
	double shape, scale;
	double low, high;              /* limits of what is drawn, ns */
	struct distribution_bin *bins; /* of a histogram, owned */
	size_t bin_count;
};

/* One bin of a histogram: everywhere in it is as likely. */
struct distribution_bin {
	double from, to; /* ns */
	double below;    /* share of all that is in the bins before */
	double share;
};

struct distribution_kind {
	const char *name;
	/* Sets shape and scale. Returns 0; -EINVAL with `why`. */
	int (*solve)(struct distribution *distribution, const struct distribution_spec *spec,
		     char *why, size_t size);
	/* The value below which a share `p` of all lies, 0 < p < 1. */
	double (*quantile)(const struct distribution *distribution, double p);
	/* Of those with a shape: of scale 1. */
	double (*unit_mean)(double shape), (*unit_stddev)(double shape);
	double shape_low, shape_high;
};

/* "uniform", "normal", "lognormal", "exponential", "pareto", "gamma"; ended by a row
 * without a name. */
extern const struct distribution_kind distribution_kinds[];

/* The row of that name; NULL when there is none. */
const struct distribution_kind *distribution_kind_find(const char *name);

/*
 * Finds the parameters. why: on -EINVAL, a clause that says what is wrong and what is allowed, such
 * as percentiles that no distribution of the kind has. Release with distribution_release().
 */
int distribution_make(struct distribution *distribution, const struct distribution_spec *spec,
		      char *why, size_t size);

/*
 * Reads a histogram: a line "FROM TO WEIGHT" for each bin, durations with units, "100us 200us 35";
 * # begins a comment. Returns 0; -EINVAL, -ENOMEM or -errno of the file, with `why`.
 */
int distribution_read(struct distribution *distribution, const char *path, char *why, size_t size);

void distribution_release(struct distribution *distribution);

/* The value for a random number, in whole ns. */
uint64_t distribution_draw(const struct distribution *distribution, uint64_t random);

/* The share of values up to `value` ns, limits included: for tests of goodness of fit. */
double distribution_share(const struct distribution *distribution, double value);

#endif
