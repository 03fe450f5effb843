/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit codes of outcomes, and of commands where --exit-codes asks for others. */
#ifndef TOOLS_CLI_OUTCOME_CODE_H
#define TOOLS_CLI_OUTCOME_CODE_H

#include "tools/base/exit_code.h"
#include "tools/scenario/run_options.h"
#include "tools/verdict/test_point.h"

enum exit_code exit_code_of_outcome(enum test_outcome outcome);

/*
 * What points come to for a bisection: verdicts as they are, whatever is known of the kernel; a
 * guest whose kernel does not boot, or dies of something else, cannot tell, nor can a point that
 * was skipped; what was interrupted failed.
 */
enum test_outcome bisect_outcome(const struct test_point *points, size_t count);

/* An exit code of ours (enum exit_code) as a command ends with it. */
int exit_code_said(enum exit_codes codes, int code);

#endif
