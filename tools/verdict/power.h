/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The power of a run: the probability that a kernel with the race would have been caught by it.
 *
 * The unit is the passage: an attempt that can have hit. Of a storm that splits, that is a punch
 * whose split succeeded, and in which a look-up of an exposed page began while the folio was
 * frozen, by the witness, or, without it, in which a reader that can hit had an exposure. Exposures
 * of one punch are no independent attempts, so a punch is one passage at most. Of stale-folios it
 * is a step in which the large folio came while the thread was held; of other races a punch.
 *
 * How often a passage hits where the race is comes from the calibration (calibration.h), by
 * setting: all that the rate was seen to depend on. With chance p at least, and n passages, a
 * kernel with the race passes unseen with probability (1 - p)^n at most. Runs have chances of their
 * own, though: beside load some hit in most of their passages and some in none. So the run's is
 * taken to be drawn from a beta distribution with that mean and as much noise as the runs of the
 * calibration had.
 *
 * An interleaving that is brought about, by a schedule or by scripted threads, is a setting of its
 * own, whose passages are those that were made or withstood: how often it hits is in the scenario
 * (shown.h), and nothing is left to causes that passages have in common.
 */
#ifndef TOOLS_VERDICT_POWER_H
#define TOOLS_VERDICT_POWER_H

#include "tools/verdict/calibration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_result;

/* Those of one run have causes in common, so with fewer nothing is claimed; and nobody waits for
 * more. */
enum { POWER_PASSAGES_LEAST = 20, POWER_PASSAGES_MOST = 1000000 };

struct power {
	uint64_t passages;
	char setting
		[256]; /* what the calibration was asked for; "": no reader of the run can hit */
	bool forced;   /* that is an interleaving, and passages are those of its schedule */
	bool busy;     /* the run waited for processors for longer than those of idle rows did */
	struct calibration calibration;
	double value; /* 0 to 1 */
};

/* The power of a run that has ended. */
struct power power_of(const struct run_result *result);

/* The power of so many passages. */
double power_with(const struct calibration *calibration, uint64_t passages);

/* Passages that a power wants; 0 where the calibration knows of no chance, or too many are. */
uint64_t power_passages_for(const struct power *power, double wanted);

#endif
