/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a matrix is to have, and how it is to be run. */
#ifndef TOOLS_MATRIX_MATRIX_CONFIG_H
#define TOOLS_MATRIX_MATRIX_CONFIG_H

#include "tools/base/out.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

struct matrix_config {
	const char *const *kernels, *const *scenarios;
	size_t kernel_count, scenario_count;
	struct out_claim *claim; /* OUT_UNCLAIMED; becomes the claim on out, the caller's */
	const char *out;
	unsigned int shard, shards; /* from 1; 0 of 0: all */
	const char *claims;         /* directory in which workers claim cells, or NULL */
	const char *earlier; /* matrix.json by which the longest cells begin first, or NULL */
	unsigned int jobs;   /* guests at once; 0: as many as there is room for */
	bool progress, plain;
	const struct guest_arguments *machine;
	const struct run_arguments *run;
};

#endif
