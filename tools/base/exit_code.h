/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit codes of every command, and the errors that they stand for. Libraries return errors;
 * tools/cli/ alone turns them into exit codes. A caller of one of our programs reads them back. */
#ifndef TOOLS_BASE_EXIT_CODE_H
#define TOOLS_BASE_EXIT_CODE_H

#include <stdbool.h>

enum exit_code {
	EXIT_AS_EXPECTED = 0,
	EXIT_NOT_AS_EXPECTED = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_RUN_ERROR = 4,
	EXIT_PRECONDITION = 77,
};

/* The exit code of an error: EXIT_USAGE for -EINVAL, EXIT_PRECONDITION for -EPERM and -ENOSPC (see
 * error_is_precondition()), EXIT_AS_EXPECTED for 0, EXIT_RUN_ERROR for any other. */
int exit_code_of_error(int error);

/* The error that an exit code of a program of ours stands for: 0, -EINVAL, -EPERM, or -EIO. A
 * verdict of any sort is none. */
int error_of_exit_code(int code);

/* Whether an error of a library says that the machine lacks a precondition: permission or a feature
 * (-EPERM), or room (-ENOSPC). */
bool error_is_precondition(int error);

#endif
