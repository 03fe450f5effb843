/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One scenario, run more than once: --repeat and --until-hit of `run` and `guest`. */
#ifndef TOOLS_CLI_REPEAT_H
#define TOOLS_CLI_REPEAT_H

#include "tools/base/out.h"
#include "tools/scenario/run_options.h"

#include <jansson.h>

struct repeat_arguments {
	unsigned int count; /* 1 unless it was given */
	bool until_hit;
};

/* To be a child of a command's argp; its input is a zeroed struct repeat_arguments. */
extern const struct argp repeat_options_argp;

/* Whether they go with the options of the runs. Returns 0 or -EINVAL (reported). */
int repeat_check(const struct repeat_arguments *arguments, const struct run_arguments *run);

struct repeat {
	const struct repeat_arguments *arguments;
	const char *out;      /* --out, or NULL */
	json_t *each;         /* results, in their order */
	char directory[4096]; /* of the run at hand; "" without --out */
	char seed[24];
	uint64_t first_seed;
	struct out_claim claim; /* of --out, for more than one run */
	bool unsaved;           /* repeat.json could not be written */
};

/* One of the runs; hands its result, if there is one, to repeat_add(). Returns 0 or -errno
 * (reported), and then why, which holds `size` bytes, may say more. */
typedef int repeat_run(void *context, struct repeat *repeat, char *why, size_t size);

/*
 * Makes the runs, judges and prints them as one result, and returns the exit code. run: its seed
 * and its out become those of each run: the seed of the one before and 1, and a directory of its
 * own, `1`, `2`, ..., in --out. scenario: its path.
 *
 * The result is that of the run. Of more than one it has `runs`, `runs_hit`, `each`, the sums of
 * counts, and the verdict: HIT where one run hit, else the worst. Without --until-hit the outcome
 * is that of the worst run, so a hit has to come in each. With --out it is kept there as
 * repeat.json.
 */
int repeat_all(const struct repeat_arguments *arguments, struct run_arguments *run,
	       const char *scenario, repeat_run *once, void *context);

/* A run has ended: takes a reference to its result. scenario_seed: of the run. */
void repeat_add(struct repeat *repeat, json_t *result, uint64_t scenario_seed);

/* What is wrong with a run whose result.json or repeat.json is not there. */
#define RESULT_NOT_WRITTEN "its result could not be written, as standard error says"

#endif
