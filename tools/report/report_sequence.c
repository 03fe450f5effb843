/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_sequence.h"
#include "tools/base/html.h"
#include "tools/report/report_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Prints which thread waited for which, and how long, in more detail than the picture. */
static void print_holds(FILE *to, const struct report_passage *passage)
{
	static const char *const headings[] = { "#hold", "who stood", "where",
						"until", "how long",  NULL };
	struct html_table table;
	char time[32];

	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < passage->hold_count; i++) {
		const struct report_step *reached = passage->holds[i].reached;
		const struct report_step *ended = passage->holds[i].ended;

		html_cell(&table, "%" PRId64, reached->hold);
		html_cell(&table, "%s", reached->point);
		if (report_step_is_outside(reached))
			html_cell(&table, "in user space, before its operation");
		else if (reached->page >= 0)
			html_cell(&table, "%s, page %" PRId64, reached->code, reached->page);
		else
			html_cell(&table, "%s", reached->code);
		html_cell(&table, "%s%s%s", ended ? ended->step : "not told",
			  ended && *ended->by ? ": " : "", ended ? ended->by : "");
		if (!ended || ended->held < 0)
			html_cell(&table, "%s", "");
		else if (report_step_is_outside(reached))
			html_cell(&table, "since before the passage");
		else
			html_cell(&table, "%s",
				  report_passage_time(ended->held, time, sizeof(time)));
	}
	html_table_end(to);
}

/* Names the pages that a lookup of any page of a part can get instead; "": none. */
static void name_served(const struct report_map *map, unsigned int first, unsigned int pages,
			char *text, size_t size)
{
	unsigned int served[AIM_SERVED_MAX], low = UINT32_MAX, high = 0;

	*text = '\0';
	for (unsigned int page = first; page < first + pages; page++) {
		int count = aim_served(map->split, &map->punch, page, served);

		for (int i = 0; i < count; i++) {
			low = served[i] < low ? served[i] : low;
			high = served[i] > high ? served[i] : high;
		}
	}
	if (low == high)
		snprintf(text, size, "page %u", low);
	else if (low < high)
		snprintf(text, size, "pages %u-%u", low, high);
}

static void print_part(struct html_table *table, const struct report_map *map, unsigned int first,
		       unsigned int order, int64_t read)
{
	unsigned int pages = 1U << order, end = map->first + map->count;
	bool is_read = read >= first && read < first + pages;
	char served[64];

	name_served(map, first, pages, served, sizeof(served));
	table->row_class = is_read ? "HIT" : NULL;
	html_cell(table, pages > 1 ? "%u-%u" : "%u", first, first + pages - 1);
	html_cell(table, "%s%s", *served ? served : "the frozen folio",
		  is_read ? ": read then" : "");
	if (first >= map->first && first + pages <= end)
		html_cell(table, "the hole");
	else
		html_cell(table, pages > 1 ? "pages %u-%u" : "page %u", first, first + pages - 1);
}

static void print_slots(FILE *to, const struct report_data *data)
{
	static const char *const headings[] = { "#slots", "lead to, nothing stored", "all stored",
						NULL };
	const struct timeline_event *hit = &data->timeline.hit;
	struct html_table table;
	struct report_map map;
	unsigned int order;

	report_map_make(&map, data);
	if (!map.known || !map.split)
		return;
	fputs("<h3>What the slots of the page cache led to</h3>\n", to);
	html_printf(to, "p",
		    "By the aim model, of a %s split; pages are counted from the start of the "
		    "folio. At first all slots lead to the whole folio, which is frozen: a look-up "
		    "waits. Once the folio is divided they lead to its parts, and to wrong ones "
		    "until the right one is stored: those can be taken.",
		    map.shape);
	html_table_begin(&table, to, headings);
	for (unsigned int page = 0; page < map.pages; page += 1U << order) {
		int first = aim_part(&map.punch, page, &order);

		if (first < 0)
			break;
		print_part(&table, &map, (unsigned int)first, order,
			   hit->folio < 0 ? -1 : hit->page - hit->folio);
	}
	html_table_end(to);
}

static void print_passage(FILE *to, const struct report_passage *passage,
			  const struct report_timeline *hit)
{
	html_picture(to, report_sequence_svg(passage, hit), NULL,
		     "Who stood where, and who let whom go, from top to bottom");
	print_holds(to, passage);
}

/* The passage to show first: the hit's, else the last one not missed. */
static size_t chosen(const struct report_data *data, struct report_passage *passage)
{
	size_t best = 0, next;
	bool found = false;

	for (size_t at = 0; (next = report_passage_at(data->steps, at, passage)) > at; at = next) {
		if (data->timeline.has_hit && passage->punch == data->timeline.hit.first)
			return at;
		if (!found || strcmp(passage->end, "missed") != 0)
			best = at;
		found = true;
	}
	return best;
}

static void print_others(FILE *to, const struct report_data *data, size_t shown,
			 struct report_passage *passage)
{
	size_t next;

	for (size_t at = 0; (next = report_passage_at(data->steps, at, passage)) > at; at = next) {
		if (at == shown)
			continue;
		fputs("<details><summary>", to);
		html_printf(to, "span", "Passage %" PRId64 ", of punch %" PRId64 ": %s",
			    passage->number, passage->punch,
			    *passage->end ? passage->end : "not told to its end");
		fputs("</summary>\n", to);
		print_passage(to, passage, NULL);
		fputs("</details>\n", to);
	}
}

void report_sequence_print(FILE *to, const struct report_data *data, bool all)
{
	const struct report_timeline *timeline = &data->timeline;
	struct report_passage *passage;
	bool is_hit;
	size_t at;

	if (!json_array_size(data->steps))
		return;
	passage = malloc(sizeof(*passage));
	if (!passage)
		return;
	at = chosen(data, passage);
	report_passage_at(data->steps, at, passage);
	is_hit = timeline->has_hit && passage->punch == timeline->hit.first;
	fputs("<h2>The interleaving</h2>\n", to);
	html_printf(to, "p",
		    "Passage %" PRId64 " of the schedule, of punch %" PRId64 "%s: %s. Times are "
		    "the guest's, which stands still while all of it is stopped; rows are in "
		    "order, and not to scale.",
		    passage->number, passage->punch, is_hit ? ", which gave the first hit" : "",
		    *passage->end ? passage->end : "not told to its end");
	print_passage(to, passage, is_hit ? timeline : NULL);
	if (is_hit)
		print_slots(to, data);
	if (all)
		print_others(to, data, at, passage);
	free(passage);
}
