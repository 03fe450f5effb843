/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/html.h"
#include "tools/report/report_plots.h"

#include <inttypes.h>
#include <stdlib.h>

/* Ranges of marked pages in words: "258-511, 600". */
static void print_ranges(FILE *to, const char *heading, const bool *marked, unsigned int pages)
{
	char text[1024] = "";
	size_t used = 0;

	for (unsigned int page = 0, from; page < pages && used < sizeof(text); page++) {
		if (!marked[page])
			continue;
		for (from = page; page + 1 < pages && marked[page + 1]; page++)
			;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 from == page ? "%s%u" : "%s%u-%u", used ? ", " : "", from,
					 page);
	}
	html_row(to, heading, "%s", *text ? text : "none");
}

struct pair {
	unsigned int read, got;
	uint32_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* The pages that were served wrongly most often. */
static void print_pairs(FILE *to, const struct report_data *data)
{
	enum { SHOWN = 15 };
	struct pair best[SHOWN + 1] = { { 0, 0, 0 } };
	size_t pairs = 0;

	for (unsigned int read = 0; read < REPORT_PAGES; read++)
		for (unsigned int got = 0; got < REPORT_PAGES; got++) {
			if (!data->served[read][got])
				continue;
			pairs++;
			best[SHOWN] = (struct pair){ read, got, data->served[read][got] };
			if (best[SHOWN].count > best[SHOWN - 1].count)
				qsort(best, SHOWN + 1, sizeof(best[0]), by_count);
		}
	if (!pairs)
		return;
	html_printf(to, "p",
		    "%zu pairs of a page that was read and a page whose bytes came; the most "
		    "frequent:",
		    pairs);
	fputs("<div class=\"wide\"><table>\n<tr><th>read</th><th>got</th><th>times</th></tr>\n",
	      to);
	for (size_t i = 0; i < SHOWN && best[i].count; i++)
		fprintf(to,
			"<tr><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%" PRIu32
			"</td></tr>\n",
			best[i].read, best[i].got, best[i].count);
	fputs("</table></div>\n", to);
	if (data->served_elsewhere)
		html_printf(to, "p", "%" PRIu64 " wrong reads got no page of their folio.",
			    data->served_elsewhere);
}

void report_map_print(FILE *to, const struct report_data *data)
{
	bool wrong[REPORT_PAGES];
	struct report_map map;

	for (unsigned int i = 0; i < REPORT_PAGES; i++)
		wrong[i] = data->wrong[i] != 0;
	report_map_make(&map, data);
	fputs("<h2>Pages of a folio</h2>\n", to);
	if (!map.known)
		html_printf(to, "p class=\"note\"", "Which pages are exposed is not known: %s",
			    map.why);
	else if (!map.fixed)
		html_printf(to, "p",
			    "The aim changes from punch to punch: punched, exposed and read are of "
			    "punch %" PRId64 ".",
			    data->timeline.punch);
	html_picture(to, report_plot_map(data, &map), "Which page was served where");
	fputs("<div class=\"wide\"><table>\n", to);
	if (map.known) {
		html_row(to, "pages", "%u, a %s split", map.pages, map.shape);
		if (map.count > 1)
			html_row(to, "punched", "%u-%u", map.first, map.first + map.count - 1);
		else
			html_row(to, "punched", "%u", map.first);
		print_ranges(to, "exposed", map.exposed, map.pages);
		print_ranges(to, "read, by plan", map.read, map.pages);
	}
	print_ranges(to, "read wrongly", wrong, REPORT_PAGES);
	fputs("</table></div>\n", to);
	print_pairs(to, data);
}
