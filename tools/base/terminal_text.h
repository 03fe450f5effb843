/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result in words, as a terminal shows it best: long lines are broken at blanks and go on under
 * the text of their label, and the verdict has a colour. What is no terminal gets it as it is.
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

/* A stream whose lines come to `to` in that form. NULL without memory. Close it with fclose(),
 * which leaves `to` open. */
FILE *terminal_text_open(FILE *to, enum terminal_color color);

/* The same for a known terminal. width: columns; 0: lines are not broken. */
FILE *terminal_text_make(FILE *to, unsigned int width, bool color);

#endif
