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

/* Prepares the runs. run: its out is made and claimed, if more than one run is to be kept there.
 * Returns 0 or -errno (reported). Release with repeat_release(). */
int repeat_begin(struct repeat *repeat, const struct repeat_arguments *arguments,
		 const struct run_arguments *run);

void repeat_release(struct repeat *repeat);

/*
 * Whether there is one more run to make. run: its seed and its out become those of that run: each
 * has the seed of the one before and 1, and a directory of its own, `1`, `2`, ..., in --out.
 */
bool repeat_next(struct repeat *repeat, struct run_arguments *run);

/* A run has ended: takes a reference to its result. scenario_seed: of the run. */
void repeat_add(struct repeat *repeat, json_t *result, uint64_t scenario_seed);

/*
 * The runs in one result, a new reference: of one run, its own. Of more: `runs`, `runs_hit`,
 * `each`, the sums of counts, and the verdict: HIT where one run hit, else the worst. Without
 * --until-hit the outcome is that of the worst run, so a hit has to come in each. With --out it is
 * kept there as repeat.json. NULL before the first run. error: of the last run; becomes -EIO, and
 * why, which holds `size` bytes, says it, where only repeat.json could not be written.
 */
json_t *repeat_result(struct repeat *repeat, int *error, char *why, size_t size);

/* What is wrong with a run whose result.json or repeat.json is not there. */
#define RESULT_NOT_WRITTEN "its result could not be written, as standard error says"

#endif
