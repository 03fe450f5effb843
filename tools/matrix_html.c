/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/html.h"
#include "tools/markup.h"
#include "tools/matrix.h"

#include <string.h>

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

static void print_cell(FILE *to, const json_t *cell)
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
	html_text(to, "b", text_of(cell, "verdict"));
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

void matrix_html(FILE *to, const json_t *table)
{
	const json_t *kernels = json_object_get(table, "kernels");
	const json_t *scenarios = json_object_get(table, "scenarios");
	size_t row, column;
	json_t *kernel, *scenario;

	html_begin(to, "foliostorm: kernels and scenarios");
	print_sum(to, table);
	fputs("<div class=\"wide\"><table>\n<tr><th>kernel</th>", to);
	json_array_foreach (scenarios, column, scenario) {
		fputs("<th>", to);
		markup_escape(to, json_string_value(scenario));
		fputs("</th>", to);
	}
	fputs("</tr>\n", to);
	json_array_foreach (kernels, row, kernel) {
		fputs("<tr><th>", to);
		markup_escape(to, json_string_value(kernel));
		fputs("</th>", to);
		json_array_foreach (scenarios, column, scenario)
			print_cell(to, matrix_cell_of(table, json_string_value(kernel),
						      json_string_value(scenario)));
		fputs("</tr>\n", to);
	}
	fputs("</table></div>\n<p>Each cell: the verdict, hits per punch, accesses that met an "
	      "aimed split (exposures), and the time from the first punch to the first hit.</p>\n",
	      to);
	html_end(to);
}
