/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix: sorted entries of its cells, and lookups in it. */
#ifndef TOOLS_MATRIX_MATRIX_TABLE_H
#define TOOLS_MATRIX_MATRIX_TABLE_H

#include "tools/verdict/test_point.h"

#include <jansson.h>

/* Makes the table of a list of entries. Of two entries for the same cell, one that failed yields;
 * else the first is kept (reported). A new reference. */
json_t *matrix_table(const json_t *all);

/* The entry for that kernel and scenario in a list; NULL: none. Owned by the list. */
const json_t *matrix_table_find(const json_t *cells, const char *kernel, const char *scenario);

/* The entry for that kernel and scenario in a table; NULL: none. Owned by the table. */
const json_t *matrix_table_at(const json_t *table, const char *kernel, const char *scenario);

/* The cells as points of a test. points: set to an array, which the caller frees after
 * test_point_release() of each. Returns their number; 0 without memory. */
size_t matrix_points(const json_t *table, struct test_point **points);

#endif
