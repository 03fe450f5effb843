/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run from start to end: makes the backing and the layer, starts the worker and the workload,
 * watches them, judges the result and removes everything.
 *
 * A run has up to four processes: the supervisor (this one), the layer, the worker, and the
 * workload. They have a private mount namespace and parent-death signals, so mounts, loop device
 * and children disappear with the supervisor, even if it is killed.
 */
#ifndef TOOLS_RUN_RUN_H
#define TOOLS_RUN_RUN_H

#include "tools/verdict/run_result.h"

struct run_options {
	const char *out; /* existing directory for events.jsonl, or NULL */
	const char *
		/* file, pipe or device to which events are appended as they happen, or NULL */
		events;
	bool progress;  /* a line rewritten on standard error */
	bool plain;     /* plain lines of progress instead */
	bool conducted; /* an engine outside of this machine follows the scenario's schedule */
};

/*
 * Runs a loaded scenario. result: zeroed by the caller; filled in and judged, even if the run
 * failed half way; the caller writes it, and calls run_release() in any case. Returns 0: the result
 * is valid; -EPERM: a precondition is missing; -ENOSPC: no room for the image; other -errno:
 * nothing was run; reported.
 */
int run_scenario(const struct scenario *scenario, const struct kernel_version *kernel,
		 const struct run_options *options, struct run_result *result);

void run_release(struct run_result *result);

#endif
