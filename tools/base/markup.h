/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of any origin in HTML and XML. */
#ifndef TOOLS_BASE_MARKUP_H
#define TOOLS_BASE_MARKUP_H

#include <stdio.h>

/*
 * Writes a text so that it is nothing but text there, in elements and in quoted attributes: markup
 * is escaped, and what XML does not allow (control characters, bytes that are no UTF-8) comes as
 * "?". NULL is "".
 */
void markup_escape(FILE *to, const char *text);

#endif
