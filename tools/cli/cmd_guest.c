/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/regression.h"
#include "tools/cli/repeat.h"
#include "tools/guest/guest.h"
#include "tools/guest/kernel_options.h"
#include "tools/guest/options.h"
#include "tools/scenario/copies.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAMS_MAX = 16 };

enum option_key {
	OPTION_KEEP = 0x300,
	OPTION_SHELL,
	OPTION_COMMAND,
	OPTION_FILE,
	OPTION_INSPECT,
};

struct arguments {
	const char *scenario;
	const char *programs[PROGRAMS_MAX + 1];
	size_t program_count;
	bool inspects;
	struct guest_config guest;
	struct kernel_arguments kernel;
	struct guest_arguments machine;
	struct run_arguments run;
	struct repeat_arguments repeat;
};

static const struct argp_option options[] = {
	{ "command", OPTION_COMMAND, "TEXT", 0,
	  "Shell commands to run in the guest before the scenario, or instead of one", 1 },
	{ "file", OPTION_FILE, "PROGRAM", 0,
	  "Copy that program to the guest's /bin, with its libraries", 1 },
	{ "inspect", OPTION_INSPECT, NULL, 0,
	  "Check the whole page cache of the scenario's files after each punch or "
	  "step, like --set 'inspect.slots=\"file\"'",
	  1 },
	{ "keep", OPTION_KEEP, NULL, 0,
	  "Keep the initramfs and QEMU's command line in the --out directory", 1 },
	{ "shell", OPTION_SHELL, NULL, 0, "Boot to an interactive shell on this terminal", 1 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct guest_config *guest = &arguments->guest;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->kernel;
		state->child_inputs[1] = &arguments->machine;
		state->child_inputs[2] = &arguments->run;
		state->child_inputs[3] = &arguments->repeat;
		state->child_inputs[4] = &arguments->run;
		return 0;
	case OPTION_COMMAND:
		guest->command = argument;
		return 0;
	case OPTION_FILE:
		if (arguments->program_count == PROGRAMS_MAX)
			argp_error(state, "more than %d --file", PROGRAMS_MAX);
		arguments->programs[arguments->program_count++] = argument;
		return 0;
	case OPTION_KEEP:
		guest->keep = true;
		return 0;
	case OPTION_INSPECT:
		if (arguments->run.set_count == RUN_SETS_MAX)
			argp_error(state, "--inspect: more than %d --set", RUN_SETS_MAX - 1);
		arguments->run.sets[arguments->run.set_count++] = "inspect.slots=\"file\"";
		arguments->inspects = true;
		return 0;
	case OPTION_SHELL:
		guest->shell = true;
		return 0;
	case ARGP_KEY_ARG:
		return command_line_take_one(key, argument, state, "scenario",
					     &arguments->scenario);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A given option that only runs support, or NULL. */
static const char *of_runs(const struct arguments *arguments)
{
	struct run_arguments run = arguments->run;
	const struct {
		const char *option;
		bool given;
	} rows[] = {
		{ "--inspect", arguments->inspects },
		{ "--repeat", arguments->repeat.count > 1 },
		{ "--until-hit", arguments->repeat.until_hit },
		{ "--baseline", arguments->run.baseline },
		{ "--save-baseline", arguments->run.save_baseline },
		{ "--format", arguments->run.format != FORMAT_TEXT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].given)
			return rows[i].option;
	/* Set by --exit-codes bisect, not by the user. */
	if (run.exit_codes == EXIT_CODES_BISECT)
		run.overrides.expect = NULL;
	return run_options_given(&run);
}

/* Checks for conflicting options. Returns 0, or -EINVAL (reported). */
static int check(const struct arguments *arguments)
{
	const struct guest_config *guest = &arguments->guest;

	if (kernel_options_check(&arguments->kernel, true))
		return -EINVAL;
	if (!arguments->scenario && !guest->command && !guest->shell)
		return report(0, "which scenario? (or --command, or --shell)");
	if (guest->keep && !arguments->run.out)
		return report(0, "--keep goes with --out DIR");
	if (!arguments->scenario && of_runs(arguments))
		return report(0, "%s goes with a scenario", of_runs(arguments));
	if (guest->shell && !isatty(STDIN_FILENO))
		return report(0, "--shell requires a terminal");
	return repeat_check(&arguments->repeat, &arguments->run);
}

static int run_once(void *context, struct repeat *repeat, char *why, size_t size)
{
	struct arguments *arguments = context;
	struct guest_config *config = &arguments->guest;
	const struct scenario_overrides overrides =
		scenario_overrides_of_guest(&arguments->run.overrides);
	struct scenario scenario;
	json_t *result = NULL;
	int r = -EINVAL;

	config->out = arguments->run.out;
	config->clear = json_array_size(repeat->each) ? NULL : repeat->out;
	if (!scenario_load(&scenario, arguments->scenario, &overrides, &config->kernel->version)) {
		config->scenario = &scenario;
		config->result = &result;
		/* The guest gets copies of the files that it cannot make itself. */
		if (!copies_obtain(&scenario) && !copies_move(&scenario, "copies"))
			r = guest_run(config);
	}
	if (result)
		repeat_add(repeat, result, scenario.seed);
	if (result && r)
		snprintf(why, size, RESULT_NOT_WRITTEN);
	json_decref(result);
	config->scenario = NULL;
	config->result = NULL;
	scenario_release(&scenario);
	return r;
}

/* Without a scenario, the exit code is the command's. */
static int run_command(struct guest_config *config)
{
	int status = EXIT_AS_EXPECTED, r;

	config->status = &status;
	r = guest_run(config);
	return r ? exit_code_of_error(r) : status;
}

static int check_scenario(const struct arguments *arguments, const struct guest_kernel *kernel)
{
	const struct scenario_overrides overrides =
		scenario_overrides_of_guest(&arguments->run.overrides);
	struct scenario scenario;
	int r = scenario_load(&scenario, arguments->scenario, &overrides, &kernel->version);

	scenario_release(&scenario);
	return r ? -EINVAL : 0;
}

/* Checks the programs of --file. Returns 0 or -EINVAL (reported). */
static int check_programs(const struct arguments *arguments)
{
	struct stat status;

	for (size_t i = 0; i < arguments->program_count; i++) {
		const char *program = arguments->programs[i];

		if (stat(program, &status))
			return report(0, "--file %s: no such program (%s); name its file", program,
				      strerror(errno));
		if (!S_ISREG(status.st_mode) || access(program, R_OK))
			return report(0,
				      "--file %s: not a regular file that can be read; name the "
				      "file of a program",
				      program);
	}
	return 0;
}

/* Further checks before the kernel is fetched. Returns 0 or -errno (reported). */
static int check_ahead(const struct arguments *arguments)
{
	struct regression regression;
	struct guest_kernel kernel;
	int r = check_programs(arguments);

	r = r ?: kernel_options_foresee(&arguments->kernel, arguments->machine.arch, &kernel);
	if (!r && arguments->scenario)
		r = check_scenario(arguments, &kernel);
	if (!r && arguments->run.out)
		r = out_check(arguments->run.out);
	if (r)
		return r;
	r = regression_begin(&regression, &arguments->run);
	regression_release(&regression);
	return r;
}

static int run(struct arguments *arguments)
{
	struct guest_config *config = &arguments->guest;
	struct guest_kernel kernel;
	int r = check_ahead(arguments);

	r = r ?: kernel_options_get(&arguments->kernel, arguments->machine.arch, &kernel);
	if (r)
		return exit_code_of_error(r);
	config->kernel = &kernel;
	config->programs = arguments->programs;
	config->machine = &arguments->machine;
	config->out = arguments->run.out;
	if (arguments->run.format == FORMAT_TEXT)
		config->text = terminal_text_open(stdout, arguments->run.color);
	config->progress = run_options_progress(&arguments->run) && !config->shell;
	config->plain = !arguments->run.quiet;
	r = arguments->scenario ? repeat_all(&arguments->repeat, &arguments->run,
					     arguments->scenario, run_once, arguments)
				: run_command(config);
	if (config->text)
		fclose(config->text);
	return r;
}

int cmd_guest(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &kernel_options_argp, 0, NULL, 0 },
		{ &guest_options_argp, 0, "Guest:", 2 },
		{ &run_options_argp, 0, "Run:", 3 },
		{ &repeat_options_argp, 0, "Repetition:", 4 },
		{ &conclusion_options_argp, 0, "Verdict:", 5 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SCENARIO",
		.doc = "Runs a scenario in a QEMU guest on another kernel. This machine's kernel "
		       "is not touched, and root is not required.\vExit codes are those of "
		       "`foliostorm run`. A guest that dies of the race is a hit. One that dies of "
		       "something else is booted once more; if it dies again, that is an error.",
		.children = children,
	};
	struct arguments arguments = { .scenario = NULL };

	command_line_parse(&argp, argc, argv, &arguments);
	return check(&arguments) ? (int)EXIT_USAGE : run(&arguments);
}
