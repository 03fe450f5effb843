/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection finds the first of many kernels that a scenario hits, or that it no longer hits. This
 * file and bisect_judge.h are shared by bisections of released kernels (bisect_versions.h) and of
 * commits (bisect_tree.h).
 */
#ifndef TOOLS_BISECT_BISECT_H
#define TOOLS_BISECT_BISECT_H

#include "injector/base/kernel.h"
#include "tools/base/progress.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum bisect_answer {
	BISECT_GOOD, /* no hit, though a kernel like the bad end would have been hit */
	BISECT_BAD,  /* a hit */
	/* Too little evidence, or the kernel does not boot or is not available. */
	BISECT_CANNOT_TELL,
};

/* "good", "bad", "skip", as in `git bisect`. */
extern const char *const bisect_answer_names[];

/* A kernel of the bisection. */
struct bisect_kernel {
	char name[64];       /* in tables, and of its directory: a version, file name or commit */
	char text[PATH_MAX]; /* for guest_kernel_named() */
	struct kernel_version version;
};

/* A run to make. */
struct bisect_attempt {
	const char *out; /* directory for its result; exists */
	const char *scenario;
	const struct run_arguments *run;
	const struct guest_arguments *machine;
};

/* Makes runs. */
struct bisect_runner {
	/*
	 * Makes a run. result: set to its result, a new reference, with the keys of result.json. If
	 * there was no run, it has "unavailable" true (the kernel is not available today) or "skip"
	 * true (it never will be), and the cause in "reason". Returns 0; -EINTR interrupted; other
	 * -errno ends the bisection (reported).
	 */
	int (*run)(void *context, const struct bisect_kernel *kernel,
		   const struct bisect_attempt *attempt, json_t **result);
	void *context;
};

struct bisect_config {
	const char *scenario;
	const char *out;
	bool fixed; /* look for the first good one, not for the first bad one */
	bool progress, plain;
	const struct guest_arguments *machine;
	const struct run_arguments *run;
	struct bisect_runner runner;
	FILE *table; /* gets a line for each judged kernel; or NULL */
};

struct bisect {
	const struct bisect_config *config;
	json_t *steps;   /* array of judged kernels, in order */
	json_t *kept;    /* object of entries from earlier bisections, by name */
	uint64_t needed; /* passages that a good kernel must make; 0: as the scenario says */
	double chance;   /* least chance of a hit in a passage of the bad end; 0: unknown */
	size_t unsaved;  /* number of failures to save */
	struct progress progress;
};

#endif
