/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tables hold for people, printed for the terminal and for the documentation. It is sentences,
 * in which `code` and [links](#of-the-reference) are marked as in Markdown. */
#ifndef TOOLS_BASE_PROSE_H
#define TOOLS_BASE_PROSE_H

#include <stdio.h>

enum prose_form { PROSE_LINES, PROSE_MARKDOWN, PROSE_MAN };

/* The allowed names, for messages. */
#define PROSE_FORMS "lines, markdown, man"

/* The form of that name, lines for NULL. Returns 0 or -EINVAL. */
int prose_form_find(const char *name, enum prose_form *form);

/* Prints the first sentence alone, without marks and full stop. */
void prose_plain(FILE *to, const char *text);

/* Prints a text for man(7): each sentence on a line of its own, code in bold. */
void prose_man(FILE *to, const char *text);

/* Prints a text for man(7) in which nothing is marked and each hyphen is that of a name. */
void prose_literal(FILE *to, const char *text);

#endif
