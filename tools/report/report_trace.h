/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run in Chrome's Trace Event Format (JSON), which ui.perfetto.dev and chrome://tracing open. It
 * has a lane for each role of the schedule with a slice for each hold, a lane for the passages, and
 * instants for punches, hits and captures. Times are those of events.jsonl.
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
	uint64_t left_out; /* marks beyond the limit, or without memory */
};

/* Takes an event; a function for report_data.each. context: a struct report_trace. */
void report_trace_take(void *context, const char *type, const struct event_line *event);

/* Writes the trace of a run whose events were taken. Returns 0; -ENOMEM (reported). */
int report_trace_write(FILE *to, struct report_trace *trace, const struct report_data *data);

/* Frees the marks. */
void report_trace_release(struct report_trace *trace);

#endif
