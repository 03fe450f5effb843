/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "tools/base/html.h"
#include "tools/report/report_plots.h"

#include <inttypes.h>
#include <stdlib.h>

/* Prints ranges of marked pages: "258-511, 600". */
static void print_ranges(FILE *to, const char *heading, const bool *marked, unsigned int pages)
{
	char text[1024] = "";
	size_t used = 0;

	for (unsigned int page = 0, from; page < pages; page++) {
		if (!marked[page])
			continue;
		for (from = page; page + 1 < pages && marked[page + 1]; page++)
			;
		used = append_text(text, sizeof(text), used, from == page ? "%s%u" : "%s%u-%u",
				   used ? ", " : "", from, page);
	}
	html_row(to, heading, "%s", *text ? text : "none");
}

/* Adjacent pages whose readers got the same page. */
struct served {
	unsigned int first, last, got;
	uint64_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct served *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* Sets the run of pages from `first` on that got the page. Returns the page after it. */
static unsigned int run_of(const struct report_data *data, unsigned int first, unsigned int got,
			   struct served *run)
{
	*run = (struct served){ .first = first, .got = got };
	for (; first < REPORT_PAGES && data->served[first][got]; first++) {
		run->last = first;
		run->count += data->served[first][got];
	}
	return first;
}

/* Prints the pages that were served wrongly most often. */
static void print_served(FILE *to, const struct report_data *data)
{
	enum { SHOWN = 15 };
	static const char *const headings[] = { "#read", "#got", "#times", NULL };
	struct served best[SHOWN + 1] = { { 0, 0, 0, 0 } };
	struct html_table table;
	size_t runs = 0;

	for (unsigned int got = 0; got < REPORT_PAGES; got++)
		for (unsigned int read = 0; read < REPORT_PAGES; read++) {
			if (!data->served[read][got])
				continue;
			runs++;
			read = run_of(data, read, got, &best[SHOWN]);
			if (best[SHOWN].count > best[SHOWN - 1].count)
				qsort(best, SHOWN + 1, sizeof(best[0]), by_count);
		}
	if (!runs)
		return;
	html_text(to, "p",
		  runs > SHOWN ? "Pages that were read and the page whose bytes came, the most "
				 "frequent:"
			       : "Pages that were read and the page whose bytes came:");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < SHOWN && best[i].count; i++) {
		html_cell(&table, best[i].first < best[i].last ? "%u-%u" : "%u", best[i].first,
			  best[i].last);
		html_cell(&table, "%u", best[i].got);
		html_cell_count(&table, best[i].count);
	}
	html_table_end(to);
	if (data->served_elsewhere)
		html_printf(to, "p", "%" PRIu64 " wrong reads got no page of their folio.",
			    data->served_elsewhere);
}

/* Prints the geometry of the punch, and the pages read wrongly. */
static void print_pages(FILE *to, const struct report_map *map, const bool *wrong)
{
	html_rows_begin(to);
	if (map->known) {
		html_row(to, "pages", "%u, a %s split", map->pages, map->shape);
		html_row(to, "punched", map->count > 1 ? "%u-%u" : "%u", map->first,
			 map->first + map->count - 1);
		print_ranges(to, "exposed", map->exposed, map->pages);
		print_ranges(to, "read, by plan", map->read, map->pages);
	}
	print_ranges(to, "read wrongly", wrong, REPORT_PAGES);
	html_table_end(to);
}

void report_map_print(FILE *to, const struct report_data *data)
{
	bool wrong[REPORT_PAGES], any = false;
	struct report_map map;

	for (unsigned int i = 0; i < REPORT_PAGES; i++) {
		wrong[i] = data->wrong[i] != 0;
		any |= wrong[i];
	}
	report_map_make(&map, data);
	if (!map.known && !any)
		return;
	fputs("<h2>Pages of a folio</h2>\n", to);
	if (!map.known)
		html_printf(to, "p class=\"note\"", "Which pages are exposed is not known: %s",
			    map.why);
	else if (!map.fixed)
		html_printf(to, "p",
			    "The aim changes from punch to punch: punched, exposed and read are of "
			    "punch %" PRId64 ".",
			    data->timeline.punch);
	html_picture(to, report_plot_map(data, &map, HTML_BROAD),
		     report_plot_map(data, &map, HTML_NARROW), "Which page was served where");
	print_pages(to, &map, wrong);
	print_served(to, data);
}
