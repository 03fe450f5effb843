/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Analyses a journal file and the holes that archiving would punch in it. The file may be damaged,
 * but must have the header of a journal.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_PLAN_H
#define TOOLS_WORKLOADS_JOURNAL_PLAN_H

#include "tools/workloads/journal/holes.h"
#include "tools/workloads/journal/layout.h"

struct journal_plan {
	struct journal_header header;
	uint64_t size;
	uint64_t tail;        /* end of the last object, bytes; 0: not known */
	char tail_wrong[112]; /* why it is not known */
	struct journal_hole holes[LAYOUT_HOLES_MAX];
	size_t hole_count;
	uint64_t more; /* holes beyond LAYOUT_HOLES_MAX */
	struct journal_holes_seen seen;
	uint64_t least; /* size of the smallest hole that is planned, bytes */
	uint64_t small; /* number of smaller holes */
};

/* Makes a plan. source: the file. least: see struct journal_plan. Returns 0; -EBADMSG: not a
 * journal, and `wrong` (112 bytes) gets the reason; other -errno: of the source. Not reported. */
int journal_plan_make(struct journal_plan *plan, const struct journal_source *source,
		      uint64_t least, char *wrong);

#endif
