/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the texts of tables, for the terminal and for the documentation. The texts are sentences
 * with `code` and [links](#of-the-reference) as in Markdown. */
#ifndef TOOLS_BASE_PROSE_H
#define TOOLS_BASE_PROSE_H

#include <stdio.h>

enum prose_form { PROSE_LINES, PROSE_MARKDOWN, PROSE_MAN };

/* The allowed names, for messages. */
#define PROSE_FORMS "lines, markdown, man"

/* Finds the form of that name; NULL: lines. Returns 0 or -EINVAL (not reported). */
int prose_form_find(const char *name, enum prose_form *form);

/* Prints the first sentence only, without marks and full stop. */
void prose_plain(FILE *to, const char *text);

/* Prints a text for man(7): each sentence on its own line, code in bold. */
void prose_man(FILE *to, const char *text);

/* Prints a text for man(7) literally: no marks, and each hyphen as a minus, as in an option. */
void prose_literal(FILE *to, const char *text);

#endif
