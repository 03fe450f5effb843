/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line of every command has in common. */
#ifndef TOOLS_CLI_COMMAND_LINE_H
#define TOOLS_CLI_COMMAND_LINE_H

#include <argp.h>
#include <stddef.h>

/*
 * argp_parse() with the options -h, --help, --usage, -V and --version, which print and end the
 * process. A wrong command line ends it with argp_err_exit_status, EXIT_USAGE or what --exit-codes
 * makes of it. Returns 0, or what the parser returned.
 */
error_t command_line_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Takes the one argument of a command. what: it is, for the error when it is the second:
 * "scenario". */
void command_line_take_one(struct argp_state *state, const char *what, const char *argument,
			   const char **taken);

/* The version of foliostorm and the commit that it was built of, as one line of text. */
extern const char command_line_version[];

#endif
