/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many kernels, many scenarios: a cell for each pair, run in guests, as many at once as the machine
 * has processors and memory for. A cell lies in DIR/cells/KERNEL/SCENARIO; what is there and was
 * made by the same scenario is not run again.
 */
#ifndef TOOLS_MATRIX_MATRIX_H
#define TOOLS_MATRIX_MATRIX_H

#include "tools/matrix/matrix_config.h"

#include <jansson.h>

/*
 * Runs what is to be run and hands out the table, an object of the caller's: "kernels",
 * "scenarios", and "cells" with the keys that tools/doc/matrix.md lists; NULL when nothing was run.
 * Claims config->out, when all else is in order. Returns 0; -EINVAL a mistake of the caller's,
 * -EPERM a precondition is missing, other -errno, with a table where only some cell.json could not
 * be written; reported.
 */
int matrix_run(const struct matrix_config *config, json_t **table);

#endif
