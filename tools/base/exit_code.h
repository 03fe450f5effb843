/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit codes of all commands, and the errors that they stand for. Libraries return errors;
 * only tools/cli/ turns them into exit codes. Code that runs foliostorm as a child process turns
 * its exit code back into an error. */
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

/* Returns the exit code of an error: EXIT_USAGE for -EINVAL, EXIT_PRECONDITION for -EPERM and
 * -ENOSPC, EXIT_AS_EXPECTED for 0, EXIT_RUN_ERROR for any other. */
int exit_code_of_error(int error);

/* Returns the error that an exit code of foliostorm stands for: 0 (any verdict), -EINVAL, -EPERM
 * or -EIO. */
int error_of_exit_code(int code);

/* Returns whether an error means that the machine lacks a precondition: permission or a feature
 * (-EPERM), or space (-ENOSPC). */
bool error_is_precondition(int error);

#endif
