/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each setting hits on kernels that have the race. The power of a run without a hit
 * follows from it.
 *
 * A row of calibration_rows.h is one run on an affected kernel, measured by
 * tests/bench/calibrate.sh: its setting, whether the machine was busy, its passages (see power.h),
 * and how many of them hit. Runs vary more than their counts explain. So the chance is the lower
 * end of an interval widened by that noise (proportion.h), on the worst kernel. The noise is kept
 * too, since the next run varies as well.
 */
#ifndef TOOLS_VERDICT_CALIBRATION_H
#define TOOLS_VERDICT_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

struct calibration_row {
	const char *setting; /* struct power.setting */
	bool busy;           /* a busy loop ran on each processor */
	const char *kernel;
	unsigned int passages, hits;
};

/* All measured rows, ended by one without a setting. */
extern const struct calibration_row calibration_rows[];

struct calibration {
	unsigned int runs, passages, hits; /* sums over the rows; 0 runs: never measured */
	char kernels[96];                  /* "6.17.13, 6.18.9" */
	double chance;                     /* least chance that a passage hits, 0 to 1 */
	double noise;                      /* variation between runs, see proportion_noise() */
};

enum { CALIBRATION_RUNS = 64, CALIBRATION_RUNS_LEAST = 3 };

/* The calibration of a setting, from at most its first CALIBRATION_RUNS rows; rows of a kernel must
 * be adjacent. The true chance is at least `chance` with 97.5 % confidence. */
struct calibration calibration_of(const struct calibration_row *rows, const char *setting,
				  bool busy);

/* Does the same for settings that depend on luck: chance is 0 for fewer than CALIBRATION_RUNS_LEAST
 * runs, which do not show how much runs vary. */
struct calibration calibration_find(const struct calibration_row *rows, const char *setting,
				    bool busy);

#endif
