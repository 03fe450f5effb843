/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-contained HTML pages of one style, for screens of any size and for paper. */
#ifndef TOOLS_BASE_HTML_H
#define TOOLS_BASE_HTML_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/* Writes the page up to and including its heading. title: any text; it is escaped. */
void html_begin(FILE *to, const char *title);

/* Writes a footer with the version and the date, and ends the page. */
void html_end(FILE *to);

/* Writes <element>text</element>. element: may have attributes. text: any text; it is escaped; NULL
 * is "". */
void html_text(FILE *to, const char *element, const char *text);

/* The same with a formatted text, cut to 2047 bytes. */
void html_printf(FILE *to, const char *element, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Begins a table in which each row has a heading; html_table_end() ends it. It scrolls if a word is
 * wider than the screen. */
void html_rows_begin(FILE *to);

/* Writes a row of such a table. The formatted text is cut to 2047 bytes. */
void html_row(FILE *to, const char *heading, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a count, whose digits are grouped. */
void html_row_count(FILE *to, const char *heading, uint64_t count);

/*
 * A table with a row of headings. On a narrow screen, a table of more than three columns folds:
 * each row becomes a block in which the heading precedes each value. A heading that begins with "#"
 * marks a column of numbers; the "#" is not printed.
 */
struct html_table {
	FILE *to;
	const char *const *headings;  /* NULL-terminated; must outlive the table */
	const char *row_class;        /* CSS class of the next row, which resets it; or NULL */
	unsigned int columns, column; /* of a row; of the next value, from 0 */
};

void html_table_begin(struct html_table *table, FILE *to, const char *const *headings);

/* Writes the next value, cut to 2047 bytes and escaped. The first value of a row begins the row,
 * the last one ends it. */
void html_cell(struct html_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void html_cell_count(struct html_table *table, uint64_t count);

/* Ends a table of either kind. */
void html_table_end(FILE *to);

/*
 * Writes a picture and frees it. broad, narrow: its SVG for a broad and a narrow screen. If narrow
 * is NULL, both screens show broad; if broad is NULL, nothing is written. what: describes the
 * picture for readers who cannot see it.
 */
void html_picture(FILE *to, char *broad, char *narrow, const char *what);

/* Widths in pixels at which the text of a picture is readable on a broad and a narrow screen. */
enum { HTML_BROAD = 900, HTML_NARROW = 400 };

#endif
