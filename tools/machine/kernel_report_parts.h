/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the contents of a report's lines, for kernel_report.c, which decides to which report a line
 * belongs.
 */
#ifndef TOOLS_MACHINE_KERNEL_REPORT_PARTS_H
#define TOOLS_MACHINE_KERNEL_REPORT_PARTS_H

#include "tools/machine/kernel_report.h"

/* Copies the text between `before` and the first character of `ends`, cut to `size` bytes. Returns
 * whether the line has `before`. */
bool kernel_word_after(const char *line, const char *before, const char *ends, char *word,
		       size_t size);

/* Reads the number that follows `before`. Returns whether there is one. */
bool kernel_number_after(const char *line, const char *before, int base, uint64_t *number);

/* Sets the report's process, if it has none, to the text between `before` and the first of `ends`
 * (NULL-terminated). The name may hold blanks. */
void kernel_process_after(struct kernel_report *report, const char *line, const char *before,
			  const char *const *ends);

/* Takes a line of a page dump; its first line clears `dump`. */
void kernel_report_dump(struct kernel_report *dump, const struct kernel_line *line);

/* Takes source, process, address and function from an opening line. */
void kernel_report_opening(struct kernel_report *report, const struct kernel_line *line);

/* Takes a further line of the stream's report. Returns whether the line was used. */
bool kernel_report_add(struct kernel_stream *stream, struct kernel_report *report,
		       const struct kernel_line *line);

#endif
