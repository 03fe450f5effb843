/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel lines that were joined: in HTML without its newlines, or in paragraphs that an editor has
 * filled. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_JOINED_H
#define TOOLS_IMPORT_IMPORTERS_LOG_JOINED_H

#include <stdbool.h>

/* Whether a line contains a whole report. */
bool log_is_report(const char *text);

/* Ends the text where the next kernel line begins. Returns that line; NULL: there is none. */
char *log_split_joined(char *text);

/* Whether a mark of the kernel spans the two lines, broken at a blank: "page", and "dumped because:
 * ...". */
bool log_mark_spans(const char *line, const char *next);

#endif
