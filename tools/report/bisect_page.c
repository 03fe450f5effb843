/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/html.h"
#include "tools/report/fields.h"
#include "tools/report/result_pages.h"

#include <stdbool.h>
#include <string.h>

static void print_found(FILE *to, const json_t *result)
{
	const char *found = text_of(result, "found");
	const char *what = json_is_true(json_object_get(result, "fixed")) ? "good" : "bad";
	bool doubted = json_is_false(json_object_get(result, "proven"));

	fprintf(to, "<div class=\"verdict %s\">", *found && !doubted ? "CLEAN" : "INCONCLUSIVE");
	if (*found)
		html_printf(to, "b", "The first %s kernel: %s", what, found);
	else
		html_printf(to, "b", "The first %s kernel is not found", what);
	if (*text_of(result, "subject"))
		html_text(to, "p", text_of(result, "subject"));
	if (*text_of(result, "before"))
		html_printf(to, "p", "The one before it: %s.", text_of(result, "before"));
	if (doubted)
		html_text(to, "p",
			  "It is the first that differs; that it is the cause is not proven.");
	fputs("</div>\n", to);
}

static const char *answer_of(const json_t *of)
{
	const char *answer = text_of(of, "answer");

	return strcmp(answer, "skip") ? answer : "cannot tell";
}

static void print_proof(FILE *to, const json_t *proof)
{
	static const char *const headings[] = { "kernel", "commit", "wanted", "is", NULL };
	struct html_table table;
	const json_t *part;
	size_t i;

	if (!json_array_size(proof))
		return;
	html_text(to, "h2", "The proof");
	html_table_begin(&table, to, headings);
	json_array_foreach (proof, i, part) {
		bool holds = !strcmp(text_of(part, "wanted"), text_of(part, "answer"));

		table.row_class = holds ? "CLEAN" : "INCONCLUSIVE";
		html_cell(&table, "%s", text_of(part, "what"));
		html_cell(&table, "%s", text_of(part, "name"));
		html_cell(&table, "%s", text_of(part, "wanted"));
		html_cell(&table, "%s", answer_of(part));
	}
	html_table_end(to);
}

static void print_step(struct html_table *table, const json_t *step)
{
	table->row_class = text_of(step, "verdict");
	html_cell(table, "%s", text_of(step, "name"));
	html_cell(table, "%s", answer_of(step));
	html_cell(table, "%s", text_of(step, "verdict"));
	html_cell_count(table, count_of(step, "punches"));
	html_cell_count(table, count_of(step, "punches_hit"));
	html_cell_count(table, count_of(step, "passages"));
	if (json_is_number(json_object_get(step, "first_hit_seconds")))
		html_cell(table, "%.3f s", number_of(step, "first_hit_seconds"));
	else
		html_cell(table, "%s", "");
	html_cell(table, "%.0f s", number_of(step, "seconds"));
	html_cell(table, "%s", text_of(step, "reason"));
}

void bisect_page_print(FILE *to, const json_t *result)
{
	static const char *const headings[] = { "kernel", "is",        "verdict",    "#punches",
						"#hit",   "#passages", "#first hit", "#took",
						"why",    NULL };
	struct html_table table;
	const json_t *step;
	size_t i;

	print_found(to, result);
	html_rows_begin(to);
	html_row(to, "scenario", "%s", text_of(result, "scenario"));
	html_row(to, "foliostorm", "%s", text_of(result, "version"));
	html_table_end(to);
	print_proof(to, json_object_get(result, "proof"));
	html_text(to, "h2", "The kernels, in the order in which they were tried");
	html_table_begin(&table, to, headings);
	json_array_foreach (json_object_get(result, "steps"), i, step)
		print_step(&table, step);
	html_table_end(to);
}
