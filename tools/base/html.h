/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that need nothing else, for a screen of any size and for paper: their one style. */
#ifndef TOOLS_BASE_HTML_H
#define TOOLS_BASE_HTML_H

#include <stdarg.h>
#include <stdint.h>
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

/* A table of rows with a heading each; ends with html_table_end(). Scrolls where a word is too
 * wide. */
void html_rows_begin(FILE *to);

/* A row of such a table: a heading and a text; up to 2047 bytes. */
void html_row(FILE *to, const char *heading, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a count, its digits grouped. */
void html_row_count(FILE *to, const char *heading, uint64_t count);

/*
 * A table with a row of headings. On a narrow screen one of more than three columns folds: a row
 * becomes a block, in which each value stands behind its heading. One that begins with "#" is of
 * numbers, and printed without it.
 */
struct html_table {
	FILE *to;
	const char *const *headings; /* ended by NULL; the caller's until the end */
	const char *row_class;       /* of the next row that begins, or NULL; goes back to NULL */
	unsigned int columns, column;
};

void html_table_begin(struct html_table *table, FILE *to, const char *const *headings);

/* The next value of a row; the first one begins a row, and the last one ends it. Up to 2047
 * bytes. */
void html_cell(struct html_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void html_cell_count(struct html_table *table, uint64_t count);

/* Ends a table of either kind. */
void html_table_end(FILE *to);

/*
 * A picture as SVG, which is freed, as one for a broad screen and one for a narrow screen; NULL is
 * none, and without a narrow one the other is shown there, too. what: it shows, for readers who
 * cannot see it.
 */
void html_picture(FILE *to, char *broad, char *narrow, const char *what);

/* Where a picture for a broad and for a narrow screen is this wide, in pixels, its text is readable
 * there. */
enum { HTML_BROAD = 900, HTML_NARROW = 400 };

#endif
