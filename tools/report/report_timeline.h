/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened around the first hit, in order. Events from several processes are slightly out of
 * order, and that of a punch comes when it is over. So the latest events are kept until all that
 * belong to the hit have come.
 */
#ifndef TOOLS_REPORT_REPORT_TIMELINE_H
#define TOOLS_REPORT_REPORT_TIMELINE_H

#include "tools/verdict/event_line.h"

enum { TIMELINE_KEPT = 256, TIMELINE_STEPS = 10, TIMELINE_NAME = 128 };

/* A step; its time counts from the start of the punch. */
struct timeline_step {
	double us;
	char text[160];
};

/* A span of time in the picture. */
struct timeline_span {
	const char *name; /* NULL: unknown */
	double from, to;  /* us from the start of the punch */
};

enum { SPAN_PUNCH, SPAN_FROZEN, SPAN_ACCESS, SPAN_CHECK, SPANS };

struct timeline_event {
	int64_t ns, first, second, folio, page; /* meaning depends on the type */
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
	int64_t access, check; /* ns that access and re-check of the hit took */
	uint64_t since;        /* events since both the hit and its punch */
	bool has_hit, done;
	/* The result: */
	bool has_punch;             /* the hit's punch has come, so times are known */
	int64_t punch;              /* number of the hit's punch */
	int64_t first_byte, length; /* of the hole in bytes, from the start of its folio */
	int64_t punch_ns;           /* start of the punch, since the start of the run */
	double after;               /* the same in seconds */
	struct timeline_step steps[TIMELINE_STEPS];
	size_t step_count;
	struct timeline_span spans[SPANS];
};

/* Takes an event; fast once the first hit is complete. */
void report_timeline_take(struct report_timeline *timeline, const char *type,
			  const struct event_line *event);

/* Call after the last event. Without a hit, first_byte and length are those of the last punch. */
void report_timeline_finish(struct report_timeline *timeline);

/* Microseconds in the unit for its times: 1, or 1000 for milliseconds. */
double report_timeline_unit(const struct report_timeline *timeline);

#endif
