/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removes what tools have added to a log of strace: colours, HTML, lists of Markdown, JSON of log
 * collectors, prefixes of lines.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_DRESS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_DRESS_H

#include <stddef.h>

/* Whether lines have such a dress: the first line with a call decides. Zeroed before that. */
struct strace_dress {
	enum { DRESS_UNKNOWN, DRESS_NONE, DRESS_WORN } worn;
};

/*
 * Finds strace's own part of a line, beginning with its process or time. text: `length` bytes and
 * room for a NUL; modified. length: set to that of the part, without blanks at its end. Returns the
 * part.
 */
char *strace_undress(struct strace_dress *dress, char *text, size_t *length);

/* What a line that is not a call seems to be: "a kernel log: ...", a constant; NULL: unknown. */
const char *strace_other(const char *at, const char *end);

#endif
