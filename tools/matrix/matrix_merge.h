/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix put together from what its shards have written. */
#ifndef TOOLS_MATRIX_MATRIX_MERGE_H
#define TOOLS_MATRIX_MATRIX_MERGE_H

#include <jansson.h>

/* Gathers the cells below directories that shards have written to; those that the shards' plans
 * have and that are not there are errors in the table, an object of the caller's. Returns 0 or
 * -errno (reported). */
int matrix_merge(const char *const *directories, json_t **table);

#endif
