/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit codes of outcomes, and of commands under --exit-codes. */
#ifndef TOOLS_CLI_OUTCOME_CODE_H
#define TOOLS_CLI_OUTCOME_CODE_H

#include "tools/base/exit_code.h"
#include "tools/scenario/run_options.h"
#include "tools/verdict/test_point.h"

/* The exit code of an outcome. */
enum exit_code exit_code_of_outcome(enum test_outcome outcome);

/*
 * The outcome of points for a bisection: verdicts count as they are, despite expect.xfail. A guest
 * whose kernel does not boot or dies of something else, and a skipped point, are inconclusive. An
 * interrupted run is an error, unless it failed.
 */
enum test_outcome bisect_outcome(const struct test_point *points, size_t count);

/* The exit code with which a command ends. code: enum exit_code. */
int exit_code_said(enum exit_codes codes, int code);

#endif
