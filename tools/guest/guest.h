/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a scenario or a command in a QEMU guest, on another kernel: prepares, boots and follows the
 * guest, and gets its results. Only what the user asks for is written to disk; QEMU dies with its
 * caller.
 */
#ifndef TOOLS_GUEST_GUEST_H
#define TOOLS_GUEST_GUEST_H

#include "tools/guest/initrd.h"
#include "tools/guest/kernel.h"
#include "tools/guest/options.h"
#include "tools/scenario/scenario.h"

#include <jansson.h>

/* How a guest without a scenario ended, for callers that handle its death. */
struct guest_end_told {
	bool died;      /* during the job */
	bool hit;       /* its events or its kernel show a wrong folio */
	bool stopped;   /* by a signal to this program */
	char text[640]; /* see outcome_death() */
};

struct series;

struct guest_config {
	const struct guest_kernel *kernel;
	const struct scenario *scenario; /* loaded for that kernel; NULL: only the command */
	const char *command;             /* shell text to run in the guest first, or NULL */
	const char *const *programs;     /* further programs for /bin, NULL-terminated */
	const struct guest_arguments *machine;
	const char *out;   /* directory for results, or NULL */
	const char *clear; /* see out_begin(); or NULL */
	bool shell, keep, progress, plain;
	FILE *text;      /* gets the run's own text; NULL: nobody */
	json_t **result; /* gets the scenario's result, as in result.json; the caller's, or NULL */
	int *status;     /* gets the exit code of the command, without a scenario; or NULL */
	/* For callers whose job is a program that sends its own events, instead of a scenario: */
	const struct initrd_file *files; /* of the job, ended by one without a path; or NULL */
	const struct scenario *brings;   /* whose rules' files are added to the job; or NULL */
	/* Called with each of the job's events, and regularly with NULL; or NULL. */
	void (*event)(void *context, const json_t *event);
	void *context;
	struct series *series; /* of schedules, instead of the scenario's schedule; or NULL */
	/* Filled in if the guest dies; it is then not booted again. Or NULL. */
	struct guest_end_told *told;
};

/*
 * Boots the guest, runs the job and gets its results. Returns 0: config->result is set (also if the
 * guest died), or the command was run; -EINVAL: invalid configuration, or another run writes to
 * `out`; -EPERM: a precondition is missing here or in the guest; other -errno, with config->result
 * set if only saving it failed; reported.
 */
int guest_run(const struct guest_config *config);

#endif
