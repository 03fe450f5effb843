/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix_table.h"
#include "injector/report.h"
#include "tools/guest/outcome.h"
#include "tools/out.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

/* Keys of a result that the table keeps. */
static const char *const kept[] = {
	"verdict",   "expected",    "as_expected", "hit_rate",          "punches",
	"exposures", "punches_hit", "captures",    "first_hit_seconds", "reason",
	"kernel",    "version",     NULL,
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
		     outcome_exit(result) != EXIT_RUN_ERROR;

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

static const json_t *find_cell(const json_t *cells, const char *kernel, const char *scenario)
{
	size_t i;
	json_t *cell;

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
		if (find_cell(cells, text_of(entries[i], "kernel"),
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
	return find_cell(json_object_get(table, "cells"), kernel, scenario);
}

int matrix_merge(const char *const *directories, json_t **table)
{
	FTS *tree = fts_open((char *const *)directories, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	json_t **entries = NULL;
	size_t count = 0;
	FTSENT *file;
	int code = 0;

	while (tree && (file = fts_read(tree))) {
		json_error_t error;
		json_t *entry, **more;

		if (file->fts_info == FTS_NS || file->fts_info == FTS_DNR)
			code = report(-file->fts_errno, "%s", file->fts_path) ? EXIT_USAGE : 0;
		if (file->fts_info != FTS_F || strcmp(file->fts_name, "cell.json"))
			continue;
		entry = json_load_file(file->fts_path, 0, &error);
		more = realloc(entries, (count + 1) * sizeof(json_t *));
		if (!entry || !more || !*text_of(entry, "verdict")) {
			report(0, "%s: %s", file->fts_path,
			       entry ? "not a cell of a matrix" : error.text);
			code = EXIT_USAGE;
			json_decref(entry);
			entries = more ? more : entries;
			continue;
		}
		entries = more;
		entries[count++] = entry;
	}
	if (tree)
		fts_close(tree);
	if (!code && !count)
		code = (report(0, "no cells of a matrix in %s", *directories), EXIT_USAGE);
	*table = code ? NULL : table_of(entries, count);
	for (size_t i = 0; code && i < count; i++)
		json_decref(entries[i]);
	free(entries);
	return code;
}

enum exit_code matrix_exit(const json_t *table)
{
	/* The worst first. */
	static const enum exit_code order[] = { EXIT_NOT_AS_EXPECTED, EXIT_RUN_ERROR,
						EXIT_INCONCLUSIVE };
	size_t i;
	json_t *cell;

	for (size_t worst = 0; worst < sizeof(order) / sizeof(order[0]); worst++)
		json_array_foreach (json_object_get(table, "cells"), i, cell)
			if (outcome_exit(cell) == order[worst])
				return order[worst];
	return EXIT_AS_EXPECTED;
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
	matrix_html(page, table);
	return fclose(page) ? report(-errno, "%s", path) : 0;
}
