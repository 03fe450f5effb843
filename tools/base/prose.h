/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences that tables hold for people, written in the little Markdown that `code` is. */
#ifndef TOOLS_BASE_PROSE_H
#define TOOLS_BASE_PROSE_H

#include <stdio.h>

enum prose_form { PROSE_LINES, PROSE_MARKDOWN, PROSE_MAN };

/* The form of that name: "lines", "markdown", "man"; NULL is lines. -EINVAL: there is none. */
int prose_form_find(const char *name, enum prose_form *form);

/* Prints a text: its first sentence as plain text, all of it, or as man(7) with each sentence on a
 * line of its own. Ends no line but in man(7). */
void prose_print(FILE *to, enum prose_form form, const char *text);

#endif
