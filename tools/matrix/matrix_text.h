/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix as text. */
#ifndef TOOLS_MATRIX_MATRIX_TEXT_H
#define TOOLS_MATRIX_MATRIX_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* An entry in short: "HIT 84.2 % of 602, first 0.009 s". Returns text, which holds `size` bytes. */
const char *matrix_text_cell(const json_t *entry, char *text, size_t size);

/* The table in words, kernels down, scenarios across. */
void matrix_print(FILE *to, const json_t *table);

#endif
