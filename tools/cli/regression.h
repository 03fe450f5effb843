/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a command: compares its results with a baseline, saves them as one, and prints them in
 * the requested format. */
#ifndef TOOLS_CLI_REGRESSION_H
#define TOOLS_CLI_REGRESSION_H

#include "tools/scenario/run_options.h"
#include "tools/verdict/test_point.h"

struct baseline;

struct regression {
	const struct run_arguments *arguments;
	struct baseline *baseline; /* for comparison, or NULL */
};

/* Loads the baseline, and checks the file of a new one, before anything runs. Returns 0 or as
 * output_error() (reported). Call regression_release() afterwards. */
int regression_begin(struct regression *regression, const struct run_arguments *arguments);

/* Frees the baseline. */
void regression_release(struct regression *regression);

/*
 * Compares the points with the baseline: a rate that has fallen is a failure; a point that cannot
 * be compared is inconclusive. Both change the point and its result (keys `baseline`, `outcome`,
 * `as_expected`, `reason`). Then saves a new baseline, if requested. Returns the exit code of the
 * points, or EXIT_RUN_ERROR if it cannot be saved.
 */
int regression_judge(const struct regression *regression, struct test_point *points, size_t count);

/*
 * Judges and prints the single point of `run` or `guest`. error: 0, or the -errno of a run without
 * a result or whose result could not be written. why: the cause, or "". result: of the run or the
 * series of runs, or NULL; with an error its outcome becomes `error`, its verdict stays. Returns
 * the exit code.
 */
int regression_conclude(const struct regression *regression, const char *name, int error,
			const char *why, json_t *result);

/* Prints the points to standard output. As text, prints only the comparison: the rest is the
 * command's own. whole: printed as JSON. */
void regression_print(const struct regression *regression, const struct test_point *points,
		      size_t count, const json_t *whole);

#endif
