/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/out.h"
#include "tools/base/plot.h"
#include "tools/base/save.h"
#include "tools/base/words.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/kernel_options.h"
#include "tools/tune/tune.h"
#include "tools/tune/tune_files.h"
#include "tools/tune/tune_plot.h"
#include "tools/tune/tune_result.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum option_key {
	OPTION_VARY = 'v',
	OPTION_GOAL = 'g',
	OPTION_BUDGET = 'b',
	OPTION_TRIALS_ONLY = 0x600,
	OPTION_EVENTS,
};

struct arguments {
	const char *vary[SPACE_KEYS_MAX + 1];
	size_t vary_count;
	struct kernel_arguments kernel;
	struct tune_config tune;
	struct guest_arguments machine;
	struct run_arguments run;
};

static const struct argp_option options[] = {
	{ "vary", OPTION_VARY, "KEY=VALUES", 0,
	  "Values to choose from: 256..272, 0us..1ms:log, 4K..64K, load,procmem", 1 },
	{ "goal", OPTION_GOAL, "WHAT", 0, "hits (the default), exposures or captures, per second",
	  1 },
	{ "budget", OPTION_BUDGET, "TIME", 0, "Time for all trials together (5m)", 1 },
	{ "events", OPTION_EVENTS, "FILE", 0,
	  "Also write each trial to FILE when it begins and ends: a file, a pipe or a device", 1 },
	{ "trials-only", OPTION_TRIALS_ONLY, NULL, 0,
	  "Run the trials only; write and print no result", 1 },
	{ 0 },
};

static void take_goal(struct tune_config *tune, struct argp_state *state, const char *name)
{
	char names[64];

	for (const struct tune_goal *goal = tune_goals; goal->name; goal++)
		if (!strcmp(goal->name, name)) {
			tune->goal = goal;
			return;
		}
	argp_error(state, "--goal %s: allowed: %s", name,
		   words_join(&tune_goals->name, sizeof(*tune_goals), names, sizeof(names)));
}

static void take_budget(struct tune_config *tune, struct argp_state *state, const char *text)
{
	if (units_parse_seconds(text, &tune->budget) || !tune->budget ||
	    tune->budget > 7 * 86400000000000)
		argp_error(state, "--budget %s: allowed: seconds, or a time such as 5m, up to 168h",
			   text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->kernel;
		state->child_inputs[1] = &arguments->machine;
		state->child_inputs[2] = &arguments->run;
		arguments->tune.goal = tune_goals;
		arguments->tune.budget = 300000000000;
		return 0;
	case OPTION_VARY:
		if (arguments->vary_count == SPACE_KEYS_MAX)
			argp_error(state, "more than %d --vary", SPACE_KEYS_MAX);
		arguments->vary[arguments->vary_count++] = argument;
		return 0;
	case OPTION_GOAL:
		take_goal(&arguments->tune, state, argument);
		return 0;
	case OPTION_BUDGET:
		take_budget(&arguments->tune, state, argument);
		return 0;
	case OPTION_EVENTS:
		arguments->tune.events = argument;
		return 0;
	case OPTION_TRIALS_ONLY:
		arguments->tune.trials_only = true;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "scenario",
					     &arguments->tune.scenario);
	}
}

static int check(struct arguments *arguments)
{
	static const struct run_limits limits = {
		.job = "a tuning",
		.expect = ": trials are counted, not judged",
		.until = ": who stops at a hit has no rate",
	};

	if (kernel_options_check(&arguments->kernel, false) ||
	    kernel_options_check_machine(&arguments->kernel, &arguments->machine))
		return -EINVAL;
	if (!arguments->vary_count)
		return report(0, "vary what? --vary storm.aim=256..272 (`foliostorm run --keys` "
				 "lists the keys)");
	return run_options_check(&arguments->run, &limits)
		       ?: run_options_seed(&arguments->run, &arguments->tune.seed);
}

/* Writes the files of the --out directory. Returns 0 or -errno (reported). */
static int write_files(const struct tune *tune, const json_t *result)
{
	const char *out = tune->config->run->out;
	struct contest_outcome outcome = contest_outcome(tune->contest);
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/tune.json", out);
	r = save_json(path, result, JSON_INDENT(2));
	snprintf(path, sizeof(path), "%s/trials.csv", out);
	if (!r)
		r = tune_write_table(tune, path);
	snprintf(path, sizeof(path), "%s/tuned.cfg", out);
	/* An older one would be of other trials. */
	if (!r)
		r = out_remove(out, "tuned.cfg");
	if (!r && outcome.best != SIZE_MAX && outcome.best)
		r = tune_write_scenario(tune, outcome.best, path);
	snprintf(path, sizeof(path), "%s/tune.svg", out);
	if (!plot_available())
		fprintf(stderr, "gnuplot is not installed: there is no picture\n");
	else if (!r && json_array_size(tune->trials))
		r = tune_plot(tune, path);
	return r;
}

static int conclude(const struct tune *tune)
{
	const struct run_arguments *run = tune->config->run;
	json_t *result = tune_result_json(tune);
	int code = tune_result_better(tune) ? EXIT_AS_EXPECTED : EXIT_INCONCLUSIVE;

	if (run->format == FORMAT_JSON) {
		command_line_print_json(result);
	} else {
		tune_result_print(stdout, tune);
	}
	if ((run->out && write_files(tune, result)) || tune->unsaved)
		code = EXIT_RUN_ERROR;
	json_decref(result);
	return code;
}

static int tune(struct arguments *arguments)
{
	struct tune_config *config = &arguments->tune;
	struct guest_kernel kernel;
	const bool guest = kernel_options_given(&arguments->kernel);
	const enum guest_arch arch = arguments->machine.arch;
	struct tune tuning;
	int code, r = 0;

	config->vary = arguments->vary;
	config->kernel = guest ? &kernel : NULL;
	config->machine = &arguments->machine;
	config->run = &arguments->run;
	config->duration =
		arguments->run.overrides.duration ? arguments->run.overrides.duration : "1s";
	config->progress = run_options_progress(&arguments->run);
	config->plain = !arguments->run.quiet;
	if (guest)
		r = kernel_options_foresee(&arguments->kernel, arch, &kernel)
			    ?: tune_check(config)
			    ?: kernel_options_get(&arguments->kernel, arch, &kernel);
	if (r)
		return exit_code_of_error(r);
	code = exit_code_of_error(tune_run(&tuning, config));
	if (code == EXIT_AS_EXPECTED && !config->trials_only)
		code = conclude(&tuning);
	tune_release(&tuning);
	return code;
}

int cmd_tune(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &kernel_options_argp, 0,
		  "Kernel of a guest (without one, the running kernel):", 1 },
		{ &guest_options_argp, 0, "Guest:", 2 },
		{ &run_options_argp, 0, "Trials:", 3 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SCENARIO",
		.doc = "Finds the values of a scenario's keys that give the most hits per second, "
		       "by short trials, and says how certain that is. --duration is that of one "
		       "trial (1s). An interrupted tuning continues with the trials in its --out "
		       "directory.\vExit codes: 0 a setting is better than the original, with 95 % "
		       "confidence; 2 usage or scenario error; 3 no setting is known to be better; "
		       "4 the trials failed; 77 a precondition is missing.",
		.children = children,
	};
	struct arguments arguments = { .vary_count = 0 };

	command_line_parse(&argp, argc, argv, &arguments);
	if (check(&arguments))
		return EXIT_USAGE;
	return tune(&arguments);
}
