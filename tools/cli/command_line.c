/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command_line.h"
#include "foliostorm_commit.h"
#include "injector/base/report.h"
#include "tools/base/exit_code.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPTION_USAGE = 0x900 };

const char command_line_version[] = "foliostorm " FOLIOSTORM_VERSION FOLIOSTORM_COMMIT;

static const struct argp_option options[] = {
	{ "help", 'h', NULL, 0, "Print this help", -1 },
	{ NULL, '?', NULL, OPTION_ALIAS, NULL, -1 },
	{ "usage", OPTION_USAGE, NULL, 0, "Print the options only", -1 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	(void)argument;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case 'h':
	case '?':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case OPTION_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		puts(command_line_version);
		command_line_end();
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_line_flushed(int code)
{
	if (fflush(stdout) || ferror(stdout))
		return report(-errno, "writing to standard output"), EXIT_RUN_ERROR;
	return code;
}

void command_line_end(void)
{
	exit(command_line_flushed(EXIT_AS_EXPECTED));
}

error_t command_line_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	const struct argp_child children[] = { { .argp = argp }, { 0 } };
	const struct argp common = {
		.options = options,
		.parser = parse,
		.children = children,
	};

	return argp_parse(&common, argc, argv, ARGP_NO_HELP, NULL, input);
}

error_t command_line_take_one(int key, const char *argument, struct argp_state *state,
			      const char *what, const char **taken)
{
	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "which %s?", what);
	if (key != ARGP_KEY_ARG)
		return key == ARGP_KEY_NO_ARGS ? 0 : ARGP_ERR_UNKNOWN;
	if (*taken)
		argp_error(state, "one %s at a time: %s is the second", what, argument);
	if (!*argument)
		argp_error(state, "which %s? the name given is empty", what);
	*taken = argument;
	return 0;
}

void command_line_alone(struct argp_state *state, const char *option, const char *argument)
{
	const int last = state->next - 1;
	/* "--schema NAME" is two words, "--schema=NAME" one. */
	const int first = argument == state->argv[last] ? last - 1 : last;

	for (int i = 1; i < state->argc; i++)
		if (i < first || i > last)
			argp_error(state,
				   "%s: remove it; %s prints a list and ends, and goes alone",
				   state->argv[i], option);
}

void command_line_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
}
