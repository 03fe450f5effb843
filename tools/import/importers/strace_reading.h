/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the passes over a log of strace keep, and what is done before and behind the second. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_READING_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_READING_H

#include "tools/base/import_lines.h"
#include "tools/import/importers/strace_calls.h"
#include "tools/import/importers/strace_dress.h"

enum { STRACE_UNKNOWN = 64 };

/* Lines of one sort. */
struct strace_count {
	uint64_t lines, first;
};

struct strace_reading {
	struct strace strace;
	struct import_lines lines;
	uint64_t calls, first_strange; /* lines that are calls; the first that is nothing known */
	struct strace_count strange, cut, garbled, no_result, headless, endless, untimed, coarse,
		no_duration, beside, threads, lost;
	struct strace_clock clock;
	struct strace_dress dress;
	const char *other; /* what it seems to be, where no line is a call; or NULL */
	enum { TIMES_UNKNOWN, TIMES_ABSOLUTE, TIMES_RELATIVE } times;
	struct unknown {
		char name[32];
		struct strace_count count;
	} unknown[STRACE_UNKNOWN];
};

/* Whether a text does. */
bool strace_begins(const char *at, const char *end, const char *with);

/* Undoes what the log was dressed in. */
void strace_undo_line(struct strace_reading *reading, struct import_line *line);

/* Counts a line's traffic for the directory that it is in. */
void strace_look_at_line(struct strace_reading *reading, const struct import_line *line);

/* The directory that was asked for, or where most went: reads the log for that, and leaves it at
 * its start. Returns 0 or -errno (reported). */
int strace_choose_directory(struct strace_reading *reading);

/* Says what was understood and what was not. */
void strace_make_account(struct strace_reading *reading);

/* Where no call was on a file of the directory: reports those where there were some. Returns
 * -EINVAL. */
int strace_fail_elsewhere(struct strace_reading *reading);

#endif
