/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of results at the end of a command: they are compared with a baseline, kept as one,
 * and printed in the format that was asked for. */
#ifndef TOOLS_CLI_REGRESSION_H
#define TOOLS_CLI_REGRESSION_H

#include "tools/scenario/run_options.h"
#include "tools/verdict/test_point.h"

struct baseline;

struct regression {
	const struct run_arguments *arguments;
	struct baseline *baseline; /* to compare with, or NULL */
};

/* Reads the baseline, before anything runs. Returns 0 or as output_error() (reported). Release with
 * regression_release(). */
int regression_begin(struct regression *regression, const struct run_arguments *arguments);

void regression_release(struct regression *regression);

/*
 * Compares the points with the baseline: a rate that has fallen is a failure, and one that has
 * nothing to be compared with is inconclusive. Both are said in the point and in its result (keys
 * `baseline`, `outcome`, `as_expected`, `reason`). Then saves a new baseline, if that was asked
 * for. Returns the exit code of the points, or EXIT_RUN_ERROR.
 */
int regression_judge(const struct regression *regression, struct test_point *points, size_t count);

/*
 * Judges and prints the one point of `run` or `guest`. error: 0, or the -errno of a run that has
 * left no result or could not write it, with why, or "". result: of that run and those before it,
 * or NULL where there is none; with an error its outcome becomes `error`, and its verdict stays.
 * Returns the exit code.
 */
int regression_conclude(const struct regression *regression, const char *name, int error,
			const char *why, json_t *result);

/* Prints the points to standard output, unless as text, which is the command's own: then only what
 * the baseline says. whole: for JSON. */
void regression_print(const struct regression *regression, const struct test_point *points,
		      size_t count, const json_t *whole);

#endif
