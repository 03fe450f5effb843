/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_html.h"
#include "injector/base/report.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/base/save.h"
#include "tools/matrix/matrix_table.h"

#include <errno.h>
#include <limits.h>

static const char *text_of(const json_t *cell, const char *key)
{
	return json_string_value(json_object_get(cell, key));
}

static void number(FILE *to, const json_t *cell, const char *key, const char *what)
{
	const json_t *value = json_object_get(cell, key);

	if (json_is_integer(value))
		fprintf(to, "<small>%" JSON_INTEGER_FORMAT " %s</small>", json_integer_value(value),
			what);
}

/* place: of its part of the page, to be led to; "" where it has none. */
static void print_cell(FILE *to, const json_t *cell, const char *place)
{
	bool expected = json_is_true(json_object_get(cell, "as_expected"));
	const json_t *first = json_object_get(cell, "first_hit_seconds");

	if (!cell) {
		fputs("<td>not run</td>", to);
		return;
	}
	fputs("<td class=\"", to);
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
	if (json_integer_value(json_object_get(cell, "punches")))
		fprintf(to, "<small>%.1f %% of %" JSON_INTEGER_FORMAT " punches</small>",
			json_number_value(json_object_get(cell, "hit_rate")) * 100,
			json_integer_value(json_object_get(cell, "punches")));
	number(to, cell, "exposures", "exposures");
	number(to, cell, "captures", "captures");
	if (json_is_number(first))
		fprintf(to, "<small>first hit after %.3f s</small>", json_number_value(first));
	if (!expected) {
		fputs("<small>", to);
		markup_escape(to, text_of(cell, "reason"));
		fputs("</small>", to);
	}
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

struct parts {
	void (*part)(FILE *to, const char *kernel, const char *scenario, void *context);
	void *context;
};

static const char *place_of(const struct parts *parts, size_t row, size_t column, char *place,
			    size_t size)
{
	*place = '\0';
	if (parts->part)
		snprintf(place, size, "cell-%zu-%zu", row, column);
	return place;
}

static void print_row(FILE *to, const json_t *table, size_t row, const struct parts *parts)
{
	const json_t *scenarios = json_object_get(table, "scenarios"), *scenario;
	const char *kernel =
		json_string_value(json_array_get(json_object_get(table, "kernels"), row));
	size_t column;
	char place[64];

	fputs("<tr>", to);
	html_text(to, "th", kernel);
	json_array_foreach (scenarios, column, scenario)
		print_cell(to, matrix_table_at(table, kernel, json_string_value(scenario)),
			   place_of(parts, row, column, place, sizeof(place)));
	fputs("</tr>\n", to);
}

static void print_parts(FILE *to, const json_t *table, const struct parts *parts)
{
	const json_t *scenarios = json_object_get(table, "scenarios"), *scenario, *kernel;
	size_t row, column;
	char place[64];

	json_array_foreach (json_object_get(table, "kernels"), row, kernel)
		json_array_foreach (scenarios, column, scenario) {
			const char *on = json_string_value(kernel);
			const char *name = json_string_value(scenario);

			if (!on || !name)
				continue;
			fprintf(to, "<section id=\"%s\">\n",
				place_of(parts, row, column, place, sizeof(place)));
			html_printf(to, "h2", "%s on %s", name, on);
			parts->part(to, on, name, parts->context);
			fputs("</section>\n", to);
		}
}

void matrix_html(FILE *to, const json_t *table,
		 void (*part)(FILE *to, const char *kernel, const char *scenario, void *context),
		 void *context)
{
	const json_t *scenarios = json_object_get(table, "scenarios"), *scenario;
	const struct parts parts = { part, context };
	size_t column;

	html_begin(to, "foliostorm: kernels and scenarios");
	print_sum(to, table);
	fputs("<div class=\"wide\"><table>\n<tr><th>kernel</th>", to);
	json_array_foreach (scenarios, column, scenario)
		html_text(to, "th", json_string_value(scenario));
	fputs("</tr>\n", to);
	for (size_t row = 0; row < json_array_size(json_object_get(table, "kernels")); row++)
		print_row(to, table, row, &parts);
	fputs("</table></div>\n<p>Each cell: the verdict, hits per punch, accesses that met an "
	      "aimed split (exposures), and the time from the first punch to the first hit.</p>\n",
	      to);
	if (part)
		print_parts(to, table, &parts);
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
	matrix_html(page.file, table, NULL, NULL);
	return save_end(&page, path);
}
