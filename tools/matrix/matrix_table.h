/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix: the entries of its cells in order, and how one is found again. */
#ifndef TOOLS_MATRIX_MATRIX_TABLE_H
#define TOOLS_MATRIX_MATRIX_TABLE_H

#include "tools/verdict/test_point.h"

#include <jansson.h>

/* The table of a list of entries, sorted. Of two of the same kernel and scenario one is taken
 * (reported); one that failed only where no other is there. The caller's. */
json_t *matrix_table(const json_t *all);

/* The one of that kernel and scenario in a list of entries; NULL when there is none. */
const json_t *matrix_table_find(const json_t *cells, const char *kernel, const char *scenario);

/* The cell of a table; NULL when it has none. */
const json_t *matrix_table_at(const json_t *table, const char *kernel, const char *scenario);

/* The cells as points of a test; *points, and what is in them, are the caller's. Returns how
 * many. */
size_t matrix_points(const json_t *table, struct test_point **points);

#endif
