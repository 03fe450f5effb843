/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a run, which `foliostorm run` takes for itself and other subcommands for the runs
 * that they start elsewhere.
 */
#ifndef TOOLS_SCENARIO_RUN_OPTIONS_H
#define TOOLS_SCENARIO_RUN_OPTIONS_H

#include "tools/base/terminal_text.h"
#include "tools/scenario/scenario.h"

#include <argp.h>

enum { RUN_SETS_MAX = 64 };

/* How results are printed. */
enum output_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_KTAP,
	FORMAT_JUNIT,
	FORMAT_GITHUB,
	FORMAT_KCIDB,
	FORMAT_SUMMARY,
};

/* What the exit code says. */
enum exit_codes {
	EXIT_CODES_OWN, /* enum exit_code */
	/* of `git bisect run`: 0 good, 1 bad, 125 cannot tell, from 128 on stop */
	EXIT_CODES_BISECT,
};

struct run_arguments {
	const char *out, *baseline, *save_baseline; /* or NULL */
	enum output_format format;
	enum terminal_color color;
	enum exit_codes exit_codes;
	const char *origin, *build_id; /* of KCIDB; or NULL */
	const char *sets[RUN_SETS_MAX + 1];
	size_t set_count;
	struct scenario_overrides overrides; /* points to sets */
	bool quiet;
};

/* To be a child of a command's argp; its input is a zeroed struct run_arguments. */
extern const struct argp run_options_argp;

/* The same, for options of what becomes of results (--baseline, --exit-codes, ...), with the same
 * input. */
extern const struct argp conclusion_options_argp;

/* What a command does not take that makes many runs and judges all of them together. */
struct run_limits {
	const char *job;                     /* "a tuning" */
	const char *expect, *until, *engine; /* why not, with ": " or ", " before it; or NULL */
};

/* Checks that, and that the format is text or json. Returns 0, or -EINVAL (reported). */
int run_options_check(const struct run_arguments *arguments, const struct run_limits *limits);

/* The seed of such a command's own decisions: --seed, up to INT32_MAX, or 1. Returns 0, or -EINVAL
 * (reported). */
int run_options_seed(const struct run_arguments *arguments, uint64_t *seed);

/* Whether a line on the terminal says how far it is: there is one, and no --quiet. */
bool run_options_progress(const struct run_arguments *arguments);

/* What a command line asks for with --exit-codes, also where something else is wrong with it. */
enum exit_codes run_options_exit_codes(int argc, char **argv);

/* Words that run_options_argp() can make, the last one NULL included. */
enum { RUN_WORDS_MAX = 2 * RUN_SETS_MAX + 16 };

/* Writes the options that decide what a run does (not what becomes of its results) as words of a
 * command line, ended by NULL. The words are the arguments' own. Returns how many. */
size_t run_options_words(const struct run_arguments *arguments, const char *words[RUN_WORDS_MAX]);

/* The first option that was given of those which decide what a run does ("--set"), or NULL: for a
 * command that makes no run. */
const char *run_options_given(const struct run_arguments *arguments);

#endif
