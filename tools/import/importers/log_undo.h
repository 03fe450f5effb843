/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to a line of a log on its way to somebody's desk, undone within that line. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_UNDO_H
#define TOOLS_IMPORT_IMPORTERS_LOG_UNDO_H

#include <stdbool.h>

/*
 * Undoes, in place: escape sequences of terminals, also as syslog and pagers write them ("#033[0m",
 * "^[[0m", "\x1b[0m"); entities and tags of HTML; a byte order mark; quotes of mail; doubled quotes
 * of CSV; backslashes of Markdown and logfmt; typography; quoted-printable; backspaces. Where
 * somebody's line has several of the log (separate rows of a terminal, elements of HTML, carriage
 * returns, "\n" of a program's string), newlines are between them. Returns where the text begins
 * then.
 */
char *log_undo(char *text);

/* Whether a line is JSON, or one of the lines of an object that was printed for people. */
bool log_undo_is_json(const char *text);

/* Calls take() for each text and each array of bytes in it, whatever its key; they may have
 * newlines. `text` is used up. */
void log_undo_json(char *text, void (*take)(void *context, char *string), void *context);

/* The text or array of bytes of the first member of that name; NULL: there is none. What is behind
 * it in `text` is damaged. */
char *log_undo_member(char *text, const char *key);

#endif
