/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/rate.h"
#include "tools/verdict/proportion.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* The prior of the noise, and the number of trials that it counts as. */
static const double NOISE_GUESS = 0.04, GUESS_TRIALS = 4;

void rate_add(struct rate_sum *sum, double count, double seconds)
{
	sum->trials++;
	sum->count += count;
	sum->seconds += seconds;
	sum->count_count += count * count;
	sum->count_seconds += count * seconds;
	sum->seconds_seconds += seconds * seconds;
}

double rate_of(const struct rate_sum *sum)
{
	return sum->seconds > 0 ? sum->count / sum->seconds : 0;
}

/* Sum of the squares of the expected counts. */
static double squared_means(const struct rate_sum *sum)
{
	return rate_of(sum) * rate_of(sum) * sum->seconds_seconds;
}

double rate_noise(const struct rate_sum *sums, size_t count)
{
	double excess = 0, squares = 0, degrees = 0, noise;

	for (size_t i = 0; i < count; i++) {
		const struct rate_sum *sum = &sums[i];
		double rate = rate_of(sum), deviations;

		if (sum->trials < 2 || sum->count <= 0)
			continue;
		deviations = sum->count_count - 2 * rate * sum->count_seconds +
			     rate * rate * sum->seconds_seconds;
		/* The mean is estimated from the same trials, which reduces the deviations. */
		excess += deviations * sum->trials / (sum->trials - 1) - sum->count;
		squares += squared_means(sum);
		degrees += sum->trials - 1;
	}
	noise = squares > 0 ? fmax(0, excess / squares) : 0;
	return (GUESS_TRIALS * NOISE_GUESS + degrees * noise) / (GUESS_TRIALS + degrees);
}

struct rate_interval rate_interval(const struct rate_sum *sum, double noise, double confidence)
{
	const struct proportion_count count = { sum->count, sum->seconds };
	struct proportion rate;
	double spread = 1;

	/* Noise widens the interval as if that many fewer events had been counted. */
	if (sum->count > 0)
		spread += noise * squared_means(sum) / sum->count;
	rate = proportion_of(PROPORTION_MEAN, count, spread, confidence);
	return (struct rate_interval){ rate.low, rate.high };
}

static double pair_difference(const struct rate_pair *pair)
{
	return pair->count[0] / pair->seconds[0] - pair->count[1] / pair->seconds[1];
}

struct rate_difference rate_compare(const struct rate_pair *pairs, size_t count, double confidence)
{
	struct rate_difference result = { .rounds = count, .interval = { -INFINITY, INFINITY } };
	double squares = 0, poisson = 0, n = (double)count, error, half;

	for (size_t i = 0; i < count; i++)
		result.difference += pair_difference(&pairs[i]) / n;
	if (count < 2)
		return result;
	for (size_t i = 0; i < count; i++) {
		double off = pair_difference(&pairs[i]) - result.difference;

		squares += off * off;
	}
	/* One more event than counted, so that no event does not mean no variance. */
	for (int which = 0; which < 2; which++) {
		double events = 1, seconds = 0;

		for (size_t i = 0; i < count; i++) {
			events += pairs[i].count[which];
			seconds += pairs[i].seconds[which];
		}
		poisson += events / (seconds * seconds);
	}
	error = sqrt(fmax(squares / (n - 1) / n, poisson));
	half = error * gsl_cdf_tdist_Pinv(0.5 + confidence / 2, n - 1);
	result.interval =
		(struct rate_interval){ result.difference - half, result.difference + half };
	return result;
}
