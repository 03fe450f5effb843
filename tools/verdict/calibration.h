/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each way of racing has hit where the race is known to be: what a run without a hit is
 * worth depends on that alone.
 *
 * A row of calibration_rows.h is one run on an affected kernel, measured by
 * tests/bench/calibrate.sh: its setting, whether the machine was busy, its passages (see power.h)
 * and how many of them gave a hit. Runs differ by more than their counts make them, so the chance
 * that is taken is the lower end of an interval that is widened by how much they do (proportion.h),
 * of the worst kernel; and how much they do is said besides, for the next run differs as well.
 */
#ifndef TOOLS_VERDICT_CALIBRATION_H
#define TOOLS_VERDICT_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

struct calibration_row {
	const char *setting; /* struct power.setting */
	bool busy;           /* beside a busy loop on each processor */
	const char *kernel;
	unsigned int passages, hits;
};

/* All that was measured, ended by a row without a setting. */
extern const struct calibration_row calibration_rows[];

struct calibration {
	unsigned int runs, passages, hits; /* all of them; 0: never measured */
	char kernels[96];                  /* that they were on: "6.17.13, 6.18.9" */
	double chance;                     /* of a hit in a passage, at least; 0 to 1 */
	double noise;                      /* of the chances of runs, see proportion_noise() */
};

enum { CALIBRATION_RUNS = 64, CALIBRATION_RUNS_LEAST = 3 };

/* What is known of a setting, from such a table of up to CALIBRATION_RUNS runs of one setting. The
 * chance is at least that with 97.5 % confidence. */
struct calibration calibration_of(const struct calibration_row *rows, const char *setting,
				  bool busy);

/* The same of what is left to luck: from fewer than CALIBRATION_RUNS_LEAST runs, which do not show
 * how much runs differ, the chance is 0. */
struct calibration calibration_find(const struct calibration_row *rows, const char *setting,
				    bool busy);

#endif
