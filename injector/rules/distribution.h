/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distributions of durations, specified by known figures: mean, median, percentiles. A kind of
 * distribution is a row of distribution_kinds[]; its parameters are computed from the figures. The
 * inverse of the distribution function turns a number between 0 and 1 into a value, so the same
 * numbers give the same values.
 */
#ifndef INJECTOR_RULES_DISTRIBUTION_H
#define INJECTOR_RULES_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISTRIBUTION_PERCENTILES = 8 };

/* A distribution as a rule states it, in ns. 0: not given. */
struct distribution_spec {
	const struct distribution_kind *kind;
	uint64_t mean, stddev, median, p90, p95, p99, p999;
	uint64_t min, max; /* limits; parameters of uniform, and min of pareto */
};

/* A distribution with its parameters. */
struct distribution {
	const struct distribution_kind *kind;
	double shape, scale;
	double low, high;              /* limits of the values, ns */
	struct distribution_bin *bins; /* of a histogram, owned */
	size_t bin_count;
};

/* A bin of a histogram; its values are uniformly distributed. */
struct distribution_bin {
	double from, to; /* ns */
	double below;    /* share of all values in the bins before */
	double share;    /* of all values in this one */
};

struct distribution_kind {
	const char *name;
	/* Computes shape and scale. Returns 0; -EINVAL with `why`. */
	int (*solve)(struct distribution *distribution, const struct distribution_spec *spec,
		     char *why, size_t size);
	/* The p-quantile, ns, without limits; 0 < p < 1. */
	double (*quantile)(const struct distribution *distribution, double p);
	/* At scale 1. NULL for uniform and normal. */
	double (*unit_mean)(double shape), (*unit_stddev)(double shape);
	double shape_low, shape_high; /* where the search for the shape begins and ends */
};

/* "uniform", "normal", "lognormal", "exponential", "pareto", "gamma"; ended by a row
 * without a name. */
extern const struct distribution_kind distribution_kinds[];

/* The row of that name; NULL if there is none. */
const struct distribution_kind *distribution_kind_find(const char *name);

/*
 * Computes the parameters of spec->kind. why: on error, a clause that says what is wrong and what
 * is allowed. Returns 0; -EINVAL, for instance for percentiles that no distribution of the kind
 * has. Release with distribution_release().
 */
int distribution_make(struct distribution *distribution, const struct distribution_spec *spec,
		      char *why, size_t size);

/*
 * Reads a histogram: a line "FROM TO WEIGHT" for each bin, durations with units, "100us 200us 35";
 * # begins a comment. Returns 0; -EINVAL, -ENOMEM or -errno of the file, with `why`. Release with
 * distribution_release().
 */
int distribution_read(struct distribution *distribution, const char *path, char *why, size_t size);

void distribution_release(struct distribution *distribution);

/* The value for a random number, within the limits, in whole ns. */
uint64_t distribution_draw(const struct distribution *distribution, uint64_t random);

/* The share of values up to `value` ns, which is not below the lower limit: for tests of goodness
 * of fit. */
double distribution_share(const struct distribution *distribution, double value);

#endif
