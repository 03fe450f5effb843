/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix: what is kept of each cell, and how it is found again. */
#ifndef TOOLS_MATRIX_MATRIX_TABLE_H
#define TOOLS_MATRIX_MATRIX_TABLE_H

#include "tools/matrix/matrix.h"

/*
 * What the table has of a cell that has ended: read from its result.json, or, where it left none,
 * an error with the last line of its cell.log. seconds: it took; negative: as it was kept. Also
 * keeps it in the cell's cell.json, for resuming and merging. The caller's.
 */
json_t *matrix_table_entry(const struct matrix_cell *cell, double seconds);

/* Whether the cell's directory has the result of the very scenario that is wanted, made by this
 * version of the program, and not an error. */
bool matrix_table_is_there(const struct matrix_cell *cell);

/* The one of that kernel and scenario in a list of entries; NULL when there is none. */
const json_t *matrix_table_find(const json_t *cells, const char *kernel, const char *scenario);

/* The table of cells that are done. The caller's. */
json_t *matrix_table(const struct matrix_cell *cells, size_t count);

/* An entry in short: "HIT 84.2 % of 602, first 0.009 s". Returns text, which holds `size` bytes. */
const char *matrix_table_cell(const json_t *entry, char *text, size_t size);

#endif
