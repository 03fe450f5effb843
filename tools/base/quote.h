/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quotes words for a shell. */
#ifndef TOOLS_BASE_QUOTE_H
#define TOOLS_BASE_QUOTE_H

#include <stdio.h>

/* Writes a word in quotes, so that any POSIX shell reads it back unchanged. */
void quote_word(FILE *to, const char *word);

#endif
