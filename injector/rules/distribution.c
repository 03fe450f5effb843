/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/distribution.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Halvings of an interval: more than a double has bits; as many, to search while a request waits.
 */
enum { STEPS = 200, GAMMA_STEPS = 53 };

/* A given figure of a distribution: a quantile, the mean or the standard deviation. */
struct given {
	const char *name;
	enum { GIVEN_QUANTILE, GIVEN_MEAN, GIVEN_STDDEV } what;
	double p, value;
};

static size_t collect(const struct distribution_spec *spec, struct given *given)
{
	const struct given all[] = {
		{ "mean", GIVEN_MEAN, 0, (double)spec->mean },
		{ "stddev", GIVEN_STDDEV, 0, (double)spec->stddev },
		{ "median", GIVEN_QUANTILE, 0.5, (double)spec->median },
		{ "p90", GIVEN_QUANTILE, 0.9, (double)spec->p90 },
		{ "p95", GIVEN_QUANTILE, 0.95, (double)spec->p95 },
		{ "p99", GIVEN_QUANTILE, 0.99, (double)spec->p99 },
		{ "p999", GIVEN_QUANTILE, 0.999, (double)spec->p999 },
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].value > 0)
			given[count++] = all[i];
	return count;
}

/* Checks that percentiles increase, as those of any distribution do. */
static int check_order(const struct given *given, size_t count, char *why, size_t size)
{
	const struct given *last = NULL;

	for (size_t i = 0; i < count; i++) {
		if (given[i].what != GIVEN_QUANTILE)
			continue;
		if (last && given[i].value <= last->value) {
			snprintf(why, size,
				 "no distribution has a %s that is not above its %s; allowed: "
				 "percentiles that go up",
				 given[i].name, last->name);
			return -EINVAL;
		}
		last = &given[i];
	}
	return 0;
}

static int want_givens(const struct distribution *distribution, size_t count, size_t wanted,
		       const char *allowed, char *why, size_t size)
{
	if (count == wanted)
		return 0;
	snprintf(why, size, "%s takes %zu of these, and %zu are given; allowed: %s",
		 distribution->kind->name, wanted, count, allowed);
	return -EINVAL;
}

/* The figure that the distribution of scale 1 and that shape has. */
static double unit_value(const struct distribution_kind *kind, double shape,
			 const struct given *given)
{
	const struct distribution unit = { .kind = kind, .shape = shape, .scale = 1 };

	switch (given->what) {
	case GIVEN_MEAN:
		return kind->unit_mean(shape);
	case GIVEN_STDDEV:
		return kind->unit_stddev(shape);
	default:
		return kind->quantile(&unit, given->p);
	}
}

/*
 * Finds the shape at which two figures have the given ratio. The ratio is monotonic in the shape,
 * except that of lognormal's mean to a high percentile, which has a turning point. The search goes
 * from small shapes up, and so finds the smaller of two solutions.
 */
static int solve_shape(struct distribution *distribution, const struct given *a,
		       const struct given *b, char *why, size_t size)
{
	const struct distribution_kind *kind = distribution->kind;
	double wanted = log(b->value / a->value), low = kind->shape_low, high = low, factor;
	double at_low = log(unit_value(kind, low, b) / unit_value(kind, low, a)) - wanted, at_high;

	factor = pow(kind->shape_high / kind->shape_low, 1.0 / STEPS);
	at_high = at_low;
	for (int i = 0; i < STEPS && (at_low > 0) == (at_high > 0); i++) {
		low = high;
		at_low = at_high;
		high *= factor;
		at_high = log(unit_value(kind, high, b) / unit_value(kind, high, a)) - wanted;
		if (!isfinite(at_high))
			break;
	}
	if (!isfinite(at_low) || !isfinite(at_high) || (at_low > 0) == (at_high > 0)) {
		snprintf(why, size, "no %s distribution has that %s together with that %s",
			 kind->name, a->name, b->name);
		return -EINVAL;
	}
	for (int i = 0; i < STEPS; i++) {
		double middle = sqrt(low * high);
		double value = log(unit_value(kind, middle, b) / unit_value(kind, middle, a));

		if ((value - wanted > 0) == (at_low > 0))
			low = middle;
		else
			high = middle;
	}
	distribution->shape = sqrt(low * high);
	distribution->scale = a->value / unit_value(kind, distribution->shape, a);
	return 0;
}

static int solve_two(struct distribution *distribution, const struct distribution_spec *spec,
		     char *why, size_t size)
{
	struct given given[DISTRIBUTION_PERCENTILES];
	size_t count = collect(spec, given);
	int r = check_order(given, count, why, size);

	if (!r)
		r = want_givens(distribution, count, 2,
				"two of mean, stddev, median, p90, p95, p99, p999", why, size);
	return r ? r : solve_shape(distribution, &given[0], &given[1], why, size);
}

/* The lowest value is the scale, so one more figure determines the shape. */
static int solve_pareto(struct distribution *distribution, const struct distribution_spec *spec,
			char *why, size_t size)
{
	const struct given lowest = { "min", GIVEN_QUANTILE, 1e-12, (double)spec->min };
	struct given given[DISTRIBUTION_PERCENTILES];
	size_t count = collect(spec, given);

	if (!spec->min) {
		snprintf(why, size, "pareto begins at a lowest value; give min");
		return -EINVAL;
	}
	if (want_givens(distribution, count, 1,
			"min and one of mean, stddev, median, p90, p95, p99, p999", why, size))
		return -EINVAL;
	if (given[0].what != GIVEN_STDDEV && given[0].value <= (double)spec->min) {
		snprintf(why, size, "no distribution has a %s that is not above its min",
			 given[0].name);
		return -EINVAL;
	}
	return solve_shape(distribution, &lowest, &given[0], why, size);
}

static int solve_one(struct distribution *distribution, const struct distribution_spec *spec,
		     char *why, size_t size)
{
	struct given given[DISTRIBUTION_PERCENTILES];
	size_t count = collect(spec, given);

	if (want_givens(distribution, count, 1, "one of mean, stddev, median, p90, p95, p99, p999",
			why, size))
		return -EINVAL;
	distribution->scale = given[0].value / unit_value(distribution->kind, 1, &given[0]);
	return 0;
}

/* Mean and deviation are linear in the given figures. */
static int solve_normal(struct distribution *distribution, const struct distribution_spec *spec,
			char *why, size_t size)
{
	struct given given[DISTRIBUTION_PERCENTILES];
	size_t count = collect(spec, given);
	double z[2];
	int r = check_order(given, count, why, size);

	if (!r)
		r = want_givens(distribution, count, 2,
				"two of mean, stddev, median, p90, p95, p99, p999", why, size);
	if (r)
		return r;
	for (int i = 0; i < 2; i++)
		z[i] = given[i].what == GIVEN_QUANTILE ? gsl_cdf_ugaussian_Pinv(given[i].p) : 0;
	if (given[0].what == GIVEN_STDDEV || given[1].what == GIVEN_STDDEV) {
		int place = given[0].what == GIVEN_STDDEV;

		distribution->scale = given[!place].value;
		distribution->shape = given[place].value - z[place] * distribution->scale;
		return 0;
	}
	distribution->scale = z[1] == z[0] ? 0 : (given[1].value - given[0].value) / (z[1] - z[0]);
	distribution->shape = given[0].value - z[0] * distribution->scale;
	if (distribution->scale > 0)
		return 0;
	snprintf(why, size, "no normal distribution has that %s together with that %s",
		 given[0].name, given[1].name);
	return -EINVAL;
}

static int solve_uniform(struct distribution *distribution, const struct distribution_spec *spec,
			 char *why, size_t size)
{
	struct given given[DISTRIBUTION_PERCENTILES];

	if (!collect(spec, given) && spec->max > spec->min) {
		distribution->shape = (double)spec->min;
		distribution->scale = (double)(spec->max - spec->min);
		return 0;
	}
	snprintf(why, size,
		 "uniform goes from min to max; allowed: these two alone, min below max");
	return -EINVAL;
}

static double uniform_quantile(const struct distribution *d, double p)
{
	return d->shape + p * d->scale;
}

static double normal_quantile(const struct distribution *d, double p)
{
	return d->shape + d->scale * gsl_cdf_ugaussian_Pinv(p);
}

static double lognormal_quantile(const struct distribution *d, double p)
{
	return d->scale * exp(d->shape * gsl_cdf_ugaussian_Pinv(p));
}

static double lognormal_mean(double shape)
{
	return exp(shape * shape / 2);
}

static double lognormal_stddev(double shape)
{
	return sqrt(expm1(shape * shape)) * lognormal_mean(shape);
}

static double exponential_quantile(const struct distribution *d, double p)
{
	return gsl_cdf_exponential_Pinv(p, d->scale);
}

static double one(double shape)
{
	(void)shape;
	return 1;
}

static double pareto_quantile(const struct distribution *d, double p)
{
	return gsl_cdf_pareto_Pinv(p, d->shape, d->scale);
}

static double pareto_mean(double shape)
{
	return shape > 1 ? shape / (shape - 1) : INFINITY;
}

static double pareto_stddev(double shape)
{
	return shape > 2 ? sqrt(shape / (shape - 2)) / (shape - 1) : INFINITY;
}

/* GSL has no low quantiles for shapes below 1/8, nor some for large ones: NaN. */
static double gamma_quantile(const struct distribution *d, double p)
{
	double value = gsl_cdf_gamma_Pinv(p, d->shape, d->scale), low = 0, high = d->shape + 1;

	if (isfinite(value))
		return value;
	/* Near 0 the distribution function is a power. */
	value = exp((log(p) + lgamma(d->shape + 1)) / d->shape);
	if (value < 1e-6)
		return value * d->scale;
	while (gsl_cdf_gamma_P(high, d->shape, 1) < p)
		high *= 2;
	for (int i = 0; i < GAMMA_STEPS; i++) {
		double middle = (low + high) / 2;

		if (gsl_cdf_gamma_P(middle, d->shape, 1) < p)
			low = middle;
		else
			high = middle;
	}
	return high * d->scale;
}

static double gamma_mean(double shape)
{
	return shape;
}

static double histogram_quantile(const struct distribution *d, double p)
{
	size_t low = 0, high = d->bin_count - 1;

	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if (d->bins[middle].below <= p)
			low = middle;
		else
			high = middle - 1;
	}
	return d->bins[low].from + (p - d->bins[low].below) / d->bins[low].share *
					   (d->bins[low].to - d->bins[low].from);
}

/* The shape of normal is its mean, that of uniform its lowest value. */
const struct distribution_kind distribution_kinds[] = {
	{ .name = "uniform", .solve = solve_uniform, .quantile = uniform_quantile },
	{ .name = "normal", .solve = solve_normal, .quantile = normal_quantile },
	{ "lognormal", solve_two, lognormal_quantile, lognormal_mean, lognormal_stddev, 1e-3, 8 },
	{ "exponential", solve_one, exponential_quantile, one, one, 1, 1 },
	{ "pareto", solve_pareto, pareto_quantile, pareto_mean, pareto_stddev, 1e3, 0.05 },
	{ "gamma", solve_two, gamma_quantile, gamma_mean, sqrt, 1e4, 0.02 },
	{ .name = NULL },
};

static const struct distribution_kind histogram = { .name = "histogram",
						    .quantile = histogram_quantile };

const struct distribution_kind *distribution_kind_find(const char *name)
{
	for (const struct distribution_kind *kind = distribution_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

int distribution_make(struct distribution *distribution, const struct distribution_spec *spec,
		      char *why, size_t size)
{
	*distribution = (struct distribution){
		.kind = spec->kind,
		.low = (double)spec->min,
		.high = spec->max ? (double)spec->max : INFINITY,
	};
	/* Otherwise GSL aborts if it cannot compute a value; results that are not finite are
	 * handled here. */
	gsl_set_error_handler_off();
	if (spec->max && spec->max < spec->min) {
		snprintf(why, size, "max is below min; allowed: min up to max");
		return -EINVAL;
	}
	return spec->kind->solve(distribution, spec, why, size);
}

static int add_bin(struct distribution *distribution, const struct distribution_bin *bin)
{
	struct distribution_bin *bins = realloc(
		distribution->bins, (distribution->bin_count + 1) * sizeof(*distribution->bins));

	if (!bins)
		return -ENOMEM;
	distribution->bins = bins;
	bins[distribution->bin_count++] = *bin;
	return 0;
}

static int parse_bin(char *line, struct distribution_bin *bin)
{
	char from[40], to[40], rest;
	uint64_t low, high;

	line[strcspn(line, "#\n")] = '\0';
	if (!line[strspn(line, " \t\r")])
		return 0;
	if (sscanf(line, "%39s %39s %lf %c", from, to, &bin->share, &rest) != 3 ||
	    units_parse_duration(from, &low) || units_parse_duration(to, &high) || high <= low ||
	    !(bin->share >= 0) || !isfinite(bin->share))
		return -EINVAL;
	bin->from = (double)low;
	bin->to = (double)high;
	return 1;
}

static int read_bins(struct distribution *distribution, FILE *file, char *why, size_t size,
		     const char *path)
{
	_cleanup_free_ char *line = NULL;
	struct distribution_bin bin;
	double sum = 0;
	size_t room = 0;
	int r;

	for (int number = 1; getline(&line, &room, file) >= 0; number++) {
		r = parse_bin(line, &bin);
		if (r < 0) {
			snprintf(why, size,
				 "%s:%d: not a bin; allowed: FROM TO WEIGHT, such as "
				 "100us 200us 35",
				 path, number);
			return r;
		}
		bin.below = sum;
		if (r && bin.share > 0) {
			sum += bin.share;
			r = add_bin(distribution, &bin);
			if (r < 0)
				return snprintf(why, size, "out of memory"), r;
		}
	}
	if (!feof(file)) {
		r = -errno;
		snprintf(why, size, "%s: %s", path, strerror(errno));
		return r;
	}
	if (!distribution->bin_count) {
		snprintf(why, size, "%s: no bin with a weight in it", path);
		return -EINVAL;
	}
	for (size_t i = 0; i < distribution->bin_count; i++) {
		distribution->bins[i].below /= sum;
		distribution->bins[i].share /= sum;
	}
	return 0;
}

int distribution_read(struct distribution *distribution, const char *path, char *why, size_t size)
{
	FILE *file = text_file_stream(path);
	int r;

	*distribution = (struct distribution){ .kind = &histogram, .high = INFINITY };
	if (!file) {
		r = -errno;
		snprintf(why, size, "%s: %s", path, text_file_error(r));
		return r;
	}
	r = read_bins(distribution, file, why, size, path);
	fclose(file);
	if (r)
		distribution_release(distribution);
	return r;
}

void distribution_release(struct distribution *distribution)
{
	free(distribution->bins);
	distribution->bins = NULL;
	distribution->bin_count = 0;
}

/* A number strictly between 0 and 1. */
static double share_of(uint64_t random)
{
	return ((double)(random >> 11) + 0.5) / 9007199254740992.0;
}

uint64_t distribution_draw(const struct distribution *distribution, uint64_t random)
{
	double value = distribution->kind->quantile(distribution, share_of(random));

	if (value < distribution->low)
		value = distribution->low;
	if (value > distribution->high)
		value = distribution->high;
	return value < 9e18 ? (uint64_t)(value + 0.5) : UINT64_C(9000000000000000000);
}

double distribution_share(const struct distribution *distribution, double value)
{
	double low = 0, high = 1;

	if (value >= distribution->high)
		return 1;
	for (int i = 0; i < 40; i++) {
		double middle = (low + high) / 2;

		if (distribution->kind->quantile(distribution, middle) <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}
