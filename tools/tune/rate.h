/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates of events that were counted in trials of some seconds each, and what is known of them.
 *
 * A trial's count is taken for Poisson around rate * seconds, and that mean for disturbed from
 * trial to trial by a relative noise, the same for all settings (a machine that is busy slows all
 * of them): variance = mean + noise * mean^2. What is compared with care is compared in rounds, the
 * settings side by side, so that a drift of the machine strikes all of them.
 */
#ifndef TOOLS_TUNE_RATE_H
#define TOOLS_TUNE_RATE_H

#include <stddef.h>

/* What is kept of the trials of one setting; zeroed, nothing. */
struct rate_sum {
	unsigned int trials;
	double count, seconds;                              /* sums */
	double count_count, count_seconds, seconds_seconds; /* sums of products */
};

struct rate_interval {
	double low, high;
};

/* One round of two settings side by side. */
struct rate_pair {
	double count[2], seconds[2];
};

/* What rounds tell of two settings: how much higher the first one's rate is. */
struct rate_difference {
	double difference;
	struct rate_interval interval;
	size_t rounds; /* fewer than two: nothing is known, and the interval is infinite */
};

void rate_add(struct rate_sum *sum, double count, double seconds);

/* Events per second; 0 without a trial. */
double rate_of(const struct rate_sum *sum);

/* The noise (a variance, relative) that all settings' trials show; where they are few, more a guess
 * of 20 % than what they show. */
double rate_noise(const struct rate_sum *sums, size_t count);

/* Where the rate lies with that confidence (0.95): 0 to infinity without a trial. */
struct rate_interval rate_interval(const struct rate_sum *sum, double noise, double confidence);

/*
 * Compares two settings by their rounds: a t interval of the differences, never narrower than the
 * counts themselves allow. Selection must not have seen these rounds, and their number must not
 * depend on what they showed.
 */
struct rate_difference rate_compare(const struct rate_pair *pairs, size_t count, double confidence);

#endif
