/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit codes of every command. */
#ifndef TOOLS_BASE_EXIT_CODE_H
#define TOOLS_BASE_EXIT_CODE_H

enum exit_code {
	EXIT_AS_EXPECTED = 0,
	EXIT_NOT_AS_EXPECTED = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_RUN_ERROR = 4,
	EXIT_PRECONDITION = 77,
};

#endif
