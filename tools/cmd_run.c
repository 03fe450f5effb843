/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/report.h"
#include "tools/commands.h"
#include "tools/result.h"
#include "tools/run.h"
#include "tools/workplace.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETS_MAX = 64 };

enum option_key {
	OPTION_SET = 's',
	OPTION_SEED = 'S',
	OPTION_DURATION = 'd',
	OPTION_EXPECT = 'e',
	OPTION_OUT = 'o',
	OPTION_FORMAT = 'f',
	OPTION_QUIET = 'q',
	OPTION_KEYS = 0x100,
};

struct arguments {
	const char *scenario, *out;
	const char *sets[SETS_MAX + 1];
	size_t set_count;
	struct scenario_overrides overrides;
	bool json, quiet;
};

static const struct argp_option options[] = {
	{ "set", OPTION_SET, "PATH=VALUE", 0, "Override one key: storm.aim=257, readers[0].count=2",
	  0 },
	{ "seed", OPTION_SEED, "N", 0, "Override the seed", 0 },
	{ "duration", OPTION_DURATION, "TIME", 0, "Override the duration: seconds, or 500ms, 2m",
	  0 },
	{ "expect", OPTION_EXPECT, "VERDICT", 0, "hit, clean, or auto: by the kernel", 0 },
	{ "out", OPTION_OUT, "DIR", 0, "Leave result.json, events.jsonl and scenario.cfg there",
	  0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0, "text or json", 0 },
	{ "quiet", OPTION_QUIET, NULL, 0, "No progress", 0 },
	{ "keys", OPTION_KEYS, NULL, 0, "List the keys of scenarios, and exit", 0 },
	{ 0 },
};

static void add_set(struct arguments *arguments, struct argp_state *state, const char *set)
{
	if (arguments->set_count == SETS_MAX)
		argp_error(state, "more than %d --set", SETS_MAX);
	arguments->sets[arguments->set_count++] = set;
}

static void take_scenario(struct arguments *arguments, struct argp_state *state, const char *path)
{
	if (arguments->scenario)
		argp_error(state, "one scenario at a time: %s is the second", path);
	arguments->scenario = path;
}

static void take_format(struct arguments *arguments, struct argp_state *state, const char *format)
{
	arguments->json = !strcmp(format, "json");
	if (!arguments->json && strcmp(format, "text"))
		argp_error(state, "--format %s: allowed: text, json", format);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_SET:
		add_set(arguments, state, argument);
		return 0;
	case OPTION_SEED:
		arguments->overrides.seed = argument;
		return 0;
	case OPTION_DURATION:
		arguments->overrides.duration = argument;
		return 0;
	case OPTION_EXPECT:
		arguments->overrides.expect = argument;
		return 0;
	case OPTION_OUT:
		arguments->out = argument;
		return 0;
	case OPTION_FORMAT:
		take_format(arguments, state, argument);
		return 0;
	case OPTION_QUIET:
		arguments->quiet = true;
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

static void print_result(const struct arguments *arguments, const struct run_result *result)
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

static int run(const struct arguments *arguments, const struct scenario *scenario,
	       const struct kernel_version *kernel)
{
	const struct run_options run_options = {
		.out = arguments->out,
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
	static const struct argp argp = {
		.options = options,
		.parser = parse,
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
	arguments.overrides.sets = arguments.sets;
	if (kernel_running(&kernel))
		return report(0, "the kernel's version cannot be read"), EXIT_PRECONDITION;
	if (!scenario_load(&scenario, arguments.scenario, &arguments.overrides, &kernel))
		code = run(&arguments, &scenario, &kernel);
	scenario_release(&scenario);
	return code;
}
