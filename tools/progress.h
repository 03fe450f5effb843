/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a long run shows meanwhile, on standard error: one line rewritten on a terminal, plain lines
 * otherwise. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include "tools/worker.h"

#include <stdbool.h>

struct progress {
	bool rewrite, plain;
	char phase[64];
	uint64_t shown; /* CLOCK_MONOTONIC, ns */
};

/* rewrite: a line rewritten; plain: a line per phase and second; neither: nothing. */
void progress_init(struct progress *progress, bool rewrite, bool plain);

/* The run is at something new. */
void progress_phase(struct progress *progress, const char *phase);

/* Shows a line when it is time to. */
void progress_line(struct progress *progress, const char *line);

/* Shows the counts when it is time to. duration: of the storm, ns. */
void progress_show(struct progress *progress, const struct worker_shared *shared,
		   uint64_t duration);

/* Takes the rewritten line away. */
void progress_end(struct progress *progress);

#endif
