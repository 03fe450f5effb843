/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates of events counted in trials of some seconds each, and their uncertainty.
 *
 * A trial's count is modelled as Poisson around a mean of rate * seconds. The mean varies from
 * trial to trial by a relative noise that is the same for all settings (a busy machine slows all of
 * them): variance = mean + noise * mean^2. For reliable comparison, settings are tried side by side
 * in rounds, so that a drift of the machine affects all of them.
 */
#ifndef TOOLS_TUNE_RATE_H
#define TOOLS_TUNE_RATE_H

#include <stddef.h>

/* Sums over the trials of a setting; zeroed before the first. */
struct rate_sum {
	unsigned int trials;
	double count, seconds;                              /* sums */
	double count_count, count_seconds, seconds_seconds; /* sums of products */
};

struct rate_interval {
	double low, high;
};

/* A round of two settings side by side. */
struct rate_pair {
	double count[2], seconds[2];
};

/* How much higher the first setting's rate is, by rounds of both. */
struct rate_difference {
	double difference;
	struct rate_interval interval;
	size_t rounds; /* if fewer than two, the interval is infinite */
};

/* Adds a trial. */
void rate_add(struct rate_sum *sum, double count, double seconds);

/* Events per second; 0 without trials. */
double rate_of(const struct rate_sum *sum);

/* The noise (a relative variance) of all settings' trials. With few trials, mostly a prior of 20 %
 * (standard deviation). */
double rate_noise(const struct rate_sum *sums, size_t count);

/* The interval of the rate. confidence: such as 0.95. 0 to infinity without trials. */
struct rate_interval rate_interval(const struct rate_sum *sum, double noise, double confidence);

/*
 * Compares two settings by rounds: a t interval of the differences, at least as wide as the counts
 * allow. The rounds must not have been used for selection, and their number must not depend on
 * their results.
 */
struct rate_difference rate_compare(const struct rate_pair *pairs, size_t count, double confidence);

#endif
