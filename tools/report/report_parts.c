/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_parts.h"
#include "injector/base/array.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/report/fields.h"
#include "tools/report/report_plots.h"

#include <inttypes.h>
#include <string.h>

void report_part_timeline(FILE *to, const struct report_data *data, bool pictures)
{
	const struct report_timeline *timeline = &data->timeline;
	double unit = report_timeline_unit(timeline);
	const char *const headings[] = { unit > 1 ? "#ms" : "#\xc2\xb5s", "what happened", NULL };
	struct html_table table;

	if (!timeline->has_hit)
		return;
	fputs("<h2>How the window was hit</h2>\n", to);
	if (!timeline->has_punch) {
		html_printf(to, "p",
			    "The first hit was of punch %" PRId64
			    ", whose own event is not there: its times are not known.",
			    timeline->punch);
		return;
	}
	html_printf(to, "p", "The first hit: punch %" PRId64 ", %.3f s after the run began.",
		    timeline->punch, timeline->after);
	if (pictures)
		html_picture(to, report_plot_timeline(data, HTML_BROAD),
			     report_plot_timeline(data, HTML_NARROW), "Timeline of the first hit");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < timeline->step_count; i++) {
		html_cell(&table, unit > 1 ? "%+.2f" : "%+.1f", timeline->steps[i].us / unit);
		html_cell(&table, "%s", timeline->steps[i].text);
	}
	html_table_end(to);
	if (!timeline->spans[SPAN_FROZEN].name)
		html_text(to, "p",
			  "Only the witness knows when the folio was frozen; this run did not "
			  "have it.");
}

/* Without gnuplot: a row for each sixteenth of the time. */
static void print_rate_table(FILE *to, const struct report_data *data)
{
	static const char *const headings[] = { "#from, s", "#punches", "#hit", "#captures", NULL };
	size_t used = (size_t)(data->last_ns / data->bin_ns) + 1, step = (used + 15) / 16;
	struct html_table table;

	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < used && i < REPORT_BINS; i += step) {
		struct report_bin sum = { 0, 0, 0 };

		for (size_t k = i; k < i + step && k < REPORT_BINS; k++) {
			sum.punches += data->bins[k].punches;
			sum.punches_hit += data->bins[k].punches_hit;
			sum.captures += data->bins[k].captures;
		}
		html_cell(&table, "%.3f", (double)i * (double)data->bin_ns / 1e9);
		html_cell_count(&table, sum.punches);
		html_cell_count(&table, sum.punches_hit);
		html_cell_count(&table, sum.captures);
	}
	html_table_end(to);
}

void report_part_rate(FILE *to, const struct report_data *data)
{
	char *broad;

	if (!data->punches)
		return;
	broad = report_plot_rate(data, HTML_BROAD);
	fputs("<h2>Hit rate over time</h2>\n", to);
	if (!broad)
		print_rate_table(to, data);
	html_picture(to, broad, broad ? report_plot_rate(data, HTML_NARROW) : NULL,
		     "Hits of punches over time");
}

/* What a read got, in words. class: that of the event. */
static const char *class_words(const char *class)
{
	static const struct {
		const char *class, *words;
	} table[] = {
		{ "other-page", "another page" },
		{ "zeros", "zeros" },
		{ "old-generation", "the page's older bytes" },
		{ "other-file", "a page of another file" },
		{ "torn", "a mixture of pages" },
		{ "bit-flip", "a flipped bit" },
		{ "garbage", "bytes that nobody wrote" },
		{ "missing", "no bytes" },
		{ "output", "other output" },
		{ "outcome", "another outcome" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].class, class))
			return table[i].words;
	return class;
}

static const char *right_or_wrong(const json_t *hit, const char *key)
{
	return json_is_true(json_object_get(hit, key)) ? "wrong" : "right";
}

void report_part_hits(FILE *to, const struct report_data *data)
{
	static const char *const headings[] = {
		"#punch", "reader", "page", "came", "re-read", NULL
	};
	struct html_table table;
	size_t i;
	json_t *hit;

	if (!json_array_size(data->first_hits))
		return;
	fputs("<h2>The first hits</h2>\n", to);
	html_table_begin(&table, to, headings);
	json_array_foreach (data->first_hits, i, hit) {
		html_cell_count(&table, count_of(hit, "punch"));
		html_cell(&table, "%s", text_of(hit, "reader_kind"));
		html_cell(&table, "%.0f of %s", number_of(hit, "page"), text_of(hit, "file"));
		if (json_is_number(json_object_get(hit, "wrong_page")))
			html_cell(&table, "%s: %.0f of %s (xor %#" PRIx64 ")",
				  class_words(text_of(hit, "class")), number_of(hit, "wrong_page"),
				  text_of(hit, "wrong_file"), count_of(hit, "xor"));
		else
			html_cell(&table, "%s", class_words(text_of(hit, "class")));
		html_cell(&table, "the same way %s, pread %s, a fresh mapping %s",
			  right_or_wrong(hit, "sticky"), right_or_wrong(hit, "pread_wrong"),
			  right_or_wrong(hit, "fresh_mapping_wrong"));
	}
	html_table_end(to);
}

void report_part_latencies(FILE *to, const struct report_data *data)
{
	static const char *const headings[] = { "operation",
						"#requests",
						"#errors",
						"#half below, \xc2\xb5s",
						"#99 % below, \xc2\xb5s",
						NULL };
	const json_t *operations = json_object_get(data->identity, "operations"), *operation;
	struct html_table table;
	const char *name;

	if (!json_object_size(operations))
		return;
	fputs("<h2>Latency of the layer's operations</h2>\n", to);
	html_picture(to, report_plot_latencies(data, HTML_BROAD),
		     report_plot_latencies(data, HTML_NARROW), "Latencies by operation");
	html_table_begin(&table, to, headings);
	json_object_foreach ((json_t *)operations, name, operation) {
		html_cell(&table, "%s", name);
		html_cell_count(&table, count_of(operation, "count"));
		html_cell_count(&table, count_of(operation, "errors"));
		html_cell_count(&table, count_of(operation, "p50_ns") / 1000);
		html_cell_count(&table, count_of(operation, "p99_ns") / 1000);
	}
	html_table_end(to);
}

void report_part_rules(FILE *to, const struct report_data *data)
{
	static const char *const headings[] = { "rule",     "of",         "#fired",
						"#actions", "#cut short", NULL };
	const json_t *rules = json_object_get(data->identity, "rules");
	struct html_table table;
	json_t *rule;
	size_t i;

	if (!json_array_size(rules) && !data->rule_count)
		return;
	fputs("<h2>Rules</h2>\n", to);
	html_table_begin(&table, to, headings);
	json_array_foreach (rules, i, rule) {
		const struct report_rule *seen = NULL;

		for (size_t k = 0; k < data->rule_count && !seen; k++)
			if (!strcmp(data->rules[k].name, text_of(rule, "name")))
				seen = &data->rules[k];
		html_cell(&table, "%s", text_of(rule, "name"));
		html_cell(&table, "%s", text_of(rule, "op"));
		html_cell_count(&table, count_of(rule, "fired"));
		html_cell_count(&table, seen ? seen->actions : 0);
		html_cell_count(&table, seen ? seen->cut_short : 0);
	}
	/* If the run was killed, only its events name its rules. */
	for (i = 0; i < data->rule_count && !json_array_size(rules); i++) {
		html_cell(&table, "%s", data->rules[i].name);
		html_cell(&table, "%s", "");
		html_cell(&table, "%s", "");
		html_cell_count(&table, data->rules[i].actions);
		html_cell_count(&table, data->rules[i].cut_short);
	}
	html_table_end(to);
}

void report_part_kernel_log(FILE *to, const struct report_data *data)
{
	const json_t *list = json_object_get(json_object_get(data->result, "kernel_log"), "lines");
	size_t i;
	json_t *line;

	if (!json_array_size(list) && !data->kernel_line_count)
		return;
	fputs("<h2>What the kernel said</h2>\n<pre>", to);
	json_array_foreach (list, i, line) {
		markup_escape(to, json_string_value(line));
		fputc('\n', to);
	}
	for (i = 0; i < data->kernel_line_count && !json_array_size(list); i++) {
		markup_escape(to, data->kernel_lines[i]);
		fputc('\n', to);
	}
	fputs("</pre>\n", to);
}
