/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "tools/base/number.h"
#include "tools/base/out.h"
#include "tools/base/save.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/explore/explore.h"
#include "tools/guest/kernel_options.h"

#include <errno.h>
#include <limits.h>

enum option_key {
	OPTION_POINTS = 'p',
	OPTION_DEPTH = 0x700,
	OPTION_ORDERS,
	OPTION_PASSAGES,
};

struct arguments {
	struct kernel_arguments kernel;
	uint64_t depth;
	struct explore_config explore;
	struct guest_arguments machine;
	struct run_arguments run;
};

static const struct argp_option options[] = {
	{ "points", OPTION_POINTS, "FILE", 0,
	  "The points, one a line, those of each role as it comes to them", 1 },
	{ "depth", OPTION_DEPTH, "N", 0, "Ordering constraints that an order may have (5)", 1 },
	{ "orders", OPTION_ORDERS, "N", 0, "Draw up to so many orders (32)", 1 },
	{ "passages", OPTION_PASSAGES, "N", 0, "For each order, and each subset of holds (3)", 1 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->kernel;
		state->child_inputs[1] = &arguments->machine;
		state->child_inputs[2] = &arguments->run;
		return 0;
	case OPTION_POINTS:
		arguments->explore.points_path = argument;
		return 0;
	case OPTION_DEPTH:
		arguments->depth = number_option(state, "depth", argument, 1, EXPLORE_DEPTH_MAX);
		return 0;
	case OPTION_ORDERS:
		arguments->explore.orders =
			number_option(state, "orders", argument, 1, EXPLORE_ORDERS_MAX);
		return 0;
	case OPTION_PASSAGES:
		arguments->explore.passages =
			number_option(state, "passages", argument, 1, EXPLORE_PASSAGES_MAX);
		return 0;
	default:
		return command_line_take_one(key, argument, state, "scenario",
					     &arguments->explore.scenario);
	}
}

static int check(struct arguments *arguments)
{
	static const struct run_limits limits = {
		.job = "an exploration",
		.expect = ", which looks for hits",
		.until = ", which ends by itself",
		.engine = ", which QEMU's follows",
	};

	if (kernel_options_check(&arguments->kernel, true))
		return -EINVAL;
	if (!arguments->explore.points_path)
		return report(0,
			      "orders of what? --points FILE (`foliostorm points FUNCTION` lists "
			      "what there is)");
	if (!arguments->run.out)
		return report(0, "where to? --out DIR gets the scenario that is found");
	return run_options_check(&arguments->run, &limits)
		       ?: run_options_seed(&arguments->run, &arguments->explore.seed);
}

static int conclude(const struct explore *explore)
{
	const struct run_arguments *run = explore->config->run;
	json_t *result = explore_json(explore);
	int code = *explore->found ? EXIT_AS_EXPECTED : EXIT_INCONCLUSIVE;
	char path[PATH_MAX];

	if (run->format == FORMAT_JSON) {
		command_line_print_json(result);
	} else {
		explore_print(stdout, explore);
	}
	snprintf(path, sizeof(path), "%s/explore.json", run->out);
	if (save_json(path, result, JSON_INDENT(2)))
		code = EXIT_RUN_ERROR;
	json_decref(result);
	return code;
}

static int explore(struct arguments *arguments)
{
	struct explore_config *config = &arguments->explore;
	struct guest_kernel kernel;
	struct explore explored = { .config = config };
	struct out_claim claim = OUT_UNCLAIMED;
	int r;

	config->kernel = &kernel;
	config->machine = &arguments->machine;
	config->run = &arguments->run;
	config->depth = (unsigned int)arguments->depth;
	config->progress = run_options_progress(&arguments->run);
	config->plain = !arguments->run.quiet;
	r = kernel_options_foresee(&arguments->kernel, arguments->machine.arch, &kernel);
	r = r ?: explore_check(config);
	r = r ?: kernel_options_get(&arguments->kernel, arguments->machine.arch, &kernel);
	r = r ?: out_begin(&claim, arguments->run.out, NULL);
	if (r) {
		out_release(&claim);
		return exit_code_of_error(r);
	}
	r = explore_run(&explored, config);
	r = r ? exit_code_of_error(r) : conclude(&explored);
	explore_release(&explored);
	out_release(&claim);
	return r;
}

int cmd_explore(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &kernel_options_argp, 0, NULL, 0 },
		{ &guest_options_argp, 0, "Guest:", 2 },
		{ &run_options_argp, 0, "Runs:", 3 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SCENARIO",
		.doc = "Finds the order of points in the kernel at which a scenario's race hits, "
		       "and "
		       "writes a scenario with the schedule that forces it to the --out directory. "
		       "The "
		       "scenario has no schedule of its own.\v"
		       "Exit codes: 0 found; 3 no order hit, or it is not known what of it is "
		       "needed; 2 "
		       "usage, scenario or points error; 4 the runs failed; 77 a precondition is "
		       "missing.",
		.children = children,
	};
	struct arguments arguments = {
		.depth = 5,
		.explore = { .orders = 32, .passages = 3 },
	};

	command_line_parse(&argp, argc, argv, &arguments);
	return check(&arguments) ? (int)EXIT_USAGE : explore(&arguments);
}
