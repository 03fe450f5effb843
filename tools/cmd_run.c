/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/report.h"
#include "tools/commands.h"
#include "tools/result.h"
#include "tools/run.h"
#include "tools/run_options.h"
#include "tools/workplace.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPTION_KEYS = 0x100 };

struct arguments {
	const char *scenario;
	struct run_arguments run;
};

static const struct argp_option options[] = {
	{ "keys", OPTION_KEYS, NULL, 0, "List the keys of scenarios, and exit", 0 },
	{ 0 },
};

static void take_scenario(struct arguments *arguments, struct argp_state *state, const char *path)
{
	if (arguments->scenario)
		argp_error(state, "one scenario at a time: %s is the second", path);
	arguments->scenario = path;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->run;
		return 0;
	case OPTION_KEYS:
		schema_print(scenario_keys, "");
		exit(0);
	case ARGP_KEY_ARG:
		take_scenario(arguments, state, argument);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which scenario?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_result(const struct run_arguments *arguments, const struct run_result *result)
{
	json_t *object;

	if (!arguments->json) {
		result_print(stdout, result);
		return;
	}
	object = result_json(result);
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
}

static int run(const struct run_arguments *arguments, const struct scenario *scenario,
	       const struct kernel_version *kernel)
{
	const struct run_options run_options = {
		.out = arguments->out,
		.events = arguments->events,
		.progress = !arguments->quiet && isatty(STDERR_FILENO),
		.plain = !arguments->quiet,
	};
	struct run_result *result = calloc(1, sizeof(*result));
	int code, r;

	if (!result)
		return report(-ENOMEM, "the result"), EXIT_RUN_ERROR;
	/* What a killed run left would be in nobody's way but the user's. */
	if (!geteuid())
		workplace_leftovers(true, NULL);
	r = run_scenario(scenario, kernel, &run_options, result);
	if (r == -EPERM || r == -ENOSPC)
		code = EXIT_PRECONDITION;
	else if (r == -EINVAL)
		code = EXIT_USAGE;
	else if (r)
		code = EXIT_RUN_ERROR;
	else
		code = verdict_exit(result);
	if (!r)
		print_result(arguments, result);
	run_release(result);
	free(result);
	return code;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_child children[] = { { .argp = &run_options_argp }, { 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.args_doc = "SCENARIO",
		.doc = "Runs a scenario: makes its files, lets its readers and its storm loose on "
		       "them, and judges every byte that was read.\v"
		       "Exit codes: 0 the verdict is as expected; 1 it is not; 2 usage or scenario "
		       "error; 3 inconclusive; 4 the run failed; 77 a precondition is missing.",
	};
	struct arguments arguments = { .scenario = NULL };
	struct scenario scenario;
	struct kernel_version kernel;
	int code = EXIT_USAGE;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (kernel_running(&kernel))
		return report(0, "the kernel's version cannot be read"), EXIT_PRECONDITION;
	if (!scenario_load(&scenario, arguments.scenario, &arguments.run.overrides, &kernel))
		code = run(&arguments.run, &scenario, &kernel);
	scenario_release(&scenario);
	return code;
}
