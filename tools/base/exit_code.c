/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/exit_code.h"
#include "injector/base/array.h"

#include <errno.h>
#include <stddef.h>

/* The first row with a code gives the error for that code. */
static const struct {
	int error;
	enum exit_code code;
} failures[] = {
	{ -EINVAL, EXIT_USAGE },
	{ -EPERM, EXIT_PRECONDITION },
	{ -ENOSPC, EXIT_PRECONDITION },
};

enum { FAILURES = ARRAY_SIZE(failures) };

int exit_code_of_error(int error)
{
	for (size_t i = 0; i < FAILURES; i++)
		if (failures[i].error == error)
			return (int)failures[i].code;
	return error ? EXIT_RUN_ERROR : EXIT_AS_EXPECTED;
}

int error_of_exit_code(int code)
{
	for (size_t i = 0; i < FAILURES; i++)
		if ((int)failures[i].code == code)
			return failures[i].error;
	return code == EXIT_AS_EXPECTED || code == EXIT_NOT_AS_EXPECTED || code == EXIT_INCONCLUSIVE
		       ? 0
		       : -EIO;
}

bool error_is_precondition(int error)
{
	return exit_code_of_error(error) == EXIT_PRECONDITION;
}
