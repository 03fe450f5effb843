/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escapes texts of any origin for HTML and XML. */
#ifndef TOOLS_BASE_MARKUP_H
#define TOOLS_BASE_MARKUP_H

#include <stdio.h>

/*
 * Writes a text for an element or a quoted attribute. Markup is escaped. What XML does not allow
 * (control characters, bytes that are not UTF-8) becomes "?". NULL is "".
 */
void markup_escape(FILE *to, const char *text);

#endif
