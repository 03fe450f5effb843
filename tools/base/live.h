/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a run while it runs: its phase, its speed, and its hits so far. */
#ifndef TOOLS_BASE_LIVE_H
#define TOOLS_BASE_LIVE_H

#include "tools/base/progress.h"

/* The state of a run; an unknown count is negative. */
struct live_facts {
	const char *where;          /* the kernel of a guest; NULL: no guest */
	const char *phase;          /* "storm" */
	uint64_t elapsed, duration; /* of the storm, ns; elapsed 0: not begun */
	uint64_t ready, folios;     /* folios made so far, and in all; folios 0: unknown */
	int64_t punches, punches_hit, exposures, captures, reads;
	int64_t operations;       /* of the workload */
	int64_t split, not_split; /* splits of folios that succeeded, that failed */
	const char *slowest;      /* the slowest operation, or NULL */
	uint64_t slowest_ns;
};

/* Everything is unknown. */
#define LIVE_NOTHING                                                                               \
	(struct live_facts)                                                                        \
	{                                                                                          \
		.punches = -1, .punches_hit = -1, .exposures = -1, .captures = -1, .reads = -1,    \
		.operations = -1, .split = -1, .not_split = -1                                     \
	}

/* Shows the facts if an update is due. */
void live_show(struct progress *progress, const struct live_facts *facts);

#endif
