/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bundle's run made again in a guest, and compared with what it was. */
#ifndef TOOLS_BUNDLE_RERUN_H
#define TOOLS_BUNDLE_RERUN_H

#include "tools/bundle/bundle.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

#include <stdbool.h>

enum rerun_end {
	RERUN_SAME,
	RERUN_DIFFERS,
	RERUN_INCONCLUSIVE, /* it was not then, and is now */
};

struct rerun {
	const char *kernel; /* as guest_kernel_named() takes it; NULL: that of the run */
	const char
		*out; /* directory for all of it; what was in the bundle lies in `bundle` there */
	const struct guest_arguments *machine; /* what is not given is as it was */
	bool trust;                            /* run commands of the scenario on this machine,
						  and copy files of it */
};

/* Runs it. result: the caller's, NULL with an error. Returns 0; -EINVAL a mistake, or it is not
 * known on which kernel; -EINTR; other -errno; reported. */
int rerun(const struct bundle *bundle, const struct rerun *how, json_t **result);

/* Compares two results and says so: the verdict, and hits of punches, whose intervals of 95 %
 * confidence have to meet. */
enum rerun_end rerun_compare(FILE *to, const json_t *then, const json_t *now);

#endif
