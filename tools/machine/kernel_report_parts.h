/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lines of a report say of it: for kernel_report.c, which knows what report a line belongs
 * to.
 */
#ifndef TOOLS_MACHINE_KERNEL_REPORT_PARTS_H
#define TOOLS_MACHINE_KERNEL_REPORT_PARTS_H

#include "tools/machine/kernel_report.h"

/* Copies what follows `before` in the line up to one of `ends`. Returns whether it was there. */
bool kernel_word_after(const char *line, const char *before, const char *ends, char *word,
		       size_t size);

/* Reads the number that follows `before`. Returns whether there is one. */
bool kernel_number_after(const char *line, const char *before, int base, uint64_t *number);

/* The name of the report's process, if it has none: what follows `before`, up to the first of
 * `ends` (the last is NULL). */
void kernel_process_after(struct kernel_report *report, const char *line, const char *before,
			  const char *const *ends);

/* A line of a page dump; the first of one clears `dump`. */
void kernel_report_dump(struct kernel_report *dump, const struct kernel_line *line);

/* What a first line itself names. */
void kernel_report_opening(struct kernel_report *report, const struct kernel_line *line);

/* A further line of the stream's report. Returns whether it says something. */
bool kernel_report_add(struct kernel_stream *stream, struct kernel_report *report,
		       const struct kernel_line *line);

#endif
