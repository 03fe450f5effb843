/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix.h"

#include <string.h>
#include <time.h>

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>foliostorm matrix</title>\n<style>\n"
	":root { color-scheme: light dark; }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; "
	"padding: 0 1rem; }\n"
	".wide { overflow-x: auto; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { border: 1px solid #8888; padding: .5rem .75rem; text-align: left; "
	"vertical-align: top; }\n"
	"td small { display: block; }\n"
	".HIT { background: #d3302f2e; } .CLEAN { background: #2e9e4a2e; }\n"
	".INCONCLUSIVE { background: #e8a3172e; } .ERROR { background: #8888882e; }\n"
	".unexpected { outline: 3px solid #c00; outline-offset: -3px; }\n"
	"</style>\n</head>\n<body>\n";

static void escape(FILE *to, const char *text)
{
	for (; text && *text; text++) {
		const char *entity = *text == '<'   ? "&lt;"
				     : *text == '>' ? "&gt;"
				     : *text == '&' ? "&amp;"
				     : *text == '"' ? "&quot;"
						    : NULL;

		if (entity)
			fputs(entity, to);
		else
			fputc(*text, to);
	}
}

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
	fprintf(to, "<td class=\"%s%s\" title=\"", text_of(cell, "verdict"),
		expected ? "" : " unexpected");
	escape(to, text_of(cell, "reason"));
	fprintf(to, "\"><b>%s</b>", text_of(cell, "verdict"));
	if (!expected && text_of(cell, "expected"))
		fprintf(to, " (expected %s)", text_of(cell, "expected"));
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
		escape(to, text_of(cell, "reason"));
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
	time_t now = time(NULL);
	size_t row, column;
	json_t *kernel, *scenario;
	char date[64];

	strftime(date, sizeof(date), "%F %T %Z", localtime(&now));
	fputs(head, to);
	fputs("<h1>foliostorm: kernels and scenarios</h1>\n", to);
	print_sum(to, table);
	fputs("<div class=\"wide\"><table>\n<tr><th>kernel</th>", to);
	json_array_foreach (scenarios, column, scenario) {
		fputs("<th>", to);
		escape(to, json_string_value(scenario));
		fputs("</th>", to);
	}
	fputs("</tr>\n", to);
	json_array_foreach (kernels, row, kernel) {
		fputs("<tr><th>", to);
		escape(to, json_string_value(kernel));
		fputs("</th>", to);
		json_array_foreach (scenarios, column, scenario)
			print_cell(to, matrix_cell_of(table, json_string_value(kernel),
						      json_string_value(scenario)));
		fputs("</tr>\n", to);
	}
	fprintf(to,
		"</table></div>\n<p>Each cell: the verdict, hits per punch, accesses that met an "
		"aimed split (exposures), and the time from the first punch to the first hit. "
		"foliostorm %s, %s.</p>\n</body>\n</html>\n",
		FOLIOSTORM_VERSION, date);
}
