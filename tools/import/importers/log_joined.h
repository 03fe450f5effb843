/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the kernel that somebody has made one: pages of HTML without their newlines, paragraphs
 * that an editor has filled. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_JOINED_H
#define TOOLS_IMPORT_IMPORTERS_LOG_JOINED_H

#include <stdbool.h>

/* Whether it is a whole report in one line. */
bool log_is_report(const char *text);

/* Ends a text where a further line of the kernel begins in it. Returns that; NULL: none does. */
char *log_split_joined(char *text);

/* Whether the end of one line and the begin of the next are a mark of the kernel, broken at a
 * blank: "page", and "dumped because: ...". */
bool log_mark_spans(const char *line, const char *next);

#endif
