/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the importers of traces share: the scenario that replays one, and what to say of it. */
#ifndef TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H
#define TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H

#include "tools/base/import_lines.h"
#include "tools/import/import.h"
#include "tools/trace/trace_maker.h"

/*
 * The next line of what becomes a trace, as import_lines_next(). The trace may be TRACE_GROWTH
 * times as large as what was read of the input, or a megabyte. Returns false also when it would be
 * larger, and when there is no memory.
 */
enum { TRACE_GROWTH = 20 };

bool trace_scenario_next(struct trace_maker *maker, struct import_lines *lines,
			 struct import_line *line);

/* What an importer of lines does with them. Each gets `context`. */
struct trace_reading {
	const char *kind; /* of the trace */
	struct trace_maker *maker;
	struct import_lines *lines;
	/* Before the first line is taken, with both open; NULL: nothing is to be done. Returns 0
	 * or -errno (reported). */
	int (*begin)(void *context);
	void (*take)(void *context, const struct import_line *line);
	/* After the last one, with trace_scenario_finish(); as struct importer.read. */
	int (*finish)(void *context);
	void *context;
};

/* Opens lines, companion and maker, reads, and closes lines and maker. Returns as struct
 * importer.read. */
int trace_scenario_read(struct import *import, const struct trace_reading *reading);

/* After the last line: writes the end of the trace. Returns 0; -errno when the input could not
 * be read, or there was no memory; -EINVAL when the trace would be too large, or a file gets
 * larger than stamps can tell; reported. */
int trace_scenario_finish(struct import *import, struct trace_maker *maker,
			  const struct import_lines *lines);

/* Notes the calls, files and threads that were taken, and what was done to their times. */
void trace_scenario_account(const struct trace_maker *maker, struct import_account *account);

/* How an importer of calls ends; more it notes before. */
struct trace_ending {
	const char *under;               /* as trace_scenario_write() has it */
	uint64_t garbled, first_garbled; /* lines of no use, the first of them */
	const char *garbled_are;         /* what they are */
	const char *nothing;             /* what is said where no call was taken */
	void (*note)(void *context);     /* between the calls and the garbled lines; or NULL */
	void *context;
};

/* The end of it, the account and the scenario. Returns as struct importer.read. */
int trace_scenario_end(struct import *import, struct trace_maker *maker,
		       const struct import_lines *lines, const struct trace_ending *ending);

/* Writes a scenario that replays the companion. under: the directory the files were in; NULL: none
 * that is known. Returns 0. */
int trace_scenario_write(struct import *import, const struct trace_maker *maker, const char *under);

#endif
