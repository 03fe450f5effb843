/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the table of a matrix as HTML. */
#ifndef TOOLS_MATRIX_MATRIX_HTML_H
#define TOOLS_MATRIX_MATRIX_HTML_H

#include <jansson.h>
#include <stdio.h>

struct matrix_page {
	const json_t *table;
	const char *title; /* or NULL */
	/* Array of earlier tables, the oldest first, whose rates each cell shows; or NULL. */
	const json_t *history;
	/* Called below the table for each of its cells, to print more about it; or NULL. */
	void (*part)(FILE *to, const char *kernel, const char *scenario, void *context);
	void *context;
};

/* Prints a self-contained page. */
void matrix_html(FILE *to, const struct matrix_page *page);

/* Writes matrix.json and matrix.html to a directory, which must exist. Returns 0 or -EIO
 * (reported). */
int matrix_write(const char *directory, const json_t *table);

#endif
