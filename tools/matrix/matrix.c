/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/exit_code.h"
#include "tools/base/load_json.h"
#include "tools/base/open_output.h"
#include "tools/base/out.h"
#include "tools/base/progress.h"
#include "tools/guest/guest_command.h"
#include "tools/guest/kernel.h"
#include "tools/matrix/matrix_cell.h"
#include "tools/matrix/matrix_plan.h"
#include "tools/matrix/matrix_table.h"
#include "tools/matrix/matrix_text.h"
#include "tools/verdict/result_read.h"
#include "tools/verdict/test_point.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct matrix {
	const struct matrix_config *config;
	struct matrix_cell *cells;
	size_t count, done, to_do;
	bool unsaved; /* the cell.json of a cell could not be written */
	struct matrix_claims claims;
	uint64_t asked; /* CLOCK_MONOTONIC ns of the last look at others' claims */
	struct progress progress;
};

static int check_names(const struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(matrix->cells[i].directory, matrix->cells[j].directory))
				return report(0,
					      "%s on %s is named twice: kernels and scenarios need "
					      "names of their own",
					      matrix->cells[i].scenario, matrix->cells[i].kernel);
	return 0;
}

static int lay_out(struct matrix *matrix)
{
	const struct matrix_config *config = matrix->config;

	const size_t count = config->kernel_count * config->scenario_count;

	matrix->cells = calloc(count, sizeof(*matrix->cells));
	if (!matrix->cells)
		return report(-ENOMEM, "the matrix");
	matrix->count = count;
	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];

		cell->row = i / config->scenario_count;
		cell->column = i % config->scenario_count;
		cell->kernel_text = config->kernels[cell->row];
		cell->scenario_path = config->scenarios[cell->column];
		guest_kernel_name(cell->kernel_text, cell->kernel, sizeof(cell->kernel));
		test_point_name(cell->scenario_path, cell->scenario, sizeof(cell->scenario));
		snprintf(cell->directory, sizeof(cell->directory), "%s/cells/%s/%s", config->out,
			 cell->kernel, cell->scenario);
		if (!config->shards || i % config->shards == config->shard - 1) {
			cell->state = MATRIX_WAITING;
			matrix->to_do++;
		}
	}
	return check_names(matrix);
}

static int resolve(const struct matrix_config *config, struct matrix_cell *cell,
		   const struct kernel_version *version)
{
	const struct scenario_overrides overrides =
		scenario_overrides_of_guest(&config->run->overrides);
	struct scenario scenario;
	int r = scenario_load(&scenario, cell->scenario_path, &overrides, version);

	if (!r)
		cell->wanted = scenario_text(&scenario);
	scenario_release(&scenario);
	return r;
}

/* Checks names of kernels, the scenarios, and that a QEMU boots them, before fetching kernels.
 * Returns 0 or -errno (reported). */
static int check_ahead(const struct matrix *matrix)
{
	const struct matrix_config *config = matrix->config;
	struct guest_kernel kernel;

	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];
		int r = cell->column ? 0
				     : guest_kernel_foresee(&kernel, cell->kernel_text,
							    config->machine->arch);

		if (r)
			return r;
		if (cell->state != MATRIX_WAITING)
			continue;
		if (resolve(config, cell, &kernel.version))
			return -EINVAL;
		if (qemu_check(kernel.arch))
			return -EPERM;
		free(cell->wanted);
		cell->wanted = NULL;
	}
	return config->claims ? out_check_directory("--claim", config->claims) : 0;
}

/*
 * Fetches each kernel and checks each scenario for it, before running anything. A version that does
 * not exist or a mistake in a scenario is an error; an unreachable archive only fails the cells of
 * that kernel.
 */
static int get_kernels(struct matrix *matrix)
{
	struct guest_kernel kernel = { .name = "" };
	const char *got = NULL;
	int r = 0;

	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];

		if (cell->state != MATRIX_WAITING)
			continue;
		if (got != cell->kernel_text) {
			got = cell->kernel_text;
			r = guest_kernel_named(&kernel, got, matrix->config->machine->arch);
			if (r == -EINVAL || error_is_precondition(r))
				return r;
		}
		if (!r && resolve(matrix->config, cell, &kernel.version))
			return -EINVAL;
	}
	return 0;
}

static unsigned int room_for_guests(const struct matrix_config *config)
{
	enum { MIB_BESIDE = 300 }; /* memory of QEMU besides the guest's */
	long processors = sysconf(_SC_NPROCESSORS_ONLN) / config->machine->cpus;
	uint64_t bytes = (uint64_t)sysconf(_SC_AVPHYS_PAGES) * page_size();
	long mib = (long)((bytes >> 20) / (config->machine->memory + MIB_BESIDE));
	long room = processors < mib ? processors : mib;

	if (config->jobs)
		return config->jobs;
	return room < 1 ? 1 : (unsigned int)room;
}

static int start_cell(struct matrix *matrix, struct matrix_cell *cell)
{
	const struct guest_command command = {
		.kernel = cell->kernel_text,
		.out = cell->directory,
		.log = MATRIX_CELL_LOG,
		.machine = matrix->config->machine,
		.run = matrix->config->run,
		.scenario = cell->scenario_path,
	};

	cell->started = units_now();
	if (make_output_path(cell->directory))
		return -EIO;
	/* The kernel is not available. */
	if (!cell->wanted)
		return -ENOENT;
	if (out_remove(cell->directory, "result.json") ||
	    guest_command_start(&command, &cell->child))
		return -EIO;
	cell->state = MATRIX_RUNNING;
	return 0;
}

/* Prints a line for a finished cell, above the progress line. */
static void say_done(struct matrix *matrix, const struct matrix_cell *cell, const char *how)
{
	char text[160];

	if (!matrix->config->progress && !matrix->config->plain)
		return;
	progress_end(&matrix->progress);
	fprintf(stderr, "%zu of %zu: %s on %s: %s%s\n", matrix->done, matrix->to_do, cell->scenario,
		cell->kernel, matrix_text_cell(cell->entry, text, sizeof(text)), how);
}

static void finish_cell(struct matrix *matrix, struct matrix_cell *cell, bool anew)
{
	double seconds = (double)(units_now() - cell->started) / 1e9;
	char how[48] = " (was there)";
	bool unsaved = false;

	cell->state = MATRIX_DONE;
	cell->entry = matrix_cell_entry(cell, anew ? seconds : -1, &unsaved);
	matrix->unsaved |= unsaved;
	matrix->done++;
	if (matrix->config->claims && !unsaved && result_outcome(cell->entry) != TEST_ERROR)
		matrix_claim_done(&matrix->claims, &cell->claim);
	else if (matrix->config->claims)
		matrix_claim_failed(&matrix->claims, &cell->claim);
	if (anew)
		snprintf(how, sizeof(how), ", %.0f s", seconds);
	say_done(matrix, cell, how);
}

static void show_running(struct matrix *matrix)
{
	char line[160];
	size_t used;

	used = append_text(line, sizeof(line), 0, "%zu of %zu done, running", matrix->done,
			   matrix->to_do);
	for (size_t i = 0; i < matrix->count; i++)
		if (matrix->cells[i].state == MATRIX_RUNNING)
			used = append_text(line, sizeof(line), used, " %s on %s (%.0f s)",
					   matrix->cells[i].scenario, matrix->cells[i].kernel,
					   (double)(units_now() - matrix->cells[i].started) / 1e9);
	progress_line(&matrix->progress, line);
}

/* Whether this worker runs the cell. A cell that another worker has finished is not waited for. */
static bool is_ours(struct matrix *matrix, struct matrix_cell *cell)
{
	int claimed;

	if (!matrix->config->claims)
		return true;
	claimed = matrix_claim_take(&matrix->claims, &cell->claim, units_now());
	if (claimed == CLAIM_DONE) {
		cell->state = MATRIX_ELSEWHERE;
		matrix->to_do--;
	}
	/* If claims cannot be made, the cell is run nevertheless. */
	return claimed == CLAIM_OURS || claimed < 0;
}

static bool is_sooner(const struct matrix_cell *cell, const struct matrix_cell *than)
{
	return !than || (than->took >= 0 && (cell->took < 0 || cell->took > than->took));
}

/* Returns the longest waiting cell; cells of equal or unknown duration in order. NULL if there is
 * none at present. */
static struct matrix_cell *next_waiting(struct matrix *matrix)
{
	const uint64_t now = units_now();
	bool tried[matrix->count];
	struct matrix_cell *next;

	/* Claims of others change slowly. */
	if (matrix->config->claims && matrix->asked && now - matrix->asked < 1000000000)
		return NULL;
	memset(tried, 0, sizeof(tried));
	do {
		next = NULL;
		for (size_t i = 0; i < matrix->count; i++)
			if (matrix->cells[i].state == MATRIX_WAITING && !tried[i] &&
			    is_sooner(&matrix->cells[i], next))
				next = &matrix->cells[i];
		if (next)
			tried[next - matrix->cells] = true;
	} while (next && !is_ours(matrix, next));
	matrix->asked = next ? 0 : now;
	return next;
}

/* Stops a cell that another worker has taken over, as this one seemed dead. */
static bool is_lost(struct matrix *matrix, struct matrix_cell *cell)
{
	if (matrix_claim_beat(&matrix->claims, &cell->claim, units_now()) != -ESTALE)
		return false;
	child_kill(&cell->child, 5000);
	cell->state = MATRIX_WAITING;
	return true;
}

static unsigned int see_running(struct matrix *matrix)
{
	unsigned int running = 0;

	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];

		if (cell->state != MATRIX_RUNNING)
			continue;
		if (child_ended(&cell->child))
			finish_cell(matrix, cell, true);
		else if (!is_lost(matrix, cell))
			running++;
	}
	return running;
}

static void run_cells(struct matrix *matrix)
{
	unsigned int room = room_for_guests(matrix->config), running = 0;
	struct matrix_cell *next;

	while (matrix->done < matrix->to_do) {
		while (running < room && (next = next_waiting(matrix))) {
			if (start_cell(matrix, next))
				finish_cell(matrix, next, true);
			else
				running++;
		}
		units_sleep(50000000);
		running = see_running(matrix);
		show_running(matrix);
	}
	progress_end(&matrix->progress);
}

/* Loads earlier durations of the cells. Returns 0 or -EINVAL (reported). */
static int take_earlier(struct matrix *matrix)
{
	const char *path = matrix->config->earlier;
	json_error_t error;
	json_t *table = path ? load_json(path, &error) : NULL;
	int r = 0;

	if (path && !json_is_array(json_object_get(table, "cells")))
		r = report(0, "--earlier %s: %s", path,
			   table ? "not a matrix.json; name that of an earlier --out directory"
				 : error.text);
	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];
		const json_t *seconds = json_object_get(
			matrix_table_at(table, cell->kernel, cell->scenario), "seconds");

		cell->took = json_is_number(seconds) ? json_number_value(seconds) : -1;
	}
	json_decref(table);
	return r;
}

static int open_claims(struct matrix *matrix)
{
	_cleanup_close_ int directory = -1;

	if (!matrix->config->claims)
		return 0;
	matrix->claims = (struct matrix_claims){ matrix->config->claims, MATRIX_LEASE };
	for (size_t i = 0; i < matrix->count; i++) {
		struct matrix_cell *cell = &matrix->cells[i];

		matrix_claim_name(&cell->claim, cell->kernel, cell->scenario, cell->wanted ?: "");
	}
	directory = make_output_directory(matrix->config->claims, NULL);
	return directory < 0 ? directory : 0;
}

static void take_what_is_there(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++)
		if (matrix->cells[i].state == MATRIX_WAITING &&
		    matrix_cell_is_there(&matrix->cells[i]))
			finish_cell(matrix, &matrix->cells[i], false);
}

static json_t *table_of(const struct matrix *matrix)
{
	json_t *entries = json_array(), *table;

	for (size_t i = 0; i < matrix->count; i++)
		if (matrix->cells[i].entry)
			json_array_append(entries, matrix->cells[i].entry);
	table = matrix_table(entries);
	json_decref(entries);
	return table;
}

int matrix_run(const struct matrix_config *config, json_t **table)
{
	struct matrix matrix = { .config = config };
	int r;

	*table = NULL;
	progress_init(&matrix.progress, config->progress, false);
	r = lay_out(&matrix) ?: take_earlier(&matrix) ?: check_ahead(&matrix) ?:
	    get_kernels(&matrix) ?: out_claim(config->claim, config->out) ?: open_claims(&matrix);
	if (!r && (out_remove(config->out, "matrix.json") ||
		   out_remove(config->out, "matrix.html") || matrix_plan_write(config)))
		r = -EIO;
	if (!r) {
		take_what_is_there(&matrix);
		run_cells(&matrix);
		*table = table_of(&matrix);
		r = matrix.unsaved ? -EIO : 0;
	}
	for (size_t i = 0; i < matrix.count; i++) {
		free(matrix.cells[i].wanted);
		json_decref(matrix.cells[i].entry);
	}
	free(matrix.cells);
	return r;
}
