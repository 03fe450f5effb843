/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs scenarios on many kernels in guests: a cell for each pair, as many at a time as the machine
 * has processors and memory for. A cell's directory is DIR/cells/KERNEL/SCENARIO. A cell whose
 * result is there, from the same scenario, is not run again.
 */
#ifndef TOOLS_MATRIX_MATRIX_H
#define TOOLS_MATRIX_MATRIX_H

#include "tools/matrix/matrix_config.h"

#include <jansson.h>

/*
 * Runs the cells and returns their table. table: "kernels", "scenarios", and "cells" with the keys
 * in tools/doc/matrix.md; a new reference, NULL if nothing was run. Claims config->out once all
 * checks have passed. Returns 0; -EINVAL a mistake of the user; -EPERM a missing precondition;
 * -EIO, with a table, if a cell.json could not be written; other -errno; reported.
 */
int matrix_run(const struct matrix_config *config, json_t **table);

#endif
