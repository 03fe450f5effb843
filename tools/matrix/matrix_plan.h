/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of a matrix, kept in its directory as plan.json. From the plans of the shards that ran,
 * a merge knows the cells of those that did not.
 */
#ifndef TOOLS_MATRIX_MATRIX_PLAN_H
#define TOOLS_MATRIX_MATRIX_PLAN_H

#include "tools/matrix/matrix_config.h"

#include <jansson.h>

#define MATRIX_PLAN "plan.json"

/* Writes the plan to config->out. Returns 0 or -EIO (reported). */
int matrix_plan_write(const struct matrix_config *config);

/*
 * Entries for the cells of a plan that are not in `cells` (a list of entries): ERROR, with the
 * missing shard in the reason. A new list; NULL (reported) if the file is not a plan.
 */
json_t *matrix_plan_missing(const char *path, const json_t *cells);

#endif
