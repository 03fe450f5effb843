/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cell of a matrix: its directory, and what the table has of it. */
#ifndef TOOLS_MATRIX_MATRIX_CELL_H
#define TOOLS_MATRIX_MATRIX_CELL_H

#include "tools/base/child.h"
#include "tools/matrix/matrix_claim.h"

#include <jansson.h>
#include <limits.h>
#include <stdint.h>

/* In a cell's directory: all that its guest has said. */
#define MATRIX_CELL_LOG "cell.log"

enum matrix_state {
	MATRIX_ELSEWHERE, /* another shard's */
	MATRIX_WAITING,
	MATRIX_RUNNING,
	MATRIX_DONE,
};

struct matrix_cell {
	size_t row, column;
	const char *kernel_text, *scenario_path;
	char kernel[64], scenario[64]; /* their names in the table */
	char directory[PATH_MAX];
	enum matrix_state state;
	/* the scenario as resolved for that kernel; NULL when the kernel is not to be had */
	char *wanted;
	struct child child;
	uint64_t started; /* CLOCK_MONOTONIC ns */
	double took;      /* seconds, in an earlier matrix; negative: not known */
	struct matrix_claim claim;
	json_t *entry; /* what the table has of it; NULL before it is done */
};

/*
 * What the table has of a cell that has ended: read from its result.json, or, where it left none,
 * an error with the last line of its cell.log. seconds: it took; negative: as it was kept. Also
 * keeps it in the cell's cell.json, for resuming and merging; unsaved: set where that could not be
 * written (reported). The caller's.
 */
json_t *matrix_cell_entry(const struct matrix_cell *cell, double seconds, bool *unsaved);

/* Whether the cell's directory has the result of the very scenario that is wanted, made by this
 * version of the program, and not an error. */
bool matrix_cell_is_there(const struct matrix_cell *cell);

#endif
