/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run from start to end: prepare (backing, layer), let the worker storm and read, watch, judge,
 * remove all.
 *
 * Up to four processes: the supervisor (this one), the layer, the worker, and the workload. A mount
 * namespace of their own and parent-death signals see to it that mounts, loop device and children
 * go with the supervisor, even when it is killed.
 */
#ifndef TOOLS_RUN_RUN_H
#define TOOLS_RUN_RUN_H

#include "tools/verdict/run_result.h"

struct run_options {
	const char *out; /* directory for events.jsonl, which is there; or NULL */
	const char *
		/* file, pipe or device to which the events are added as they happen, or NULL */
		events;
	bool progress;  /* a line rewritten on standard error */
	bool plain;     /* plain lines of progress instead */
	bool conducted; /* an engine outside of this machine follows the scenario's schedule */
};

/*
 * Runs a loaded scenario. result: zeroed by the caller, filled in and judged also when the run
 * failed half way; what it points to (counts) is released by run_release(). Returns 0 when the
 * result stands, -EPERM a precondition is missing, -ENOSPC no room for the image, other -errno when
 * nothing was run; reported. To write the result is left to the caller.
 */
int run_scenario(const struct scenario *scenario, const struct kernel_version *kernel,
		 const struct run_options *options, struct run_result *result);

void run_release(struct run_result *result);

#endif
