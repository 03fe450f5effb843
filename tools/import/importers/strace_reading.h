/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of the passes over a log of strace, and what is done before and after the second. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_READING_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_READING_H

#include "tools/base/import_lines.h"
#include "tools/import/importers/strace_calls.h"
#include "tools/import/importers/strace_dress.h"

enum { STRACE_UNKNOWN = 64 };

/* Number of lines of a kind, and the first of them. */
struct strace_count {
	uint64_t lines, first;
};

struct strace_reading {
	struct strace strace;
	struct import_lines lines;
	uint64_t calls, first_strange; /* lines with a call; first line of an unknown form */
	struct strace_count strange, cut, garbled, no_result, headless, endless, untimed, coarse,
		no_duration, beside, threads, lost;
	struct strace_clock clock;
	struct strace_dress dress;
	const char *other; /* what the log seems to be if no line is a call; or NULL */
	enum { TIMES_UNKNOWN, TIMES_ABSOLUTE, TIMES_RELATIVE } times;
	struct unknown {
		char name[32];
		struct strace_count count;
	} unknown[STRACE_UNKNOWN];
};

/* Whether a text begins with another. */
bool strace_begins(const char *at, const char *end, const char *with);

/* Undoes the dress and the escapes of a line. */
void strace_undo_line(struct strace_reading *reading, struct import_line *line);

/* Adds a line's traffic to that of its directory. */
void strace_look_at_line(struct strace_reading *reading, const struct import_line *line);

/* Sets the directory that was asked for, or the one with most traffic; that takes a pass over the
 * log, which is rewound. Returns 0 or -errno (reported). */
int strace_choose_directory(struct strace_reading *reading);

/* Notes what was understood and what was not. */
void strace_make_account(struct strace_reading *reading);

/* Reports that no call was on a file of the directory, and where calls were. Returns -EINVAL. */
int strace_fail_elsewhere(struct strace_reading *reading);

#endif
