/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection: which kernel of many is the first one that a scenario hits, or the first one that it
 * does not hit any more. What is common to released kernels (bisect_versions.h) and commits
 * (bisect_tree.h) is here and in bisect_judge.h.
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
	BISECT_GOOD,        /* no hit, and a kernel like the bad end would have been hit */
	BISECT_BAD,         /* a hit */
	BISECT_CANNOT_TELL, /* too little was seen, or the kernel does not boot or is not there */
};

/* "good", "bad", "skip": as `git bisect` calls them. */
extern const char *const bisect_answer_names[];

/* A kernel of the bisection. */
struct bisect_kernel {
	char name[64]; /* in tables and for its directory: a version, a file's name, a commit */
	char text[PATH_MAX]; /* as guest_kernel_named() takes it */
	struct kernel_version version;
};

/* A run that is to be made. */
struct bisect_attempt {
	const char *out; /* directory for its result, which is there */
	const char *scenario;
	const struct run_arguments *run;
	const struct guest_arguments *machine;
};

/* What makes runs. */
struct bisect_runner {
	/*
	 * Hands out the result, with the keys of result.json, the caller's; with "unavailable" true
	 * where the kernel cannot be had today, or "skip" true where it is never to be had, and
	 * then "reason" says why. Returns 0; -EINTR a signal came; other -errno, which end the
	 * bisection (reported).
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
	FILE *table; /* gets a line for each kernel as it is judged, or NULL */
};

struct bisect {
	const struct bisect_config *config;
	json_t *steps;   /* what was judged, in the order in which it was asked for: an array */
	json_t *kept;    /* the same of earlier runs of this program, by name: an object */
	uint64_t needed; /* passages of a good kernel; 0: what the scenario itself wants */
	double chance;   /* of a hit in a passage at the bad end, at least; 0: not known */
	size_t unsaved;  /* results that could not be written */
	struct progress progress;
};

#endif
