/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/near_name.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/outcome_code.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	char *title; /* argv[0] of the subcommand, for its --help */
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "run", "foliostorm run", cmd_run, "run a scenario and judge what the readers saw" },
	{ "guest", "foliostorm guest", cmd_guest,
	  "run a scenario in a QEMU guest on another kernel" },
	{ "matrix", "foliostorm matrix", cmd_matrix, "run scenarios on many kernels: a table" },
	{ "bisect", "foliostorm bisect", cmd_bisect, "find the first kernel that hits" },
	{ "tune", "foliostorm tune", cmd_tune, "find the settings that hit most" },
	{ "explore", "foliostorm explore", cmd_explore, "find the interleaving that hits" },
	{ "mount", "foliostorm mount", cmd_mount, "mount the layer alone, for any program" },
	{ "ctl", "foliostorm ctl", cmd_ctl, "control a running layer" },
	{ "scenarios", "foliostorm scenarios", cmd_scenarios,
	  "list the scenarios that come with foliostorm" },
	{ "kernels", "foliostorm kernels", cmd_kernels,
	  "list the kernels for guests, with their races" },
	{ "check", "foliostorm check", cmd_check, "check scenarios, rules and traces" },
	{ "replay", "foliostorm replay", cmd_replay,
	  "run again, and compare the decisions of rules" },
	{ "bundle", "foliostorm bundle", cmd_bundle, "pack a run into one file" },
	{ "rerun", "foliostorm rerun", cmd_rerun, "repeat a packed run, and compare" },
	{ "report", "foliostorm report", cmd_report, "make a page of a run or a matrix" },
	{ "import", "foliostorm import", cmd_import,
	  "make a scenario from a crash, journal or trace" },
	{ "scan", "foliostorm scan", cmd_scan, "look for the damage of a race in files" },
	{ "aim", "foliostorm aim", cmd_aim, "show which pages a punch exposes" },
	{ "points", "foliostorm points", cmd_points, "list where a schedule can hold a thread" },
	{ "inspect", "foliostorm inspect", cmd_inspect, "check the page cache of a file" },
	{ "doctor", "foliostorm doctor", cmd_doctor, "check this machine, remove leftovers" },
};

static const size_t command_count = ARRAY_SIZE(commands);

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void usage(FILE *to)
{
	fprintf(to, "Usage: foliostorm COMMAND [ARGUMENTS]\n"
		    "A fault-injection testbed for the Linux page cache.\n\n");
	for (size_t i = 0; i < command_count; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\n`foliostorm help COMMAND` describes one, and so does its manual page.\n");
}

static int no_such_command(const char *name)
{
	struct near_names near = { .count = 0 };

	for (size_t i = 0; i < command_count; i++)
		near_names_offer(&near, name, commands[i].name);
	fprintf(stderr, "foliostorm: %s: no such command%s%s%s (`foliostorm help` lists them)\n",
		name, near.count ? "; did you mean " : "", near.count ? near.names[0] : "",
		near.count ? "?" : "");
	return EXIT_USAGE;
}

/* `foliostorm help`, `foliostorm help COMMAND`. */
static int help(const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;

	if (command)
		return command->run(2, (char *[]){ command->title, "--help", NULL });
	if (name)
		return no_such_command(name);
	usage(stdout);
	return EXIT_AS_EXPECTED;
}

static int one_too_many(const char *name, const char *argument)
{
	fprintf(stderr, "foliostorm: %s: %s is one argument too many\n", name, argument);
	return EXIT_USAGE;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return !strcmp(word, a) || !strcmp(word, b) || (c && !strcmp(word, c));
}

int main(int argc, char **argv)
{
	const enum exit_codes codes = run_options_exit_codes(argc, argv);
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(name);

	/* Where the caller ignores it, the kernel keeps no exit code of a child to wait for. */
	signal(SIGCHLD, SIG_DFL);
	argp_err_exit_status = exit_code_said(codes, EXIT_USAGE);
	if (command) {
		argv[1] = command->title;
		return exit_code_said(codes,
				      command_line_flushed(command->run(argc - 1, argv + 1)));
	}
	if (is_one_of(name, "help", "--help", "-h"))
		return argc > 3 ? one_too_many(name, argv[3]) : command_line_flushed(help(argv[2]));
	if (is_one_of(name, "--version", "-V", NULL)) {
		if (argc > 2)
			return one_too_many(name, argv[2]);
		puts(command_line_version);
		return command_line_flushed(EXIT_AS_EXPECTED);
	}
	if (*name)
		return no_such_command(name);
	usage(stderr);
	return EXIT_USAGE;
}
