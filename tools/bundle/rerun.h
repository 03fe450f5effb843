/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeats a bundle's run in a guest, and compares the results. */
#ifndef TOOLS_BUNDLE_RERUN_H
#define TOOLS_BUNDLE_RERUN_H

#include "tools/bundle/bundle.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

#include <stdbool.h>

enum rerun_end {
	RERUN_SAME,
	RERUN_DIFFERS,
	RERUN_INCONCLUSIVE, /* now, but not then */
};

struct rerun {
	const char *kernel; /* for guest_kernel_named(); NULL: that of the run */
	const char *out;    /* directory of the run; the bundle's files are in `bundle` there */
	const struct guest_arguments *machine; /* unset values are those of the run */
	bool trust; /* run commands of the scenario on this machine, and copy its files */
};

/* Repeats the run. result: set to its result, a new reference; NULL on error. Returns 0; -EINVAL a
 * mistake, or the kernel is unknown; -EINTR; other -errno; reported. */
int rerun(const struct bundle *bundle, const struct rerun *how, json_t **result);

/* Prints a comparison of two results. They are the same if their verdicts are equal, and the 95 %
 * intervals of their hit rates overlap. */
enum rerun_end rerun_compare(FILE *to, const json_t *then, const json_t *now);

#endif
