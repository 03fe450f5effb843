/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeats a scenario: --repeat and --until-hit of `run` and `guest`. */
#ifndef TOOLS_CLI_REPEAT_H
#define TOOLS_CLI_REPEAT_H

#include "tools/base/out.h"
#include "tools/scenario/run_options.h"

#include <jansson.h>

struct repeat_arguments {
	unsigned int count; /* 1 by default */
	bool until_hit;
};

/* A child of a command's argp. Its input is a zeroed struct repeat_arguments. */
extern const struct argp repeat_options_argp;

/* Checks for conflicts with the options of the runs. Returns 0 or -EINVAL (reported). */
int repeat_check(const struct repeat_arguments *arguments, const struct run_arguments *run);

struct repeat {
	const struct repeat_arguments *arguments;
	const char *out;      /* --out, or NULL */
	json_t *each;         /* results in order */
	char directory[4096]; /* of the current run; "" without --out */
	char seed[24];
	uint64_t first_seed;
	struct out_claim claim; /* of --out, for more than one run */
	bool unsaved;           /* repeat.json could not be written */
};

/* Makes a run, and passes its result, if any, to repeat_add(). why: may be set on error; holds
 * `size` bytes. Returns 0 or -errno (reported). */
typedef int repeat_run(void *context, struct repeat *repeat, char *why, size_t size);

/*
 * Makes the runs, judges and prints them as one result, and returns the exit code. run: for each
 * run, its seed is set to that of the previous run plus 1, and its out to a directory `1`, `2`, ...
 * in --out. scenario: its path.
 *
 * The result of several runs has `runs`, `runs_hit`, `each`, sums of the counts, and the verdict of
 * the run that decides: the worst one or, with --until-hit, the one that hit. So without
 * --until-hit, each run has to hit. With --out it is also saved as repeat.json.
 */
int repeat_all(const struct repeat_arguments *arguments, struct run_arguments *run,
	       const char *scenario, repeat_run *once, void *context);

/* Adds the result of a finished run, and takes a reference to it. scenario_seed: seed of the
 * run. */
void repeat_add(struct repeat *repeat, json_t *result, uint64_t scenario_seed);

/* The cause if result.json or repeat.json could not be written. */
#define RESULT_NOT_WRITTEN "its result could not be written, as standard error says"

#endif
