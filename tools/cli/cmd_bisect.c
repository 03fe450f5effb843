/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/kernel.h"
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/bisect/bisect_guest.h"
#include "tools/bisect/bisect_tree.h"
#include "tools/bisect/bisect_versions.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/qemu.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/verdict/test_point.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_key {
	OPTION_GOOD = 'g',
	OPTION_BAD = 'b',
	OPTION_KERNELS = 'K',
	OPTION_TREE = 'T',
	OPTION_PATH = 'p',
	OPTION_FIXED = 0x800,
	OPTION_CONFIG,
};

struct arguments {
	struct bisect_versions versions;
	struct bisect_tree tree;
	struct bisect_config bisect;
	struct guest_arguments machine;
	struct run_arguments run;
	char out[PATH_MAX]; /* if none is given */
	bool bare;          /* kernels need nothing but symbols */
};

static const struct argp_option options[] = {
	{ "good", OPTION_GOOD, "VERSION|REV", 0, "A kernel that the scenario does not hit", 1 },
	{ "bad", OPTION_BAD, "VERSION|REV", 0, "A kernel that it hits", 1 },
	{ "fixed", OPTION_FIXED, NULL, 0,
	  "Look for the first good one: the bad end is older than the good one", 1 },
	{ "kernels", OPTION_KERNELS, "LIST|DIR", 0,
	  "The kernels to choose from: a list as for `matrix`, or a directory of images and Debian "
	  "packages (all that the archive has)",
	  1 },
	{ "tree", OPTION_TREE, "DIR", 0,
	  "Over the commits of that kernel tree, of which --good and --bad are revisions", 1 },
	{ "path", OPTION_PATH, "PATH", 0,
	  "Only commits that change that path of the tree; may be given more than once", 1 },
	{ "config", OPTION_CONFIG, "FILE", 0,
	  "Build kernels with that .config (a small one with what scenarios need)", 1 },
	{ 0 },
};

static void take_path(struct bisect_tree *tree, struct argp_state *state, const char *path)
{
	if (tree->path_count == BISECT_PATHS_MAX)
		argp_error(state, "more than %d --path", BISECT_PATHS_MAX);
	tree->paths[tree->path_count++] = path;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->machine;
		state->child_inputs[1] = &arguments->run;
		return 0;
	case OPTION_GOOD:
		arguments->versions.good = argument;
		return 0;
	case OPTION_BAD:
		arguments->versions.bad = argument;
		return 0;
	case OPTION_KERNELS:
		arguments->versions.kernels = argument;
		return 0;
	case OPTION_TREE:
		arguments->tree.tree = argument;
		return 0;
	case OPTION_PATH:
		take_path(&arguments->tree, state, argument);
		return 0;
	case OPTION_CONFIG:
		arguments->tree.config = argument;
		return 0;
	case OPTION_FIXED:
		arguments->bisect.fixed = true;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "scenario",
					     &arguments->bisect.scenario);
	}
}

static int check_tree(struct arguments *arguments)
{
	struct bisect_tree *tree = &arguments->tree;

	if (!tree->tree && (tree->path_count || tree->config))
		return report(0, "--path and --config go with --tree");
	if (!tree->tree)
		return 0;
	if (arguments->versions.kernels)
		return report(0, "--kernels and --tree go without each other");
	tree->good = arguments->versions.good;
	tree->bad = arguments->versions.bad;
	/* Makes git use --tree only. */
	unsetenv("GIT_DIR");
	unsetenv("GIT_WORK_TREE");
	unsetenv("GIT_INDEX_FILE");
	return bisect_tree_check(tree, arguments->bisect.fixed);
}

/* Checks that an end is a version. */
static int check_version(const char *option, const char *text)
{
	struct kernel_version version;

	if (!kernel_parse(text, &version))
		return 0;
	return report(
		0, "%s %s: not a version; allowed: one such as 6.18.9, or with --tree a revision",
		option, text);
}

static int check_ends(const struct arguments *arguments)
{
	const char *good = arguments->versions.good, *bad = arguments->versions.bad;

	if (!good || !bad)
		return report(0, "between which kernels? --good VERSION --bad VERSION");
	if (!strcmp(good, bad))
		return report(0,
			      "--good and --bad are both %s; allowed: two kernels, of which the "
			      "scenario hits the bad one alone",
			      good);
	if (arguments->tree.tree || arguments->versions.kernels)
		return 0;
	return check_version("--good", good)
		       ?: check_version("--bad", bad)
		       ?: bisect_versions_check(&arguments->versions, arguments->bisect.fixed);
}

/* Checks the scenario for a guest of that version. bare: set to whether the kernels need nothing
 * but symbols, since the schedule is followed from outside. Returns 0 or -errno (reported). */
static int check_scenario(const struct arguments *arguments, const struct kernel_version *version,
			  bool *bare)
{
	struct run_arguments run = arguments->run;
	struct scenario_overrides overrides;
	struct scenario scenario;
	int r;

	run.overrides.sets = run.sets;
	overrides = scenario_overrides_of_guest(&run.overrides);
	r = scenario_load(&scenario, arguments->bisect.scenario, &overrides, version);
	*bare = !r && scenario.schedule.count &&
		scenario_guest_engine(&scenario) == SCHEDULE_ENGINE_QEMU;
	scenario_release(&scenario);
	return r ? -EINVAL : 0;
}

static int check(struct arguments *arguments)
{
	static const struct run_limits limits = {
		.job = "a bisection",
		.expect = ", where CLEAN is good and HIT bad",
		.until = ", which ends runs so by itself",
	};
	struct kernel_version version = { .major = 6, .minor = 18 };
	int r = check_ends(arguments) ?: run_options_check(&arguments->run, &limits);

	if (r)
		return r;
	/* If it is not a version, keeps the one above. */
	kernel_parse(arguments->versions.bad, &version);
	if (check_scenario(arguments, &version, &arguments->bare))
		return -EINVAL;
	if (arguments->run.set_count > RUN_SETS_MAX - 2)
		return report(0, "more than %d --set", RUN_SETS_MAX - 2);
	return check_tree(arguments);
}

/* By default a directory below the current one, so that the same command continues the
 * bisection. */
static void choose_out(struct arguments *arguments)
{
	char name[128];

	if (arguments->run.out) {
		arguments->bisect.out = arguments->run.out;
		return;
	}
	snprintf(arguments->out, sizeof(arguments->out), "%s.bisect",
		 test_point_name(arguments->bisect.scenario, name, sizeof(name)));
	arguments->bisect.out = arguments->out;
}

static int conclude(const struct arguments *arguments, const struct bisect *bisect,
		    const json_t *found)
{
	json_t *all = json_deep_copy(found);

	if (arguments->run.format == FORMAT_JSON) {
		json_object_set(all, "steps", bisect->steps);
		command_line_print_json(all);
	} else if (arguments->tree.tree) {
		bisect_tree_print(stdout, bisect, found);
	} else {
		bisect_versions_print(stdout, bisect, found);
	}
	json_decref(all);
	if (bisect->unsaved)
		return EXIT_RUN_ERROR;
	return json_is_null(json_object_get(found, "found")) ||
			       json_is_false(json_object_get(found, "proven"))
		       ? EXIT_INCONCLUSIVE
		       : EXIT_AS_EXPECTED;
}

/* The exit code of an error; explains interruption. */
static int explain(const struct bisect_config *config, int r)
{
	if (r == -ENODATA)
		return EXIT_INCONCLUSIVE;
	if (r == -EINTR)
		report(0, "interrupted; the same command goes on from %s", config->out);
	return r == -EINTR ? (int)EXIT_RUN_ERROR : exit_code_of_error(r);
}

/* Each image is booted a few times only, so snapshots are disabled. */
static int search_tree(struct arguments *arguments, struct bisect *bisect, json_t **found)
{
	struct bisect_config *config = &arguments->bisect;
	struct bisect_build build = { .config = arguments->tree.config };
	struct bisect_worktree worktree = {
		.builder = { bisect_build, &build },
		.runner = bisect_guest,
	};
	int r;

	build.bare = !build.config && arguments->bare;
	r = bisect_build_identify(&build, worktree.identity);
	r = r ?: bisect_worktree_open(&worktree, arguments->tree.tree, config->out);
	if (r)
		return r;
	snprintf(build.objects, sizeof(build.objects), "%s/objects", worktree.top);
	snprintf(build.log, sizeof(build.log), "%s/build.log", worktree.top);
	arguments->machine.fresh = true;
	config->runner = (struct bisect_runner){ bisect_worktree_run, &worktree };
	r = bisect_tree(bisect, &arguments->tree, &worktree, found);
	/* An interrupted bisection continues in its worktree. */
	if (!r)
		bisect_worktree_close(&worktree);
	return r;
}

static int search(struct arguments *arguments, struct bisect *bisect, json_t **found)
{
	return arguments->tree.tree ? search_tree(arguments, bisect, found)
				    : bisect_versions(bisect, &arguments->versions, found);
}

static int bisect(struct arguments *arguments)
{
	struct bisect_config *config = &arguments->bisect;
	struct out_claim claim;
	struct bisect bisect;
	json_t *found = NULL;
	int r;

	if (qemu_check(arguments->machine.arch))
		return EXIT_PRECONDITION;
	choose_out(arguments);
	config->machine = &arguments->machine;
	config->run = &arguments->run;
	config->runner = bisect_guest;
	config->progress = run_options_progress(&arguments->run);
	config->plain = !arguments->run.quiet;
	config->table = arguments->run.format == FORMAT_TEXT ? stdout : NULL;
	r = out_claim(&claim, config->out);
	if (r)
		return exit_code_of_error(r);
	stop_catch();
	r = bisect_open(&bisect, config);
	if (!r)
		r = search(arguments, &bisect, &found);
	r = r ? explain(config, r) : conclude(arguments, &bisect, found);
	json_decref(found);
	bisect_release(&bisect);
	out_release(&claim);
	return r;
}

int cmd_bisect(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &guest_options_argp, 0, "Guests:", 2 },
		{ &run_options_argp, 0, "Runs:", 3 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SCENARIO",
		.doc = "Finds the first kernel that a scenario hits, or with --fixed the first one "
		       "that it does not hit any more, by running it in guests; with --tree the "
		       "first "
		       "commit.\v"
		       "Exit codes: 0 found; 3 kernels that could not be judged are in between, "
		       "or an end could not; 2 usage, or the ends do not differ; 4 the runs "
		       "failed; 77 a precondition is missing. The same command goes on where it "
		       "was interrupted.",
		.children = children,
	};
	struct arguments arguments = { .versions = { .good = NULL } };
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	r = check(&arguments);
	return r ? exit_code_of_error(r) : bisect(&arguments);
}
