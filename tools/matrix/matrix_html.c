/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_html.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/base/save.h"
#include "tools/matrix/matrix_table.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

static const char *text_of(const json_t *cell, const char *key)
{
	return json_string_value(json_object_get(cell, key));
}

static void number(FILE *to, const json_t *cell, const char *key, const char *what)
{
	const json_int_t value = json_integer_value(json_object_get(cell, key));
	char text[32];

	if (value > 0)
		fprintf(to, "<small>%s %s</small>",
			units_format_count((uint64_t)value, text, sizeof(text)), what);
}

static double rate_of(const json_t *cell)
{
	return json_number_value(json_object_get(cell, "hit_rate"));
}

/* Draws the hit rates of a cell in earlier tables and this one, also in words. */
static void print_rates(FILE *to, const struct matrix_page *page, const json_t *cell)
{
	const char *kernel = text_of(cell, "kernel"), *scenario = text_of(cell, "scenario");
	size_t count = json_array_size(page->history), points = 0, i;
	const json_t *table, *before;
	double most = rate_of(cell);

	json_array_foreach (page->history, i, table) {
		before = matrix_table_at(table, kernel, scenario);
		points += before != NULL;
		most = fmax(most, rate_of(before));
	}
	if (!points)
		return;
	fputs("<svg class=\"spark\" role=\"img\" viewBox=\"0 0 100 24\" "
	      "preserveAspectRatio=\"none\" aria-label=\"hits of punches:",
	      to);
	json_array_foreach (page->history, i, table)
		if ((before = matrix_table_at(table, kernel, scenario)))
			fprintf(to, " %.1f %%,", 100 * rate_of(before));
	fprintf(to,
		" now %.1f %%\"><polyline fill=\"none\" stroke=\"currentColor\" "
		"stroke-width=\"1.5\" vector-effect=\"non-scaling-stroke\" points=\"",
		100 * rate_of(cell));
	json_array_foreach (page->history, i, table)
		if ((before = matrix_table_at(table, kernel, scenario)))
			fprintf(to, "%.1f,%.1f ", 100.0 * (double)i / (double)count,
				22 - 20 * (most > 0 ? rate_of(before) / most : 0));
	fprintf(to, "100,%.1f\"/></svg>", 22 - 20 * (most > 0 ? rate_of(cell) / most : 0));
}

static void print_counts(FILE *to, const json_t *cell)
{
	const json_t *first = json_object_get(cell, "first_hit_seconds");
	const json_int_t punches = json_integer_value(json_object_get(cell, "punches"));
	char text[32];

	if (punches > 0)
		fprintf(to, "<small>%.1f %% of %s punches</small>", rate_of(cell) * 100,
			units_format_count((uint64_t)punches, text, sizeof(text)));
	number(to, cell, "exposures", "exposures");
	number(to, cell, "captures", "captures");
	if (json_is_number(first))
		fprintf(to, "<small>first hit after %.3f s</small>", json_number_value(first));
}

/* place: id of its part of the page; "" if it has none. */
static void print_cell(FILE *to, const struct matrix_page *page, const char *scenario,
		       const json_t *cell, const char *place)
{
	bool expected = json_is_true(json_object_get(cell, "as_expected"));

	fputs("<td data-of=\"", to);
	markup_escape(to, scenario);
	if (!cell) {
		fputs("\">not run</td>", to);
		return;
	}
	fputs("\" class=\"", to);
	markup_escape(to, text_of(cell, "verdict"));
	fprintf(to, "%s\" title=\"", expected ? "" : " unexpected");
	markup_escape(to, text_of(cell, "reason"));
	fputs("\">", to);
	if (*place)
		fprintf(to, "<a href=\"#%s\">", place);
	html_text(to, "b", text_of(cell, "verdict"));
	if (*place)
		fputs("</a>", to);
	if (!expected && text_of(cell, "expected"))
		html_printf(to, "span", " (expected %s)", text_of(cell, "expected"));
	print_counts(to, cell);
	print_rates(to, page, cell);
	if (!expected)
		html_text(to, "small", text_of(cell, "reason"));
	fputs("</td>", to);
}

static void print_sum(FILE *to, const json_t *table)
{
	size_t i, unexpected = 0;
	json_t *cell;

	json_array_foreach (json_object_get(table, "cells"), i, cell)
		unexpected += !json_is_true(json_object_get(cell, "as_expected"));
	if (unexpected)
		fprintf(to,
			"<p><b>%zu of %zu cells are not as expected</b>; they are outlined.</p>\n",
			unexpected, json_array_size(json_object_get(table, "cells")));
	else
		fprintf(to, "<p>All %zu cells are as expected.</p>\n",
			json_array_size(json_object_get(table, "cells")));
}

static const char *place_of(const struct matrix_page *page, size_t row, size_t column, char *place,
			    size_t size)
{
	*place = '\0';
	if (page->part)
		snprintf(place, size, "cell-%zu-%zu", row, column);
	return place;
}

static void print_row(FILE *to, const struct matrix_page *page, size_t row)
{
	const json_t *scenarios = json_object_get(page->table, "scenarios"), *scenario;
	const char *kernel =
		json_string_value(json_array_get(json_object_get(page->table, "kernels"), row));
	size_t column;
	char place[64];

	fputs("<tr>", to);
	html_text(to, "th scope=\"row\"", kernel);
	json_array_foreach (scenarios, column, scenario)
		print_cell(to, page, json_string_value(scenario),
			   matrix_table_at(page->table, kernel, json_string_value(scenario)),
			   place_of(page, row, column, place, sizeof(place)));
	fputs("</tr>\n", to);
}

static void print_parts(FILE *to, const struct matrix_page *page)
{
	const json_t *scenarios = json_object_get(page->table, "scenarios"), *scenario, *kernel;
	size_t row, column;
	char place[64];

	json_array_foreach (json_object_get(page->table, "kernels"), row, kernel)
		json_array_foreach (scenarios, column, scenario) {
			const char *on = json_string_value(kernel);
			const char *name = json_string_value(scenario);

			if (!on || !name)
				continue;
			fprintf(to, "<section id=\"%s\">\n",
				place_of(page, row, column, place, sizeof(place)));
			html_printf(to, "h2", "%s on %s", name, on);
			page->part(to, on, name, page->context);
			fputs("</section>\n", to);
		}
}

static void print_table(FILE *to, const struct matrix_page *page)
{
	const json_t *scenarios = json_object_get(page->table, "scenarios"), *scenario;
	size_t column, rows = json_array_size(json_object_get(page->table, "kernels"));

	/* Many columns are wider than the screen: tabindex lets keys scroll the table. */
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"kernels and "
	      "scenarios\"><table class=\"fold\">\n<thead><tr class=\"head\"><th "
	      "scope=\"col\">kernel</th>",
	      to);
	json_array_foreach (scenarios, column, scenario)
		html_text(to, "th scope=\"col\"", json_string_value(scenario));
	fputs("</tr></thead>\n", to);
	for (size_t row = 0; row < rows; row++)
		print_row(to, page, row);
	html_table_end(to);
	html_printf(
		to, "p",
		"Each cell: the verdict, hits of punches, accesses that met an aimed split "
		"(exposures), look-ups that got a wrong folio (captures), and the time from the "
		"first punch to the first hit.%s",
		json_array_size(page->history)
			? " The line is the share of punches that hit, from the earliest of "
			  "the tables that were given to this one."
			: "");
}

void matrix_html(FILE *to, const struct matrix_page *page)
{
	html_begin(to, page->title ? page->title : "Kernels and scenarios");
	print_sum(to, page->table);
	print_table(to, page);
	if (page->part)
		print_parts(to, page);
	html_end(to);
}

int matrix_write(const char *directory, const json_t *table)
{
	char path[PATH_MAX];
	struct save page;
	int r;

	snprintf(path, sizeof(path), "%s/matrix.json", directory);
	r = save_json(path, table, JSON_INDENT(2));
	snprintf(path, sizeof(path), "%s/matrix.html", directory);
	if (!r)
		r = save_begin(&page, path);
	if (r)
		return r;
	matrix_html(page.file, &(const struct matrix_page){ .table = table });
	return save_end(&page, path);
}
