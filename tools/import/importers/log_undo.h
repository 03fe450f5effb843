/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undoes transformations of a log line, within that line. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_UNDO_H
#define TOOLS_IMPORT_IMPORTERS_LOG_UNDO_H

#include <stdbool.h>

/*
 * Undoes in place: terminal escape sequences, also as syslog and pagers write them ("#033[0m",
 * "^[[0m", "\x1b[0m"); entities and tags of HTML; a byte order mark; quotes of mail; doubled quotes
 * of CSV; backslashes of Markdown and logfmt; typography; quoted-printable; backspaces. If the line
 * contains several lines of the log (rows of a terminal, elements of HTML, carriage returns, "\n"
 * in a string), puts newlines between them. Returns the start of the text, within `text`.
 */
char *log_undo(char *text);

/* Whether a line is JSON, or part of an object that was printed over many lines. */
bool log_undo_is_json(const char *text);

/* Calls take() for each string and each array of bytes in it, whatever its key; they may contain
 * newlines. Destroys `text`. */
void log_undo_json(char *text, void (*take)(void *context, char *string), void *context);

/* The string or array of bytes of the first member of that name; NULL: none. Modifies `text` behind
 * it. */
char *log_undo_member(char *text, const char *key);

#endif
