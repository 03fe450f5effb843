/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_table.h"
#include "injector/base/report.h"
#include "tools/verdict/result_read.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

/* The places are read from a file: their difference may overflow. */
static int compare_places(const json_t *one, const json_t *other, const char *key)
{
	json_int_t a = json_integer_value(json_object_get(one, key));
	json_int_t b = json_integer_value(json_object_get(other, key));

	return (a > b) - (a < b);
}

/* Rows in the requested order; where shards disagree, by version. */
static int compare(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
	int rows = compare_places(one, other, "row");
	int kernels = strverscmp(text_of(one, "kernel"), text_of(other, "kernel"));

	return rows ?: kernels
	       ?: compare_places(one, other, "column")
	       ?: strcmp(text_of(one, "scenario"), text_of(other, "scenario"));
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

static bool has_failed(const json_t *entry)
{
	return result_outcome(entry) == TEST_ERROR;
}

static bool is_same_cell(const json_t *one, const json_t *other)
{
	return !strcmp(text_of(one, "kernel"), text_of(other, "kernel")) &&
	       !strcmp(text_of(one, "scenario"), text_of(other, "scenario"));
}

/* Keeps one entry for each cell: a result rather than a failure, after which another worker may
 * have run the cell. */
static json_t *one_of_each(const json_t *list)
{
	json_t *kept = json_array(), *entry;
	size_t i, at;

	json_array_foreach (list, i, entry) {
		at = 0;
		while (at < json_array_size(kept) && !is_same_cell(json_array_get(kept, at), entry))
			at++;
		if (at == json_array_size(kept))
			json_array_append(kept, entry);
		else if (has_failed(json_array_get(kept, at)))
			json_array_set(kept, at, entry);
		else if (!has_failed(entry))
			report(0, "%s on %s is there more than once: one of them is taken",
			       text_of(entry, "scenario"), text_of(entry, "kernel"));
	}
	return kept;
}

json_t *matrix_table(const json_t *all)
{
	json_t *kernels = json_array(), *scenarios = json_array(), *cells = json_array();
	json_t *list = one_of_each(all);
	json_t **entries = calloc(json_array_size(list) + 1, sizeof(json_t *));
	size_t count = entries ? json_array_size(list) : 0;
	bool as_expected = true;

	for (size_t i = 0; i < count; i++)
		entries[i] = json_array_get(list, i);
	qsort(entries, count, sizeof(*entries), compare);
	for (size_t i = 0; i < count; i++) {
		add_once(kernels, text_of(entries[i], "kernel"));
		add_once(scenarios, text_of(entries[i], "scenario"));
		as_expected &= json_is_true(json_object_get(entries[i], "as_expected"));
		json_array_append(cells, entries[i]);
	}
	free(entries);
	json_decref(list);
	return json_pack("{s:b, s:o, s:o, s:o}", "as_expected", as_expected, "kernels", kernels,
			 "scenarios", scenarios, "cells", cells);
}

const json_t *matrix_table_at(const json_t *table, const char *kernel, const char *scenario)
{
	return matrix_table_find(json_object_get(table, "cells"), kernel, scenario);
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
