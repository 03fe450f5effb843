/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many kernels, many scenarios: a cell for each pair, run in guests, as many at once as the machine
 * has processors and memory for. A cell lies in DIR/cells/KERNEL/SCENARIO; what is there and was
 * made by the same scenario is not run again.
 */
#ifndef TOOLS_MATRIX_MATRIX_H
#define TOOLS_MATRIX_MATRIX_H

#include "tools/base/child.h"
#include "tools/base/exit_code.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"
#include "tools/verdict/test_point.h"

#include <jansson.h>
#include <limits.h>

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
	char *wanted; /* the scenario as resolved for that kernel; NULL when the kernel is not to be had */
	struct child child;
	uint64_t started; /* CLOCK_MONOTONIC ns */
	json_t *entry;    /* what the table has of it; NULL before it is done */
};

struct matrix_config {
	const char *const *kernels, *const *scenarios;
	size_t kernel_count, scenario_count;
	const char *out;
	unsigned int shard, shards; /* from 1; 0 of 0: all */
	unsigned int jobs;          /* guests at once; 0: as many as there is room for */
	bool progress, plain;
	const struct guest_arguments *machine;
	const struct run_arguments *run;
};

/*
 * Runs what is to be run and hands out the table, an object of the caller's: "kernels",
 * "scenarios", and "cells" with the keys that scenarios/README.md lists. Returns 0, or an exit code
 * (enum exit_code) when nothing was run: said by then.
 */
int matrix_run(const struct matrix_config *config, json_t **table);

/* Gathers the cells below directories that shards have written to; those that the shards' plans
 * have and that are not there are errors in the table. Returns as matrix_run(). */
int matrix_merge(const char *const *directories, json_t **table);

/* The cells as points of a test; *points, and what is in them, are the caller's. Returns how many. */
size_t matrix_points(const json_t *table, struct test_point **points);

/* Writes matrix.json and matrix.html to a directory, made if its parent is there. Returns 0 or -errno (reported). */
int matrix_write(const char *directory, const json_t *table);

/* The table in words, kernels down, scenarios across. Of matrix_text.c. */
void matrix_print(FILE *to, const json_t *table);

/* The cell of a table; NULL when it has none. */
const json_t *matrix_cell_of(const json_t *table, const char *kernel, const char *scenario);

/*
 * A page that needs nothing else. part: called for each cell of the table, to print what there is
 * of it, below the table; may be NULL. Of matrix_html.c.
 */
void matrix_html(FILE *to, const json_t *table,
		 void (*part)(FILE *to, const char *kernel, const char *scenario, void *context),
		 void *context);

#endif
