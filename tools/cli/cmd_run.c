/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/repeat.h"
#include "tools/machine/workplace.h"
#include "tools/run/run.h"
#include "tools/scenario/copies.h"
#include "tools/scenario/run_options.h"
#include "tools/verdict/result.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum option_key { OPTION_KEYS = 0x100, OPTION_EVENTS, OPTION_CONDUCTED };

struct arguments {
	const char *scenario, *events;
	bool conducted;
	struct kernel_version kernel;
	struct run_arguments run;
	struct repeat_arguments repeat;
};

static const struct argp_option options[] = {
	{ "keys", OPTION_KEYS, "FORM", OPTION_ARG_OPTIONAL,
	  "List the keys of scenarios as lines, or as their reference in markdown or man, and exit",
	  0 },
	{ "events", OPTION_EVENTS, "FILE", 0,
	  "Also write the events to FILE as they happen: a new file, a pipe or a "
	  "device",
	  0 },
	{ "conducted", OPTION_CONDUCTED, NULL, OPTION_HIDDEN,
	  "The engine of the schedule is outside of this machine, as `guest` has it", 0 },
	{ 0 },
};

static void print_keys(struct argp_state *state, const char *name)
{
	enum prose_form form;

	if (prose_form_find(name, &form))
		argp_error(state, "--keys=%s: allowed: " PROSE_FORMS, name);
	else
		schema_print(scenario_keys, form, stdout);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->run;
		state->child_inputs[1] = &arguments->repeat;
		state->child_inputs[2] = &arguments->run;
		return 0;
	case OPTION_KEYS:
		command_line_alone(state, "--keys", argument);
		print_keys(state, argument);
		command_line_end();
	case OPTION_EVENTS:
		arguments->events = argument;
		return 0;
	case OPTION_CONDUCTED:
		arguments->conducted = true;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "scenario",
					     &arguments->scenario);
	}
}

static void print_result(const struct run_result *result, enum terminal_color color)
{
	FILE *to = terminal_text_open(stdout, color);

	result_print(to ? to : stdout, result);
	if (to)
		fclose(to);
}

/* Makes a run in a claimed directory. json: set to its result, a new reference, or NULL. why: may
 * be set on error; holds `size` bytes. Returns 0 or -errno (reported). */
static int run_claimed(const struct arguments *arguments, struct scenario *scenario, json_t **json,
		       char *why, size_t size)
{
	const struct run_options run_options = {
		.out = arguments->run.out,
		.events = arguments->events,
		.progress = run_options_progress(&arguments->run),
		.plain = !arguments->run.quiet,
		.conducted = arguments->conducted,
	};
	struct run_result *result = calloc(1, sizeof(*result));
	int r;

	if (!result)
		return report(-ENOMEM, "the result");
	r = copies_obtain(scenario)
		    ?: run_scenario(scenario, &arguments->kernel, &run_options, result);
	if (r) {
		snprintf(why, size, "%s", result->error);
	} else {
		*json = result_json(result);
		if (arguments->run.format == FORMAT_TEXT)
			print_result(result, arguments->run.color);
		if (arguments->run.out)
			r = result_write(arguments->run.out, result);
		if (r)
			snprintf(why, size, RESULT_NOT_WRITTEN);
	}
	run_release(result);
	free(result);
	return r;
}

/* Claims the directory and makes the run. clear: directory whose earlier results are removed; NULL:
 * none. The rest as above. */
static int run_loaded(const struct arguments *arguments, struct scenario *scenario,
		      const char *clear, json_t **json, char *why, size_t size)
{
	struct out_claim claim;
	int r = out_begin(&claim, arguments->run.out, clear);

	if (!r)
		r = run_claimed(arguments, scenario, json, why, size);
	out_release(&claim);
	return r;
}

static int run_once(void *context, struct repeat *repeat, char *why, size_t size)
{
	const struct arguments *arguments = context;
	struct scenario scenario;
	json_t *result = NULL;
	int r = -EINVAL;

	/* Removes what killed runs have left. */
	if (!json_array_size(repeat->each) && !geteuid())
		workplace_leftovers(true, NULL);
	if (!scenario_load(&scenario, arguments->scenario, &arguments->run.overrides,
			   &arguments->kernel))
		r = run_loaded(arguments, &scenario,
			       json_array_size(repeat->each) ? NULL : repeat->out, &result, why,
			       size);
	if (result)
		repeat_add(repeat, result, scenario.seed);
	json_decref(result);
	scenario_release(&scenario);
	return r;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ .argp = &run_options_argp },
		{ .argp = &repeat_options_argp },
		{ .argp = &conclusion_options_argp },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.args_doc = "SCENARIO",
		.doc = "Runs a scenario: makes its files, starts readers and storm, and judges "
		       "every byte that was read. Requires root.\vExit codes: 0 the verdict is as "
		       "expected; 1 it is not, or below the baseline; 2 usage or scenario error; 3 "
		       "inconclusive; 4 the run failed; 77 a precondition is missing.",
	};
	struct arguments arguments = { .scenario = NULL };
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	if (kernel_running(&arguments.kernel))
		return report(0, "the kernel's version cannot be read"), EXIT_PRECONDITION;
	r = repeat_check(&arguments.repeat, &arguments.run);
	if (!r && arguments.events)
		r = out_check_file("--events", arguments.events, OUT_EMPTY);
	if (r)
		return exit_code_of_error(r);
	return repeat_all(&arguments.repeat, &arguments.run, arguments.scenario, run_once,
			  &arguments);
}
