/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run in a QEMU guest, on another kernel: made ready, booted, followed while it runs, brought
 * home. Nothing of it lies on disk but what the user asked for, and QEMU dies with its caller.
 */
#ifndef TOOLS_GUEST_GUEST_H
#define TOOLS_GUEST_GUEST_H

#include "tools/guest/initrd.h"
#include "tools/guest/kernel.h"
#include "tools/guest/options.h"
#include "tools/scenario/scenario.h"

#include <jansson.h>

/* How a guest ended whose caller goes on by itself. */
struct guest_end_told {
	bool died;    /* during the job */
	bool hit;     /* and its kernel reports a wrong folio */
	bool stopped; /* by a signal to this program */
	char text[640];
};

struct series;

struct guest_config {
	const struct guest_kernel *kernel;
	const struct scenario *scenario; /* loaded for that kernel; NULL: only the command */
	const char *command;             /* shell text to run in the guest first, or NULL */
	const char *const *programs;     /* more of them for the guest's /bin, ended by NULL */
	const struct guest_arguments *machine;
	const char *out;   /* directory for results, or NULL */
	const char *clear; /* directory of results of earlier runs, which go, or NULL */
	bool shell, keep, progress, plain;
	FILE *text; /* the run's own text goes there; NULL: nowhere */
	json_t **
		result; /* gets the scenario's, as in result.json; the caller's, NULL without one */
	int *status;    /* gets the exit code of the command, where there is no scenario; or NULL */
	/* For callers whose job is a program that tells its own events, instead of a scenario: */
	const struct initrd_file *files; /* for the guest, ended by one without a path, or NULL */
	const struct scenario *brings;   /* what its rules need goes along; or NULL */
	/* Gets each of the job's events, and is called every moment with NULL; or NULL. */
	void (*event)(void *context, const json_t *event);
	void *context;
	struct series *series; /* is followed in place of the scenario's schedule, or NULL */
	/* Filled in; the guest is then not booted again when it dies during the job. Or NULL. */
	struct guest_end_told *told;
};

/*
 * Boots, runs and brings home. Returns 0 when config->result stands, also that of a guest that
 * died, or the command was run; -EINVAL a mistake of the caller's, or another run writes to `out`;
 * -EPERM a precondition is missing here or in the guest; other -errno, with config->result where
 * only writing it has failed; reported.
 */
int guest_run(const struct guest_config *config);

#endif
