/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of strace that passed through somebody's tools: colours, HTML, lists of Markdown, JSON of
 * collectors, and words of theirs before each line are taken off.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_DRESS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_DRESS_H

#include <stddef.h>

/* Whether lines have such a dress: the first line that has a call tells. Zeroed before it. */
struct strace_dress {
	enum { DRESS_UNKNOWN, DRESS_NONE, DRESS_WORN } worn;
};

/*
 * Where strace's own part of a line begins, from its process or time on. text: ended by a NUL, and
 * changed in place; length: of it, and then of the part, without blanks at its end.
 */
char *strace_undress(struct strace_dress *dress, char *text, size_t *length);

/* What a line is of that is no call, in words: "a kernel log: ..."; NULL: not known. */
const char *strace_other(const char *at, const char *end);

#endif
