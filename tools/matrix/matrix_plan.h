/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a matrix is to have, kept in its directory as plan.json: from the plans of the shards that
 * came, a merge knows the cells of those that did not.
 */
#ifndef TOOLS_MATRIX_MATRIX_PLAN_H
#define TOOLS_MATRIX_MATRIX_PLAN_H

#include "tools/matrix/matrix_config.h"

#include <jansson.h>

#define MATRIX_PLAN "plan.json"

/* Writes it to the matrix's directory. Returns 0 or -errno (reported). */
int matrix_plan_write(const struct matrix_config *config);

/*
 * The entries of cells that a plan has and `cells` (a list of entries) has not: ERROR, with the
 * shard that was to bring it in the reason. A new list; NULL (reported) for a file that is no plan.
 */
json_t *matrix_plan_missing(const char *path, const json_t *cells);

#endif
