/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live view of a run: what it is at, how fast, and what it has found so far. */
#ifndef TOOLS_BASE_LIVE_H
#define TOOLS_BASE_LIVE_H

#include "tools/base/progress.h"

/* What is known of a run; a count that is not known is negative. */
struct live_facts {
	const char *where;          /* of a guest: its kernel; else NULL */
	const char *phase;          /* "storm" */
	uint64_t elapsed, duration; /* of the storm, ns; elapsed 0: it has not begun */
	uint64_t ready, folios;     /* made so far, of all; folios 0: not known */
	int64_t punches, punches_hit, exposures, captures, reads;
	int64_t operations;       /* of the workload */
	int64_t split, not_split; /* folios that were to be split */
	const char *slowest;      /* operation, or NULL */
	uint64_t slowest_ns;
};

/* Nothing is known. */
#define LIVE_NOTHING                                                                               \
	(struct live_facts)                                                                        \
	{                                                                                          \
		.punches = -1, .punches_hit = -1, .exposures = -1, .captures = -1, .reads = -1,    \
		.operations = -1, .split = -1, .not_split = -1                                     \
	}

/* Shows them when it is time to. */
void live_show(struct progress *progress, const struct live_facts *facts);

#endif
