/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats a result in words for a terminal: long lines are broken at blanks and continued under the
 * text of their label, and the verdict is coloured. A file or pipe gets the text unchanged, unless
 * colour is forced.
 */
#ifndef TOOLS_BASE_TERMINAL_TEXT_H
#define TOOLS_BASE_TERMINAL_TEXT_H

#include <stdbool.h>
#include <stdio.h>

enum terminal_color {
	COLOR_AUTO, /* on a terminal, unless NO_COLOR is set or TERM is dumb */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* Returns a stream that formats its lines and writes them to `to`; NULL without memory. Close it
 * with fclose(), which leaves `to` open. */
FILE *terminal_text_open(FILE *to, enum terminal_color color);

/* The same for a known terminal. width: at least 40 columns; 0: lines are not broken. */
FILE *terminal_text_make(FILE *to, unsigned int width, bool color);

#endif
