/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix as a page. */
#ifndef TOOLS_MATRIX_MATRIX_HTML_H
#define TOOLS_MATRIX_MATRIX_HTML_H

#include <jansson.h>
#include <stdio.h>

struct matrix_page {
	const json_t *table;
	const char *title; /* of the page, or NULL */
	const json_t *
		/* array of earlier tables, the oldest first, or NULL: each cell gets a line of its
		 * rates */
		history;
	/* Called for each cell of the table, to print what there is of it, below the table; or
	 * NULL. */
	void (*part)(FILE *to, const char *kernel, const char *scenario, void *context);
	void *context;
};

/* A page that needs nothing else. */
void matrix_html(FILE *to, const struct matrix_page *page);

/* Writes matrix.json and matrix.html to a directory, made if its parent is there. Returns 0 or
 * -errno (reported). */
int matrix_write(const char *directory, const json_t *table);

#endif
