/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The power of a run: the probability that it would have caught a kernel with the race.
 *
 * Its unit is the passage, an attempt that can hit. For a storm that splits, that is a punch whose
 * split succeeded and during which a lookup of an exposed page began while the folio was frozen, as
 * the witness sees it; without the witness, a punch in which a suitable reader had an exposure.
 * Exposures of one punch are not independent, so a punch is at most one passage. For stale-folios
 * it is a step in which the large folio appeared while the thread was held; for other races, a
 * punch.
 *
 * The calibration (calibration.h) gives the chance of a passage by setting, which is everything
 * that was seen to affect it. With a chance of at least p, n passages miss a race with probability
 * (1 - p)^n at most. But runs have chances of their own: under load some hit in most of their
 * passages and some in none. So the chance of a run is modelled as drawn from a beta distribution
 * with mean p and the noise of the calibration.
 *
 * A forced interleaving, by a schedule or scripted threads, is a setting of its own. Its passages
 * are those made or withstood, the scenario says how often it hits (shown.h), and one run's
 * passages count as independent.
 */
#ifndef TOOLS_VERDICT_POWER_H
#define TOOLS_VERDICT_POWER_H

#include "tools/verdict/calibration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_result;

/* Passages of a run share causes, so fewer prove nothing. Searches for a number of passages stop at
 * MOST. */
enum { POWER_PASSAGES_LEAST = 20, POWER_PASSAGES_MOST = 1000000 };

struct power {
	uint64_t passages;
	char setting[256]; /* key of the calibration; "": no reader of the run can hit */
	bool forced;       /* a forced interleaving; passages are those of the schedule */
	bool busy;         /* the run waited longer for processors than the idle rows did */
	struct calibration calibration;
	double value; /* 0 to 1 */
};

/* Computes the power of a run that has ended. */
struct power power_of(const struct run_result *result);

/* The power of that many passages; 0 for fewer than POWER_PASSAGES_LEAST. */
double power_with(const struct calibration *calibration, uint64_t passages);

/* Passages needed for a power; 0 if the chance is not known, or more than POWER_PASSAGES_MOST are
 * needed. */
uint64_t power_passages_for(const struct power *power, double wanted);

#endif
