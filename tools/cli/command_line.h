/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line of every command has in common. */
#ifndef TOOLS_CLI_COMMAND_LINE_H
#define TOOLS_CLI_COMMAND_LINE_H

#include <argp.h>
#include <jansson.h>

/*
 * argp_parse() with the options -h, --help, --usage, -V and --version, which print and end the
 * process. A wrong command line ends it with argp_err_exit_status, EXIT_USAGE or what --exit-codes
 * makes of it. Returns 0, or what the parser returned.
 */
error_t command_line_parse(const struct argp *argp, int argc, char **argv, void *input);

/*
 * The part of a command's parser that takes its one argument: anything but ARGP_KEY_ARG and
 * ARGP_KEY_NO_ARGS is ARGP_ERR_UNKNOWN. what: the argument is, for the error when there is none,
 * or a second one: "scenario". taken: gets it, and is NULL before.
 */
error_t command_line_take_one(int key, const char *argument, struct argp_state *state,
			      const char *what, const char **taken);

/*
 * For an option that prints something and ends the command: the error when there is anything else
 * on the command line. To be called while the option is parsed. option: as it is spelled in full,
 * "--schema". argument: of the option, or NULL.
 */
void command_line_alone(struct argp_state *state, const char *option, const char *argument);

/* Prints it to standard output, with an end of line. */
void command_line_print_json(const json_t *value);

/* The version of foliostorm and the commit that it was built of, as one line of text. */
extern const char command_line_version[];

#endif
