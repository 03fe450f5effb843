/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the importers of traces: reading lines, and the scenario that replays a trace. */
#ifndef TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H
#define TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H

#include "tools/base/import_lines.h"
#include "tools/import/import.h"
#include "tools/trace/trace_maker.h"

/*
 * The next line of an input, as import_lines_next(). Limits the trace to TRACE_GROWTH times the
 * input read so far, at least 1 MiB. Returns false also if the trace would be larger, or without
 * memory.
 */
enum { TRACE_GROWTH = 20 };

bool trace_scenario_next(struct trace_maker *maker, struct import_lines *lines,
			 struct import_line *line);

/* The functions of an importer of lines. Each gets `context`. */
struct trace_reading {
	const char *kind; /* of the trace */
	struct trace_maker *maker;
	struct import_lines *lines;
	/* Called before the first line, with maker and lines open; may be NULL. Returns 0 or -errno
	 * (reported). */
	int (*begin)(void *context);
	void (*take)(void *context, const struct import_line *line);
	/* Called after the last line; calls trace_scenario_finish(). Returns as struct
	 * importer.read. */
	int (*finish)(void *context);
	void *context;
};

/* Opens lines, companion and maker, reads, and closes lines and maker. Returns as struct
 * importer.read. */
int trace_scenario_read(struct import *import, const struct trace_reading *reading);

/* Ends the trace after the last line. Returns 0; -errno the input could not be read, or no memory;
 * -EINVAL the trace would be too large, or a file is larger than stamps can distinguish;
 * reported. */
int trace_scenario_finish(struct import *import, struct trace_maker *maker,
			  const struct import_lines *lines);

/* Notes the calls, files and threads of the trace, and changes of times. */
void trace_scenario_account(const struct trace_maker *maker, struct import_account *account);

/* How an importer of calls ends. */
struct trace_ending {
	const char *under;               /* see trace_scenario_write() */
	uint64_t garbled, first_garbled; /* number of useless lines, and the first of them */
	const char *garbled_are;         /* what these lines are, for the account */
	const char *nothing;             /* message if there was no call */
	void (*note)(void *context);     /* adds further notes; or NULL */
	void *context;
};

/* Ends the trace, and writes account and scenario. Returns as struct importer.read. */
int trace_scenario_end(struct import *import, struct trace_maker *maker,
		       const struct import_lines *lines, const struct trace_ending *ending);

/* Writes a scenario that replays the companion. under: directory of the files; NULL: unknown.
 * Returns 0. */
int trace_scenario_write(struct import *import, const struct trace_maker *maker, const char *under);

#endif
