/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a run. `foliostorm run` applies them; other subcommands pass them on to the runs
 * that they start.
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

/* Meaning of the exit codes. */
enum exit_codes {
	EXIT_CODES_OWN, /* enum exit_code */
	/* as `git bisect run` expects: 0 good, 1 bad, 125 cannot test, 128 and above abort */
	EXIT_CODES_BISECT,
};

struct run_arguments {
	const char *out, *baseline, *save_baseline; /* or NULL */
	enum output_format format;
	enum terminal_color color;
	enum exit_codes exit_codes;
	const char *origin, *build_id; /* for KCIDB; or NULL */
	const char *sets[RUN_SETS_MAX + 1];
	size_t set_count;
	struct scenario_overrides overrides; /* points to sets */
	bool quiet;
};

/* A child of a command's argp. Its input is a zeroed struct run_arguments. */
extern const struct argp run_options_argp;

/* A child of a command's argp, with the same input: what to do with the results (--baseline,
 * --exit-codes, ...). */
extern const struct argp conclusion_options_argp;

/* Options that a command refuses because it makes many runs and judges them together. */
struct run_limits {
	const char *job;                     /* "a tuning" */
	const char *expect, *until, *engine; /* why: ": ..." or ", ..."; NULL: allowed */
};

/* Refuses these options, and formats other than text and json. Returns 0, or -EINVAL (reported). */
int run_options_check(const struct run_arguments *arguments, const struct run_limits *limits);

/* Sets the seed of such a command's own decisions: --seed, from 0 to INT32_MAX, or 1. Returns 0, or
 * -EINVAL (reported). */
int run_options_seed(const struct run_arguments *arguments, uint64_t *seed);

/* Whether to show progress: standard error is a terminal, and --quiet is not given. */
bool run_options_progress(const struct run_arguments *arguments);

/* Finds --exit-codes in a command line that may have other errors. EXIT_CODES_OWN if absent. */
enum exit_codes run_options_exit_codes(int argc, char **argv);

/* Most words that run_options_words() writes, including the final NULL. */
enum { RUN_WORDS_MAX = 2 * RUN_SETS_MAX + 16 };

/* Writes the options that decide what a run does, not what becomes of its results, as words of a
 * command line, ended by NULL. The words point into the arguments. Returns their number. */
size_t run_options_words(const struct run_arguments *arguments, const char *words[RUN_WORDS_MAX]);

/* The first given option ("--set") of those that decide what a run does, or NULL. For a command
 * that makes no run. */
const char *run_options_given(const struct run_arguments *arguments);

#endif
