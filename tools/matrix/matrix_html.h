/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix as a page. */
#ifndef TOOLS_MATRIX_MATRIX_HTML_H
#define TOOLS_MATRIX_MATRIX_HTML_H

#include <jansson.h>
#include <stdio.h>

/*
 * A page that needs nothing else. part: called for each cell of the table, to print what there is
 * of it, below the table; may be NULL.
 */
void matrix_html(FILE *to, const json_t *table,
		 void (*part)(FILE *to, const char *kernel, const char *scenario, void *context),
		 void *context);

/* Writes matrix.json and matrix.html to a directory, made if its parent is there. Returns 0 or
 * -errno (reported). */
int matrix_write(const char *directory, const json_t *table);

#endif
