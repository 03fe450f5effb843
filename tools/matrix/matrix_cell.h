/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cell of a matrix: its directory, and its entry in the table. */
#ifndef TOOLS_MATRIX_MATRIX_CELL_H
#define TOOLS_MATRIX_MATRIX_CELL_H

#include "tools/base/child.h"
#include "tools/matrix/matrix_claim.h"

#include <jansson.h>
#include <limits.h>
#include <stdint.h>

/* Output of the guest, in the cell's directory. */
#define MATRIX_CELL_LOG "cell.log"

enum matrix_state {
	MATRIX_ELSEWHERE, /* run by another shard or worker */
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
	/* the resolved scenario for that kernel; NULL if the kernel is not available */
	char *wanted;
	struct child child;
	uint64_t started; /* CLOCK_MONOTONIC ns */
	double took;      /* seconds, in an earlier matrix; negative: unknown */
	struct matrix_claim claim;
	json_t *entry; /* in the table; NULL until done */
};

/*
 * Makes the entry of a cell that has ended, from its result.json; without one, an error with the
 * last line of cell.log. seconds: duration; negative: keep the recorded one. Also saves the entry
 * as cell.json, for resuming and merging; unsaved: set if that fails (reported). A new reference.
 */
json_t *matrix_cell_entry(const struct matrix_cell *cell, double seconds, bool *unsaved);

/* Whether the cell's directory has a result of the wanted scenario, from this version of the
 * program, that is not an error. */
bool matrix_cell_is_there(const struct matrix_cell *cell);

#endif
