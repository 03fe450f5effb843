/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_table.h"
#include "injector/base/report.h"
#include "tools/base/out.h"
#include "tools/matrix/matrix_plan.h"
#include "tools/verdict/result_read.h"
#include "tools/verdict/test_point.h"
#include "tools/verdict/verdict.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

/* Keys of a result that the table keeps. */
static const char *const kept[] = {
	"verdict",           "expected",  "as_expected", "hit_rate",
	"punches",           "exposures", "punches_hit", "captures",
	"first_hit_seconds", "reason",    "kernel",      "version",
	"outcome",           "xfail",     NULL,
};

static json_t *load(const struct matrix_cell *cell, const char *name)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", cell->directory, name);
	return json_load_file(path, 0, NULL);
}

/* The last line that the cell's guest had to say, for one that left no result. */
static void last_words(const struct matrix_cell *cell, char *text, size_t size)
{
	char path[PATH_MAX + 16], line[400];
	FILE *log;

	snprintf(path, sizeof(path), "%s/cell.log", cell->directory);
	snprintf(text, size, "%s",
		 cell->wanted ? "it left no result" : "the kernel could not be had");
	log = cell->wanted ? fopen(path, "re") : NULL;
	while (log && fgets(line, sizeof(line), log))
		if (*line != '\n')
			snprintf(text, size, "%.*s", (int)strcspn(line, "\n"), line);
	if (log)
		fclose(log);
}

static void add_failure(json_t *entry, const struct matrix_cell *cell)
{
	char words[400];

	last_words(cell, words, sizeof(words));
	json_object_set_new(entry, "verdict", json_string(verdict_names[VERDICT_ERROR]));
	json_object_set_new(entry, "outcome", json_string(test_outcome_names[TEST_ERROR]));
	json_object_set_new(entry, "as_expected", json_false());
	json_object_set_new(entry, "reason", json_string(words));
}

json_t *matrix_table_entry(const struct matrix_cell *cell, double seconds)
{
	json_t *result = load(cell, "result.json"), *before = load(cell, "cell.json");
	json_t *entry = json_object(), *died;
	char path[PATH_MAX + 16];

	for (size_t i = 0; kept[i]; i++) {
		json_t *value = json_object_get(result, kept[i]);

		if (value)
			json_object_set(entry, kept[i], value);
		else
			json_object_set_new(entry, kept[i], json_null());
	}
	died = json_object_get(json_object_get(result, "guest"), "died");
	json_object_set_new(entry, "died", died ? json_incref(died) : json_null());
	json_object_set(entry, "release", json_object_get(entry, "kernel"));
	json_object_set_new(entry, "kernel", json_string(cell->kernel));
	json_object_set_new(entry, "scenario", json_string(cell->scenario));
	json_object_set_new(entry, "row", json_integer((json_int_t)cell->row));
	json_object_set_new(entry, "column", json_integer((json_int_t)cell->column));
	if (seconds < 0 && json_object_get(before, "seconds"))
		json_object_set(entry, "seconds", json_object_get(before, "seconds"));
	else
		json_object_set_new(entry, "seconds", json_real(seconds < 0 ? 0 : seconds));
	if (!result)
		add_failure(entry, cell);
	snprintf(path, sizeof(path), "%s/cell.json", cell->directory);
	json_dump_file(entry, path, JSON_INDENT(2));
	json_decref(result);
	json_decref(before);
	return entry;
}

bool matrix_table_is_there(const struct matrix_cell *cell)
{
	json_t *result = load(cell, "result.json");
	const char *scenario = json_string_value(json_object_get(result, "scenario"));
	const char *version = json_string_value(json_object_get(result, "version"));
	bool there = result && scenario && version && cell->wanted &&
		     !strcmp(scenario, cell->wanted) && !strcmp(version, FOLIOSTORM_VERSION) &&
		     result_exit(result) != EXIT_RUN_ERROR;

	json_decref(result);
	return there;
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static json_int_t place_of(const json_t *entry, const char *key)
{
	return json_integer_value(json_object_get(entry, key));
}

/* Rows in the order of who asked for them; where shards disagree, by version. */
static int compare(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
	json_int_t rows = place_of(one, "row") - place_of(other, "row");
	json_int_t columns = place_of(one, "column") - place_of(other, "column");

	if (rows)
		return rows < 0 ? -1 : 1;
	if (strverscmp(text_of(one, "kernel"), text_of(other, "kernel")))
		return strverscmp(text_of(one, "kernel"), text_of(other, "kernel"));
	if (columns)
		return columns < 0 ? -1 : 1;
	return strcmp(text_of(one, "scenario"), text_of(other, "scenario"));
}

static void add_once(json_t *names, const char *name)
{
	size_t i;
	json_t *there;

	json_array_foreach (names, i, there)
		if (!strcmp(json_string_value(there), name))
			return;
	json_array_append_new(names, json_string(name));
}

const json_t *matrix_table_find(const json_t *cells, const char *kernel, const char *scenario)
{
	size_t i;
	json_t *cell;

	if (!kernel || !scenario)
		return NULL;
	json_array_foreach (cells, i, cell)
		if (!strcmp(text_of(cell, "kernel"), kernel) &&
		    !strcmp(text_of(cell, "scenario"), scenario))
			return cell;
	return NULL;
}

/* Takes over the entries. */
static json_t *table_of(json_t **entries, size_t count)
{
	json_t *kernels = json_array(), *scenarios = json_array(), *cells = json_array();
	bool as_expected = true;

	qsort(entries, count, sizeof(*entries), compare);
	for (size_t i = 0; i < count; i++) {
		if (matrix_table_find(cells, text_of(entries[i], "kernel"),
				      text_of(entries[i], "scenario"))) {
			report(0, "%s on %s is there more than once: one of them is taken",
			       text_of(entries[i], "scenario"), text_of(entries[i], "kernel"));
			json_decref(entries[i]);
			continue;
		}
		add_once(kernels, text_of(entries[i], "kernel"));
		add_once(scenarios, text_of(entries[i], "scenario"));
		as_expected &= json_is_true(json_object_get(entries[i], "as_expected"));
		json_array_append_new(cells, entries[i]);
	}
	return json_pack("{s:b, s:o, s:o, s:o}", "as_expected", as_expected, "kernels", kernels,
			 "scenarios", scenarios, "cells", cells);
}

json_t *matrix_table(const struct matrix_cell *cells, size_t count)
{
	json_t **entries = calloc(count, sizeof(json_t *)), *table;
	size_t used = 0;

	for (size_t i = 0; entries && i < count; i++)
		if (cells[i].entry)
			entries[used++] = json_incref(cells[i].entry);
	table = table_of(entries, used);
	free(entries);
	return table;
}

const json_t *matrix_cell_of(const json_t *table, const char *kernel, const char *scenario)
{
	return matrix_table_find(json_object_get(table, "cells"), kernel, scenario);
}

/* Files below directories that are called `name`: a list of their paths, new; NULL (reported) when
 * something could not be read. */
static json_t *find_files(const char *const *directories, const char *name)
{
	FTS *tree = fts_open((char *const *)directories, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	json_t *paths = json_array();
	FTSENT *file;
	int r = 0;

	while (tree && (file = fts_read(tree))) {
		if (file->fts_info == FTS_NS || file->fts_info == FTS_DNR)
			r = report(-file->fts_errno, "%s", file->fts_path);
		if (file->fts_info == FTS_F && !strcmp(file->fts_name, name))
			json_array_append_new(paths, json_string(file->fts_path));
	}
	if (tree)
		fts_close(tree);
	if (!r)
		return paths;
	json_decref(paths);
	return NULL;
}

/* A list of the entries in files; NULL (reported) when one is none. */
static json_t *load_entries(const json_t *paths)
{
	json_t *entries = json_array(), *path, *entry;
	json_error_t error;
	bool wrong = false;
	size_t i;

	json_array_foreach (paths, i, path) {
		entry = json_load_file(json_string_value(path), 0, &error);
		if (entry && *text_of(entry, "verdict")) {
			json_array_append(entries, entry);
		} else {
			wrong = true;
			report(0, "%s: %s", json_string_value(path),
			       entry ? "not a cell of a matrix" : error.text);
		}
		json_decref(entry);
	}
	if (!wrong)
		return entries;
	json_decref(entries);
	return NULL;
}

/* What the plans have and the entries have not. Returns 0 or -EINVAL (reported). */
static int add_missing(const char *const *directories, json_t *entries)
{
	json_t *plans = find_files(directories, MATRIX_PLAN), *path, *missing;
	int r = plans ? 0 : -EINVAL;
	size_t i;

	json_array_foreach (plans, i, path) {
		missing = matrix_plan_missing(json_string_value(path), entries);
		if (!missing || json_array_extend(entries, missing))
			r = -EINVAL;
		json_decref(missing);
	}
	json_decref(plans);
	return r;
}

static json_t *table_of_list(const json_t *list)
{
	json_t **entries = calloc(json_array_size(list) + 1, sizeof(json_t *)), *table;

	for (size_t i = 0; entries && i < json_array_size(list); i++)
		entries[i] = json_incref(json_array_get(list, i));
	table = table_of(entries, entries ? json_array_size(list) : 0);
	free(entries);
	return table;
}

int matrix_merge(const char *const *directories, json_t **table)
{
	json_t *paths = find_files(directories, "cell.json");
	json_t *entries = paths ? load_entries(paths) : NULL;
	int code = entries && !add_missing(directories, entries) ? 0 : (int)EXIT_USAGE;

	if (!code && !json_array_size(entries))
		code = (report(0, "no cells of a matrix in %s", *directories), EXIT_USAGE);
	*table = code ? NULL : table_of_list(entries);
	json_decref(paths);
	json_decref(entries);
	return code;
}

size_t matrix_points(const json_t *table, struct test_point **points)
{
	const json_t *cells = json_object_get(table, "cells");
	const json_t *kernels = json_object_get(table, "kernels");
	char series[64], other[64];
	size_t i, k, same;
	json_t *cell, *kernel;

	*points = calloc(json_array_size(cells) + 1, sizeof(**points));
	json_array_foreach (*points ? cells : NULL, i, cell) {
		test_point_series(text_of(cell, "kernel"), series, sizeof(series));
		same = 0;
		json_array_foreach (kernels, k, kernel)
			same += !strcmp(series, test_point_series(json_string_value(kernel), other,
								  sizeof(other)));
		test_point_of_result(&(*points)[i], same > 1 ? text_of(cell, "kernel") : series,
				     text_of(cell, "scenario"), cell);
	}
	return *points ? json_array_size(cells) : 0;
}

int matrix_write(const char *directory, const json_t *table)
{
	char path[PATH_MAX];
	FILE *page;

	if (out_make(directory))
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/matrix.json", directory);
	if (json_dump_file(table, path, JSON_INDENT(2)))
		return report(-errno, "%s", path);
	snprintf(path, sizeof(path), "%s/matrix.html", directory);
	page = fopen(path, "we");
	if (!page)
		return report(-errno, "%s", path);
	matrix_html(page, table, NULL, NULL);
	return fclose(page) ? report(-errno, "%s", path) : 0;
}
