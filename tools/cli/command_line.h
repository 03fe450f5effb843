/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the command line that all commands share. */
#ifndef TOOLS_CLI_COMMAND_LINE_H
#define TOOLS_CLI_COMMAND_LINE_H

#include <argp.h>
#include <jansson.h>

/*
 * Like argp_parse(), with the options -h, --help, --usage, -V and --version, which print and end
 * the process. A usage error ends it with argp_err_exit_status: EXIT_USAGE, or the code that
 * --exit-codes selects. Returns 0, or what the parser returned.
 */
error_t command_line_parse(const struct argp *argp, int argc, char **argv, void *input);

/*
 * Handles the single argument of a command in its parser. what: the argument's name, for the error
 * if it is missing, empty or given twice: "scenario". taken: NULL before; set to the argument.
 * Returns 0 for ARGP_KEY_ARG and ARGP_KEY_NO_ARGS, else ARGP_ERR_UNKNOWN.
 */
error_t command_line_take_one(int key, const char *argument, struct argp_state *state,
			      const char *what, const char **taken);

/*
 * For an option that prints a list and ends the command: calls argp_error() if the command line
 * contains anything else. Call it while the option is parsed. option: its full name, "--schema".
 * argument: of the option, or NULL.
 */
void command_line_alone(struct argp_state *state, const char *option, const char *argument);

/* Flushes standard output: a result that did not get out is an error, whatever the result. Returns
 * `code`, or EXIT_RUN_ERROR (reported). */
int command_line_flushed(int code);

/* Ends a command that has printed all that was asked for. */
void command_line_end(void) __attribute__((noreturn));

/* Prints JSON to standard output, with a newline at the end. */
void command_line_print_json(const json_t *value);

/* The version of foliostorm and the commit it was built from, one line. */
extern const char command_line_version[];

#endif
