/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the table of a matrix as text. */
#ifndef TOOLS_MATRIX_MATRIX_TEXT_H
#define TOOLS_MATRIX_MATRIX_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* Writes an entry in short: "HIT 84.2 % of 602, 1234 exp., 0.009 s"; " !" if not as expected.
 * Returns text, which holds `size` bytes. */
const char *matrix_text_cell(const json_t *entry, char *text, size_t size);

/* Prints the table, a row per kernel and a column per scenario, and remarks on unexpected cells. */
void matrix_print(FILE *to, const json_t *table);

#endif
