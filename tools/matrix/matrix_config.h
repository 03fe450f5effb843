/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of a matrix, and how to run them. */
#ifndef TOOLS_MATRIX_MATRIX_CONFIG_H
#define TOOLS_MATRIX_MATRIX_CONFIG_H

#include "tools/base/out.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

struct matrix_config {
	const char *const *kernels, *const *scenarios;
	size_t kernel_count, scenario_count;
	/* OUT_UNCLAIMED; matrix_run() makes it the claim on out; the caller's. */
	struct out_claim *claim;
	const char *out;
	unsigned int shard, shards; /* from 1; 0 of 0: not sharded */
	const char *claims;         /* directory where workers claim cells, or NULL */
	/* A matrix.json with durations, to begin with the longest cells; or NULL. */
	const char *earlier;
	unsigned int jobs; /* guests at a time; 0: as many as fit */
	bool progress, plain;
	const struct guest_arguments *machine;
	const struct run_arguments *run;
};

#endif
