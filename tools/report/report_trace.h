/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run in the Trace Event Format of Chrome (JSON), which ui.perfetto.dev and chrome://tracing
 * open: a lane for each role of its schedule with a slice for each hold, a lane with the passages,
 * and instants for punches, hits and captures. Times are those of events.jsonl.
 */
#ifndef TOOLS_REPORT_REPORT_TRACE_H
#define TOOLS_REPORT_REPORT_TRACE_H

#include "tools/report/report_data.h"

#include <stdio.h>

enum { TRACE_MARKS = 200000 };

struct trace_mark;

/* Zeroed before its first use. */
struct report_trace {
	struct trace_mark *marks;
	size_t count, room;
	uint64_t left_out; /* that were more than TRACE_MARKS, or found no memory */
};

/* Takes an event, as report_data.each gets it. context: a struct report_trace. */
void report_trace_take(void *context, const char *type, const struct event_line *event);

/* Writes the trace of a run whose events have been taken. Returns 0; -ENOMEM (reported). */
int report_trace_write(FILE *to, struct report_trace *trace, const struct report_data *data);

void report_trace_release(struct report_trace *trace);

#endif
