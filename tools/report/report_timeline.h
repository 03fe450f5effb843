/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened around the first hit, in the order in which it happened. Events come from many
 * processes, a little out of order, and the punch's own when it is over; so the last ones are kept
 * until those that belong to the hit must have come.
 */
#ifndef TOOLS_REPORT_REPORT_TIMELINE_H
#define TOOLS_REPORT_REPORT_TIMELINE_H

#include "tools/verdict/event_line.h"

enum { TIMELINE_KEPT = 256, TIMELINE_STEPS = 10, TIMELINE_NAME = 128 };

/* One step, from the start of the punch. */
struct timeline_step {
	double us;
	char text[160];
};

/* A span of time, for the picture. */
struct timeline_span {
	const char *name; /* NULL: not known */
	double from, to;  /* us from the start of the punch */
};

enum { SPAN_PUNCH, SPAN_FROZEN, SPAN_ACCESS, SPAN_CHECK, SPANS };

struct timeline_event {
	int64_t ns, first, second, folio, page; /* what they are depends on the type */
	bool failed;
	char file[TIMELINE_NAME], reader[16];
};

struct timeline_ring {
	struct timeline_event kept[TIMELINE_KEPT];
	uint64_t count;
};

/* Zeroed before its first use. */
struct report_timeline {
	struct timeline_ring punches, splits, captures;
	struct timeline_event hit;
	int64_t access, check; /* ns, of the hit */
	uint64_t since;        /* events since the hit and its punch */
	bool has_hit, done;
	/* The outcome. */
	bool has_punch;             /* with it, times are known */
	int64_t punch;              /* number */
	int64_t first_byte, length; /* of the hole, from the start of its folio */
	int64_t punch_ns;           /* when it began, since the start of the run */
	double after;               /* seconds from the start of the run to the punch */
	struct timeline_step steps[TIMELINE_STEPS];
	size_t step_count;
	struct timeline_span spans[SPANS];
};

/* Takes an event; cheap once the first hit is done with. */
void report_timeline_take(struct report_timeline *timeline, const char *type,
			  const struct event_line *event);

/* All events have come. Without a hit, the geometry of the last punch is given. */
void report_timeline_finish(struct report_timeline *timeline);

/* What its times are best given in: 1 for microseconds, 1000 for milliseconds. */
double report_timeline_unit(const struct report_timeline *timeline);

#endif
