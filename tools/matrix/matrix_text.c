/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_text.h"
#include "injector/base/append_text.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "tools/matrix/matrix_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_SIZE = 80, COLUMNS_MAX = 64 };

const char *matrix_text_cell(const json_t *entry, char *text, size_t size)
{
	const char *verdict = json_string_value(json_object_get(entry, "verdict"));
	const json_t *first = json_object_get(entry, "first_hit_seconds");
	const json_t *punches = json_object_get(entry, "punches");
	const json_t *exposures = json_object_get(entry, "exposures");
	const char *mark = json_is_true(json_object_get(entry, "as_expected")) ? "" : " !";
	size_t used;

	used = append_text(text, size, 0, "%s", verdict ? verdict : "?");
	if (json_is_string(json_object_get(entry, "died")))
		used = append_text(text, size, used, ", guest died");
	else if (json_integer_value(punches))
		used = append_text(text, size, used, " %.1f %% of %" JSON_INTEGER_FORMAT,
				   json_number_value(json_object_get(entry, "hit_rate")) * 100,
				   json_integer_value(punches));
	if (json_is_integer(exposures))
		used = append_text(text, size, used, ", %" JSON_INTEGER_FORMAT " exp.",
				   json_integer_value(exposures));
	if (json_is_number(first))
		used = append_text(text, size, used, ", %.3f s", json_number_value(first));
	append_text(text, size, used, "%s", mark);
	return text;
}

static const char *name_of(const json_t *names, size_t i)
{
	return json_string_value(json_array_get(names, i));
}

static const char *cell_text(const json_t *table, const char *kernel, const char *scenario,
			     char *text)
{
	const json_t *cell = matrix_table_at(table, kernel, scenario);

	return cell ? matrix_text_cell(cell, text, CELL_SIZE) : "-";
}

static int wider(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

/* Prints why cells are marked, or have no result. */
static void print_remarks(FILE *to, const json_t *table)
{
	size_t i;
	json_t *cell;

	json_array_foreach (json_object_get(table, "cells"), i, cell) {
		const char *expected = json_string_value(json_object_get(cell, "expected"));

		if (json_is_true(json_object_get(cell, "as_expected")))
			continue;
		fprintf(to, "! %s on %s%s%s: %s\n",
			json_string_value(json_object_get(cell, "scenario")),
			json_string_value(json_object_get(cell, "kernel")),
			expected ? ", expected " : "", expected ? expected : "",
			json_string_value(json_object_get(cell, "reason")) ?: "it left no reason");
	}
}

static void print_all(FILE *to, const json_t *table)
{
	const json_t *kernels = json_object_get(table, "kernels");
	const json_t *scenarios = json_object_get(table, "scenarios");
	size_t rows = json_array_size(kernels), columns = json_array_size(scenarios);
	int widths[COLUMNS_MAX] = { 0 }, first = (int)strlen("kernel");
	char text[CELL_SIZE];

	columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
	for (size_t row = 0; row < rows; row++)
		first = wider(first, name_of(kernels, row));
	for (size_t column = 0; column < columns; column++) {
		const char *scenario = name_of(scenarios, column);

		widths[column] = wider(0, scenario);
		for (size_t row = 0; row < rows; row++)
			widths[column] =
				wider(widths[column],
				      cell_text(table, name_of(kernels, row), scenario, text));
	}
	fprintf(to, "%-*s", first, "kernel");
	for (size_t column = 0; column < columns; column++)
		fprintf(to, "  %-*s", column + 1 < columns ? widths[column] : 0,
			name_of(scenarios, column));
	fputc('\n', to);
	for (size_t row = 0; row < rows; row++) {
		fprintf(to, "%-*s", first, name_of(kernels, row));
		for (size_t column = 0; column < columns; column++)
			fprintf(to, "  %-*s", column + 1 < columns ? widths[column] : 0,
				cell_text(table, name_of(kernels, row), name_of(scenarios, column),
					  text));
		fputc('\n', to);
	}
	print_remarks(to, table);
}

/* Cells may come from others: removes control characters. */
void matrix_print(FILE *to, const json_t *table)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory) {
		report(-ENOMEM, "the table");
		return;
	}
	print_all(memory, table);
	if (!fclose(memory))
		fputs(plain_text(text, true), to);
	free(text);
}
