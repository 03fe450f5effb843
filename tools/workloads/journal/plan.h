/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a journal file is, and which holes archiving it punches: of any file, damaged ones too.
 * Fails only where there is no header of a journal.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_PLAN_H
#define TOOLS_WORKLOADS_JOURNAL_PLAN_H

#include "tools/workloads/journal/holes.h"
#include "tools/workloads/journal/layout.h"

struct journal_plan {
	struct journal_header header;
	uint64_t size;
	uint64_t tail; /* end of the last object; 0: not known, and then: */
	char tail_wrong[112];
	struct journal_hole holes[LAYOUT_HOLES_MAX];
	size_t hole_count;
	uint64_t more; /* holes that found no room */
	struct journal_holes_seen seen;
	uint64_t least; /* bytes: smaller holes are not planned */
	uint64_t small; /* of them */
};

/* source: the file. least: bytes of the smallest hole. Returns 0; -EBADMSG: no journal, and `wrong`
 * (room for 112 bytes) says why; else what the source said. */
int journal_plan_make(struct journal_plan *plan, const struct journal_source *source,
		      uint64_t least, char *wrong);

#endif
