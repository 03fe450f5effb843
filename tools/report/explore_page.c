/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "tools/base/html.h"
#include "tools/report/fields.h"
#include "tools/report/result_pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 30 };

/* Index of a point, from 1; 0: not in the list. */
static size_t number_of_point(const json_t *points, const char *name)
{
	const json_t *point;
	size_t i;

	json_array_foreach (points, i, point)
		if (name && json_is_string(point) && !strcmp(json_string_value(point), name))
			return i + 1;
	return 0;
}

/* Writes an order as indices of its points, "4 1 2 5". Returns text. */
static const char *order_text(const json_t *points, const json_t *order, char *text, size_t size)
{
	const json_t *point;
	size_t used = 0, i;

	*text = '\0';
	json_array_foreach (order, i, point)
		used = append_text(text, size, used, used ? " %zu" : "%zu",
				   number_of_point(points, json_string_value(point)));
	return text;
}

static int most_hits_first(const void *a, const void *b)
{
	double x = number_of(*(const json_t *const *)a, "hits");
	double y = number_of(*(const json_t *const *)b, "hits");

	return (x < y) - (x > y);
}

static void print_orders(FILE *to, const json_t *result)
{
	static const char *const headings[] = {
		"order of the points", "#passages", "#made", "#hits", "last missed at", NULL
	};
	const json_t *orders = json_object_get(result, "orders"), *order, **sorted;
	size_t count = json_array_size(orders), i;
	struct html_table table;
	char text[512];

	sorted = calloc(count + 1, sizeof(const json_t *));
	if (!sorted)
		return;
	json_array_foreach (orders, i, order)
		sorted[i] = order;
	qsort(sorted, count, sizeof(const json_t *), most_hits_first);
	html_text(to, "h2", "The orders, by how often they hit");
	html_table_begin(&table, to, headings);
	for (i = 0; i < count && i < SHOWN; i++) {
		table.row_class = number_of(sorted[i], "hits") > 0 ? "HIT" : NULL;
		html_cell(&table, "%s",
			  order_text(json_object_get(result, "points"),
				     json_object_get(sorted[i], "order"), text, sizeof(text)));
		html_cell_count(&table, count_of(sorted[i], "passages"));
		html_cell_count(&table, count_of(sorted[i], "made"));
		html_cell_count(&table, count_of(sorted[i], "hits"));
		html_cell(&table, "%s", text_of(sorted[i], "missed"));
	}
	html_table_end(to);
	if (count > SHOWN)
		html_printf(to, "p", "and %zu more in explore.json.", count - SHOWN);
	free(sorted);
}

static void print_list(FILE *to, const json_t *list)
{
	const json_t *text;
	size_t i;

	fputs("<ol>\n", to);
	json_array_foreach (list, i, text)
		html_text(to, "li", json_string_value(text) ?: "");
	fputs("</ol>\n", to);
}

static void print_subsets(FILE *to, const json_t *subsets, const json_t *holds)
{
	static const char *const headings[] = { "holds", "#passages", "#made", "#hits", NULL };
	struct html_table table;
	const json_t *subset, *hold;
	char text[256];
	size_t i, k;

	if (!json_array_size(subsets))
		return;
	html_text(to, "h2", "Which holds of the best order are needed");
	if (json_array_size(holds))
		print_list(to, holds);
	html_table_begin(&table, to, headings);
	json_array_foreach (subsets, i, subset) {
		size_t used = 0;

		*text = '\0';
		json_array_foreach (json_object_get(subset, "holds"), k, hold)
			used = append_text(text, sizeof(text), used, "%s%.0f", used ? ", " : "",
					   json_number_value(hold) + 1);
		table.row_class = number_of(subset, "hits") > 0 ? "HIT" : NULL;
		html_cell(&table, "%s", *text ? text : "none");
		html_cell_count(&table, count_of(subset, "passages"));
		html_cell_count(&table, count_of(subset, "made"));
		html_cell_count(&table, count_of(subset, "hits"));
	}
	html_table_end(to);
}

void explore_page_print(FILE *to, const json_t *result)
{
	const char *found = text_of(result, "found");

	fprintf(to, "<div class=\"verdict %s\">", *found ? "CLEAN" : "INCONCLUSIVE");
	html_text(to, "b", *found ? "A schedule was found" : "No schedule was found");
	if (*found)
		html_printf(to, "p", "It is in %s.", found);
	fputs("</div>\n", to);
	html_text(to, "h2", "The exploration");
	html_rows_begin(to);
	html_row(to, "kernel", "%s", text_of(result, "kernel"));
	html_row(to, "seed", "%" PRId64, seed_of(result));
	html_row(to, "depth", "%.0f", number_of(result, "depth"));
	html_row_count(to, "passages", count_of(result, "passages"));
	html_row_count(to, "distinct orders seen", count_of(result, "orders_seen"));
	if (*text_of(result, "cut_short"))
		html_row(to, "cut short", "%s", text_of(result, "cut_short"));
	html_table_end(to);
	html_text(to, "h2", "The points");
	print_list(to, json_object_get(result, "points"));
	print_orders(to, result);
	print_subsets(to, json_object_get(result, "subsets"), json_object_get(result, "holds"));
}
