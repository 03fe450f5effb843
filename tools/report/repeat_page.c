/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/html.h"
#include "tools/report/fields.h"
#include "tools/report/report_page.h"
#include "tools/report/result_pages.h"

#include <inttypes.h>

static void print_runs(FILE *to, const json_t *each)
{
	static const char *const headings[] = { "#run",      "verdict", "#seed",
						"#punches",  "#hit",    "#exposures",
						"#captures", "why",     NULL };
	struct html_table table;
	const json_t *run;
	size_t i;

	html_text(to, "h2", "Each run");
	html_table_begin(&table, to, headings);
	json_array_foreach (each, i, run) {
		table.row_class = text_of(run, "verdict");
		html_cell(&table, "%zu", i + 1);
		html_cell(&table, "%s", text_of(run, "verdict"));
		html_cell(&table, "%" PRId64, seed_of(run));
		html_cell_count(&table, count_of(run, "punches"));
		html_cell_count(&table, count_of(run, "punches_hit"));
		html_cell_count(&table, count_of(run, "exposures"));
		html_cell_count(&table, count_of(run, "captures"));
		html_cell(&table, "%s", text_of(run, "reason"));
	}
	html_table_end(to);
	html_text(to, "p",
		  "The result of run N lies in the directory N, and has a page of its own.");
}

void repeat_page_print(FILE *to, const json_t *result)
{
	report_page_verdict(to, result);
	html_text(to, "h2", "All together");
	html_rows_begin(to);
	html_row(to, "scenario", "%s", text_of(result, "title"));
	html_row(to, "kernel", "%s", text_of(result, "kernel"));
	html_row(to, "runs", "%.0f, of them hit %.0f", number_of(result, "runs"),
		 number_of(result, "runs_hit"));
	html_row_count(to, "punches", count_of(result, "punches"));
	html_row_count(to, "punches that hit", count_of(result, "punches_hit"));
	html_row_count(to, "reads judged", count_of(result, "reads"));
	html_row_count(to, "wrong reads", count_of(result, "wrong_reads"));
	html_table_end(to);
	print_runs(to, json_object_get(result, "each"));
}
