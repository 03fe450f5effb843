/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merges what the shards of a matrix have written. */
#ifndef TOOLS_MATRIX_MATRIX_MERGE_H
#define TOOLS_MATRIX_MATRIX_MERGE_H

#include <jansson.h>

/* Collects the cells below the directories, ended by NULL. Cells that are in the shards' plans but
 * have no entry become errors. table: a new reference; NULL on error. Returns 0 or -EINVAL
 * (reported). */
int matrix_merge(const char *const *directories, json_t **table);

#endif
