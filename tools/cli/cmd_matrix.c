/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/number.h"
#include "tools/base/out.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/regression.h"
#include "tools/matrix/matrix.h"
#include "tools/matrix/matrix_html.h"
#include "tools/matrix/matrix_merge.h"
#include "tools/matrix/matrix_table.h"
#include "tools/matrix/matrix_text.h"
#include "tools/matrix/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 256, JOBS_MAX = 1024 };

enum option_key {
	OPTION_KERNELS = 'K',
	OPTION_JOBS = 'j',
	OPTION_SHARD = 0x500,
	OPTION_CLAIM,
	OPTION_EARLIER,
};

struct arguments {
	const char *kernels[NAMES_MAX + 1], *names[NAMES_MAX + 1];
	size_t kernel_count, name_count;
	const char *shard; /* as given, or NULL */
	struct matrix_config matrix;
	struct guest_arguments machine;
	struct run_arguments run;
};

static const struct argp_option options[] = {
	{ "kernels", OPTION_KERNELS, "V1,V2,...", 0,
	  "Debian's versions, or paths IMAGE or IMAGE:MODULES (with a slash)", 1 },
	{ "jobs", OPTION_JOBS, "N", 0, "Guests at once (as many as processors and memory allow)",
	  1 },
	{ "shard", OPTION_SHARD, "I/N", 0,
	  "Run every Nth cell, beginning with the Ith; auto: as the job scheduler "
	  "says. `matrix merge` joins the shards",
	  1 },
	{ "claim", OPTION_CLAIM, "DIR", 0,
	  "Run only cells that no other worker has claimed in that directory, which "
	  "all workers share; cells of dead workers are taken over",
	  1 },
	{ "earlier", OPTION_EARLIER, "FILE", 0,
	  "Begin with the cells that took longest in that earlier matrix.json", 1 },
	{ 0 },
};

static void take_kernels(struct arguments *arguments, struct argp_state *state, char *list)
{
	char *name;

	while ((name = strsep(&list, ","))) {
		if (!*name)
			argp_error(state, "--kernels: an empty name; allowed: names with one "
					  "comma between two");
		if (arguments->kernel_count == NAMES_MAX)
			argp_error(state, "more than %d kernels", NAMES_MAX);
		arguments->kernels[arguments->kernel_count++] = name;
	}
}

/* Reads the scheduler's variables only if needed. */
static int take_shard(struct arguments *arguments)
{
	struct shard shard = { 0, 0 };
	char why[512];

	if (!arguments->shard)
		return 0;
	if (arguments->matrix.claims)
		return report(0, "--shard and --claim go without each other");
	if (shard_parse(&shard, arguments->shard, getenv, why, sizeof(why)))
		return report(0, "--shard %s: %s", arguments->shard, why);
	arguments->matrix.shard = shard.number;
	arguments->matrix.shards = shard.count;
	return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->machine;
		state->child_inputs[1] = &arguments->run;
		state->child_inputs[2] = &arguments->run;
		return 0;
	case OPTION_KERNELS:
		take_kernels(arguments, state, argument);
		return 0;
	case OPTION_JOBS:
		arguments->matrix.jobs =
			(unsigned int)number_option(state, "jobs", argument, 1, JOBS_MAX);
		return 0;
	case OPTION_SHARD:
		arguments->shard = argument;
		return 0;
	case OPTION_CLAIM:
		arguments->matrix.claims = argument;
		return 0;
	case OPTION_EARLIER:
		arguments->matrix.earlier = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->name_count == NAMES_MAX)
			argp_error(state, "more than %d scenarios", NAMES_MAX);
		arguments->names[arguments->name_count++] = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which scenarios?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int check_out(const char *out)
{
	return out ? out_check(out)
		   : report(0,
			    "give --out DIR: the cells lie there, and an interrupted matrix goes "
			    "on from them");
}

static bool all_expected(const json_t *table)
{
	size_t i;
	json_t *cell;

	json_array_foreach (json_object_get(table, "cells"), i, cell)
		if (!json_is_true(json_object_get(cell, "as_expected")))
			return false;
	return true;
}

static void print_table(const json_t *table, enum terminal_color color)
{
	FILE *to = terminal_text_open(stdout, color);

	matrix_print(to ? to : stdout, table);
	if (to)
		fclose(to);
}

/* Prints and judges the table. A shard does not write it: `matrix merge` writes that of all
 * shards. */
static int conclude(const struct arguments *arguments, const struct regression *regression,
		    json_t *table)
{
	struct test_point *points;
	size_t count = matrix_points(table, &points);
	int code = regression_judge(regression, points, count);

	json_object_set_new(table, "as_expected", json_boolean(all_expected(table)));
	if (arguments->run.format == FORMAT_TEXT)
		print_table(table, arguments->run.color);
	regression_print(regression, points, count, table);
	if (!arguments->matrix.shards && !arguments->matrix.claims &&
	    matrix_write(arguments->run.out, table))
		code = EXIT_RUN_ERROR;
	for (size_t i = 0; i < count; i++)
		test_point_release(&points[i]);
	free(points);
	json_decref(table);
	return code;
}

/* A given option that only workers support, or NULL. */
static const char *not_for_merge(const struct arguments *arguments)
{
	const struct {
		const char *option;
		bool given;
	} rows[] = {
		{ "--shard", arguments->shard != NULL },
		{ "--claim", arguments->matrix.claims != NULL },
		{ "--earlier", arguments->matrix.earlier != NULL },
		{ "--kernels", arguments->kernel_count != 0 },
		{ "--jobs", arguments->matrix.jobs != 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].given)
			return rows[i].option;
	return run_options_given(&arguments->run) ?: guest_options_given(&arguments->machine);
}

static int merge(const struct arguments *arguments, const struct regression *regression)
{
	const char *wrong = not_for_merge(arguments);
	struct out_claim claim;
	json_t *table;
	int code, r;

	if (wrong)
		return report(0,
			      "matrix merge: %s is for the workers; merge takes what all of them "
			      "have left: allowed are directories, --out, --format, --baseline and "
			      "--save-baseline",
			      wrong),
		       EXIT_USAGE;
	if (arguments->name_count < 2)
		return report(0, "matrix merge: which directories?"), EXIT_USAGE;
	r = check_out(arguments->run.out) ?: matrix_merge(arguments->names + 1, &table);
	if (r)
		return exit_code_of_error(r);
	r = out_claim(&claim, arguments->run.out);
	if (r) {
		json_decref(table);
		return exit_code_of_error(r);
	}
	code = conclude(arguments, regression, table);
	out_release(&claim);
	return code;
}

static int run(struct arguments *arguments, const struct regression *regression)
{
	struct matrix_config *matrix = &arguments->matrix;
	struct out_claim claim = OUT_UNCLAIMED;
	json_t *table;
	int code, r;

	if (take_shard(arguments))
		return EXIT_USAGE;
	if (!arguments->kernel_count)
		return report(0, "which kernels? --kernels 6.12.107,6.18.9 (`foliostorm kernels` "
				 "lists them)"),
		       EXIT_USAGE;
	r = check_out(arguments->run.out);
	if (r)
		return exit_code_of_error(r);
	matrix->kernels = arguments->kernels;
	matrix->kernel_count = arguments->kernel_count;
	matrix->scenarios = arguments->names;
	matrix->scenario_count = arguments->name_count;
	matrix->out = arguments->run.out;
	matrix->progress = run_options_progress(&arguments->run);
	matrix->plain = !arguments->run.quiet;
	matrix->machine = &arguments->machine;
	matrix->run = &arguments->run;
	matrix->claim = &claim;
	r = matrix_run(matrix, &table);
	code = exit_code_of_error(r);
	if (table)
		code = conclude(arguments, regression, table);
	/* The table is right, but a later matrix cannot continue from the saved cells. */
	if (table && r)
		code = EXIT_RUN_ERROR;
	out_release(&claim);
	return code;
}

int cmd_matrix(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &guest_options_argp, 0, "Guests:", 2 },
		{ &run_options_argp, 0, "Runs:", 3 },
		{ &conclusion_options_argp, 0, "Verdict:", 4 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SCENARIO...\nmerge DIR...",
		.doc = "Runs scenarios in guests on many kernels and prints a table with a row for "
		       "each kernel. Cells that are already done are not run again.\vExit codes: 0 "
		       "all cells are as expected; 1 one is not; 2 usage; 3 one is inconclusive; 4 "
		       "one failed; 77 a precondition is missing.",
		.children = children,
	};
	struct arguments *arguments = calloc(1, sizeof(*arguments));
	struct regression regression;
	int code, r;

	if (!arguments)
		return report(-ENOMEM, "the arguments"), EXIT_RUN_ERROR;
	command_line_parse(&argp, argc, argv, arguments);
	r = regression_begin(&regression, &arguments->run);
	if (r)
		code = exit_code_of_error(r);
	else
		code = !strcmp(arguments->names[0], "merge") ? merge(arguments, &regression)
							     : run(arguments, &regression);
	regression_release(&regression);
	free(arguments);
	return code;
}
