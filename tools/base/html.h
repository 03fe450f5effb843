/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that need nothing else, for a screen of any size and for paper: their one style. */
#ifndef TOOLS_BASE_HTML_H
#define TOOLS_BASE_HTML_H

#include <stdarg.h>
#include <stdio.h>

/* The page up to its heading. title: a text of any origin. */
void html_begin(FILE *to, const char *title);

/* Says what made the page, and when, and ends it. */
void html_end(FILE *to);

/* <element>text</element>. text: of any origin; NULL is "". element: may have attributes. */
void html_text(FILE *to, const char *element, const char *text);

/* The same with a text that is put together; up to 2047 bytes. */
void html_printf(FILE *to, const char *element, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A row of a table with a heading and a text; up to 2047 bytes. */
void html_row(FILE *to, const char *heading, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A picture of the caller's as SVG, which is freed; NULL is none. what: it shows, for who cannot see
 * it. */
void html_picture(FILE *to, char *svg, const char *what);

#endif
