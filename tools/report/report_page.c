/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_page.h"
#include "injector/base/array.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/base/plot.h"
#include "tools/base/quote.h"
#include "tools/report/report_plots.h"
#include "tools/report/report_sequence.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_number(const json_t *object, const char *key)
{
	return json_is_number(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* The verdict in plain words, by what it is and what it should be. */
static const char *plain_words(const json_t *result)
{
	static const struct {
		const char *verdict, *expected, *words;
	} table[] = {
		{ "HIT", "hit", "This kernel gave readers wrong data, as was expected of it." },
		{ "HIT", "clean", "This kernel gave readers wrong data, and it should not have." },
		{ "CLEAN", "clean", "Nothing went wrong, as was expected of this kernel." },
		{ "CLEAN", "hit",
		  "Nothing went wrong, although this kernel is taken to have the race." },
		{ "VERIFIED", "clean",
		  "Everything that was read was right; no race was looked for." },
		{ "VERIFIED", "hit",
		  "Everything that was read was right, although a hit was expected." },
		{ "INCONCLUSIVE", NULL,
		  "Nothing went wrong, but too little was tried to say more." },
		{ "ERROR", NULL, "The run itself failed: it says nothing of the kernel." },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].verdict, text_of(result, "verdict")) &&
		    (!table[i].expected || !strcmp(table[i].expected, text_of(result, "expected"))))
			return table[i].words;
	return "The verdict is of a kind that this program does not know.";
}

static void print_verdict(FILE *to, const struct report_data *data)
{
	const json_t *result = data->result;

	if (!result) {
		html_text(to, "div class=\"verdict ERROR\"",
			  "The run has left no result: it was killed, or is still at work. What "
			  "follows is what its events say.");
		return;
	}
	fputs("<div class=\"verdict ", to);
	markup_escape(to, text_of(result, "verdict"));
	fputs(json_is_true(json_object_get(result, "as_expected")) ? "\">" : " unexpected\">", to);
	html_text(to, "b", text_of(result, "verdict"));
	html_text(to, "p", plain_words(result));
	html_text(to, "p", text_of(result, "reason"));
	if (json_is_true(json_object_get(result, "xfail")))
		html_text(to, "p",
			  "By the scenario (expect.xfail) it is known that this kernel "
			  "does not do what is expected.");
	if (json_is_true(json_object_get(result, "interrupted")))
		html_text(to, "p", "The run was interrupted.");
	if (json_is_string(json_object_get(result, "error")))
		html_printf(to, "p", "What went wrong with the run: %s", text_of(result, "error"));
	fputs("</div>\n", to);
}

static void print_cut(FILE *to, const struct report_data *data)
{
	if (!data->has_events)
		html_text(to, "p class=\"note\"",
			  "There is no events.jsonl: timeline, page map and rates over time are "
			  "missing.");
	if (data->cut)
		html_printf(to, "p class=\"note\"",
			    "The last line of events.jsonl is not whole (the run was killed); the "
			    "%" PRIu64 " before it are in this report.",
			    data->lines);
}

static void number_row(FILE *to, const json_t *result, const char *heading, const char *key)
{
	if (is_number(result, key))
		html_row(to, heading, "%.0f", number_of(result, key));
}

static void print_facts(FILE *to, const struct report_data *data)
{
	const json_t *result = data->identity, *guest = json_object_get(result, "guest");

	fputs("<h2>The run</h2>\n<div class=\"wide\"><table>\n", to);
	html_row(to, "kernel", "%s", text_of(result, "kernel"));
	html_row(to, "machine", "%s", text_of(result, "machine"));
	if (json_is_object(guest))
		html_row(to, "guest", "%s, %s, %.0f processors, %.0f MiB", text_of(guest, "kernel"),
			 text_of(guest, "accelerator"), number_of(guest, "cpus"),
			 number_of(guest, "memory_mib"));
	if (json_is_string(json_object_get(guest, "died")))
		html_row(to, "the guest died", "%s", text_of(guest, "died"));
	html_row(to, "data path", "%s", text_of(result, "data_path"));
	if (is_number(result, "aim_page"))
		html_row(to, "aim", "%s: page %.0f of the folio", text_of(result, "aim"),
			 number_of(result, "aim_page"));
	else
		html_row(to, "aim", "%s", text_of(result, "aim"));
	html_row(to, "seed", "%.0f", number_of(result, "seed"));
	if (is_number(result, "duration_seconds"))
		html_row(to, "duration", "%.1f s", number_of(result, "duration_seconds"));
	if (data->result)
		html_row(to, "punches", "%.0f, of them hit %.0f (%.1f %%)",
			 number_of(result, "punches"), number_of(result, "punches_hit"),
			 number_of(result, "hit_rate") * 100);
	else
		html_row(to, "punches", "%" PRIu64 ", of them hit %" PRIu64, data->punches,
			 data->punches_hit);
	if (is_number(result, "first_hit_seconds"))
		html_row(to, "first hit", "%.3f s after %s", number_of(result, "first_hit_seconds"),
			 number_of(result, "punches") > 0 ? "the first punch" : "it began");
	number_row(to, result, "reads judged", "reads");
	number_row(to, result, "wrong reads", "wrong_reads");
	number_row(to, result, "exposures", "exposures");
	number_row(to, result, "captures", "captures");
	number_row(to, result, "splits", "splits");
	number_row(to, result, "splits that failed", "splits_failed");
	html_row(to, "events", "%" PRIu64, data->lines);
	html_row(to, "foliostorm", "%s", text_of(result, "version"));
	fputs("</table></div>\n", to);
}

/* What the kind tells of itself: numbers and words as they are, the rest as JSON. */
static void print_detail(FILE *to, const char *name, const json_t *value)
{
	char *text = json_is_string(value)
			     ? strdup(json_string_value(value))
			     : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

	html_row(to, name, "%s", text ? text : "?");
	free(text);
}

static void print_workload(FILE *to, const struct report_data *data)
{
	const json_t *workload = json_object_get(data->result, "workload"), *value;
	const char *name;

	if (!json_is_object(workload))
		return;
	fputs("<h2>The workload</h2>\n<div class=\"wide\"><table>\n", to);
	html_row(to, "kind", "%s", text_of(workload, "kind"));
	html_row(to, "outcome", "%s after %.3f s", text_of(workload, "outcome"),
		 number_of(workload, "duration_seconds"));
	if (number_of(workload, "operations_planned") > 0)
		html_row(to, "operations", "%.0f of %.0f", number_of(workload, "operations"),
			 number_of(workload, "operations_planned"));
	else
		number_row(to, workload, "operations", "operations");
	number_row(to, workload, "that ended otherwise than they should have",
		   "operations_unexpected");
	html_row(to, "punches", "%.0f, of them failed %.0f, hit %.0f",
		 number_of(workload, "punches"), number_of(workload, "punches_failed"),
		 number_of(workload, "punches_hit"));
	number_row(to, workload, "reads judged", "reads");
	number_row(to, workload, "reads not judged", "reads_not_judged");
	number_row(to, workload, "wrong reads", "wrong_reads");
	number_row(to, workload, "exposures", "exposures");
	if (json_is_string(json_object_get(workload, "failure")))
		html_row(to, "what went wrong", "%s", text_of(workload, "failure"));
	json_object_foreach (json_object_get(workload, "details"), name, value)
		print_detail(to, name, value);
	fputs("</table></div>\n", to);
}

static void print_timeline(FILE *to, const struct report_data *data, bool pictures)
{
	const struct report_timeline *timeline = &data->timeline;

	fputs("<h2>How the window was hit</h2>\n", to);
	if (!timeline->has_hit) {
		html_text(to, "p",
			  data->has_events ? "No reader got wrong bytes."
					   : "The events are not there.");
		return;
	}
	if (!timeline->has_punch) {
		html_printf(to, "p",
			    "The first hit was of punch %" PRId64
			    ", whose own event is not there: its times are not known.",
			    timeline->punch);
		return;
	}
	html_printf(to, "p", "The first hit: punch %" PRId64 ", %.6f s after the run began.",
		    timeline->punch, timeline->after);
	if (pictures)
		html_picture(to, report_plot_timeline(data), "Timeline of the first hit");
	fputs("<div class=\"wide\"><table>\n<tr><th>\xc2\xb5s</th><th>what happened</th></tr>\n",
	      to);
	for (size_t i = 0; i < timeline->step_count; i++) {
		fprintf(to, "<tr><td class=\"n\">%+.1f</td>", timeline->steps[i].us);
		html_text(to, "td", timeline->steps[i].text);
		fputs("</tr>\n", to);
	}
	fputs("</table></div>\n", to);
	if (!timeline->spans[SPAN_FROZEN].name)
		html_text(to, "p",
			  "When the folio was frozen only the witness knows, which this "
			  "run did not have.");
}

/* Without a picture: a line for each sixteenth of the time. */
static void print_rate_table(FILE *to, const struct report_data *data)
{
	size_t used = (size_t)(data->last_ns / data->bin_ns) + 1, step = (used + 15) / 16;

	fputs("<div class=\"wide\"><table>\n<tr><th>from, s</th><th>punches</th><th>hit</th>"
	      "<th>captures</th></tr>\n",
	      to);
	for (size_t i = 0; i < used && i < REPORT_BINS; i += step) {
		struct report_bin sum = { 0, 0, 0 };

		for (size_t k = i; k < i + step && k < REPORT_BINS; k++) {
			sum.punches += data->bins[k].punches;
			sum.punches_hit += data->bins[k].punches_hit;
			sum.captures += data->bins[k].captures;
		}
		fprintf(to,
			"<tr><td class=\"n\">%.3f</td><td class=\"n\">%" PRIu64
			"</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
			"</td></tr>\n",
			(double)i * (double)data->bin_ns / 1e9, sum.punches, sum.punches_hit,
			sum.captures);
	}
	fputs("</table></div>\n", to);
}

static void print_rate(FILE *to, const struct report_data *data)
{
	char *svg = report_plot_rate(data);

	fputs("<h2>Hit rate over time</h2>\n", to);
	if (!data->punches)
		html_text(to, "p", "There were no punches.");
	else if (!svg)
		print_rate_table(to, data);
	html_picture(to, svg, "Hits of punches over time");
}

static void print_latencies(FILE *to, const struct report_data *data)
{
	const json_t *operations = json_object_get(data->identity, "operations"), *operation;
	const char *name;

	fputs("<h2>Latency of the layer's operations</h2>\n", to);
	if (!json_object_size(operations)) {
		html_text(to, "p", "The result has no latencies.");
		return;
	}
	html_picture(to, report_plot_latencies(data), "Latencies by operation");
	fputs("<div class=\"wide\"><table>\n<tr><th>operation</th><th>requests</th><th>errors</th>"
	      "<th>half below, \xc2\xb5s</th><th>99 % below, \xc2\xb5s</th></tr>\n",
	      to);
	json_object_foreach ((json_t *)operations, name, operation) {
		fputs("<tr>", to);
		html_text(to, "th", name);
		fprintf(to,
			"<td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td "
			"class=\"n\">%.1f</td>"
			"<td class=\"n\">%.1f</td></tr>\n",
			number_of(operation, "count"), number_of(operation, "errors"),
			number_of(operation, "p50_ns") / 1e3, number_of(operation, "p99_ns") / 1e3);
	}
	fputs("</table></div>\n", to);
}

static void print_rules(FILE *to, const struct report_data *data)
{
	const json_t *rules = json_object_get(data->identity, "rules");
	size_t i;
	json_t *rule;

	fputs("<h2>Rules</h2>\n", to);
	if (!json_array_size(rules) && !data->rule_count) {
		html_text(to, "p", "The scenario has no rules.");
		return;
	}
	fputs("<div class=\"wide\"><table>\n", to);
	json_array_foreach (rules, i, rule)
		html_row(to, text_of(rule, "name"), "%s: fired %.0f times", text_of(rule, "op"),
			 number_of(rule, "fired"));
	for (i = 0; i < data->rule_count; i++)
		html_row(to, data->rules[i].name,
			 "%" PRIu64 " actions, %" PRIu64 " of them cut short",
			 data->rules[i].actions, data->rules[i].cut_short);
	fputs("</table></div>\n", to);
}

static void print_kernel_lines(FILE *to, const struct report_data *data)
{
	const json_t *list = json_object_get(json_object_get(data->result, "kernel_log"), "lines");
	size_t i;
	json_t *line;

	fputs("<h2>What the kernel said</h2>\n", to);
	if (!json_array_size(list) && !data->kernel_line_count) {
		html_text(to, "p", "Nothing that is a report or a trouble.");
		return;
	}
	fputs("<pre>", to);
	if (json_array_size(list))
		json_array_foreach (list, i, line) {
			markup_escape(to, json_string_value(line));
			fputc('\n', to);
		}
	else
		for (i = 0; i < data->kernel_line_count; i++) {
			markup_escape(to, data->kernel_lines[i]);
			fputc('\n', to);
		}
	fputs("</pre>\n", to);
}

static void print_hits(FILE *to, const struct report_data *data)
{
	size_t i;
	json_t *hit;

	if (!json_array_size(data->first_hits))
		return;
	fputs("<h2>The first hits</h2>\n<div "
	      "class=\"wide\"><table>\n<tr><th>punch</th><th>reader</th>"
	      "<th>page</th><th>came</th><th>re-read</th></tr>\n",
	      to);
	json_array_foreach (data->first_hits, i, hit) {
		fprintf(to, "<tr><td class=\"n\">%.0f</td>", number_of(hit, "punch"));
		html_text(to, "td", text_of(hit, "reader_kind"));
		html_printf(to, "td", "%.0f of %s", number_of(hit, "page"), text_of(hit, "file"));
		if (is_number(hit, "wrong_page"))
			html_printf(to, "td", "%s: page %.0f of %s (xor %#" PRIx64 ")",
				    text_of(hit, "class"), number_of(hit, "wrong_page"),
				    text_of(hit, "wrong_file"), (uint64_t)number_of(hit, "xor"));
		else
			html_text(to, "td", text_of(hit, "class"));
		html_printf(to, "td", "%s, pread %s, a fresh mapping %s",
			    json_is_true(json_object_get(hit, "sticky")) ? "sticky" : "transient",
			    json_is_true(json_object_get(hit, "pread_wrong")) ? "wrong" : "right",
			    json_is_true(json_object_get(hit, "fresh_mapping_wrong")) ? "wrong"
										      : "right");
		fputs("</tr>\n", to);
	}
	fputs("</table></div>\n", to);
}

/* Whether a precondition is what is asked for; `affected` says what to expect, and is none. */
static bool is_had(const char *name, const json_t *value, bool had)
{
	return strcmp(name, "affected") != 0 && json_is_true(value) == had;
}

static void print_preconditions(FILE *to, const struct report_data *data)
{
	const json_t *list = json_object_get(data->result, "preconditions"), *value;
	const char *name;

	fputs("<h2>Preconditions</h2>\n", to);
	if (!json_object_size(list)) {
		html_text(to, "p", "The result does not say what the machine had.");
		return;
	}
	fputs("<p>What the machine had: ", to);
	json_object_foreach ((json_t *)list, name, value)
		if (is_had(name, value, true))
			html_printf(to, "span", "%s ", name);
	fputs("</p>\n<p>What it had not: ", to);
	json_object_foreach ((json_t *)list, name, value)
		if (is_had(name, value, false))
			html_printf(to, "span", "%s ", name);
	fputs("</p>\n", to);
}

/* The command that runs it again, as a shell takes it. */
static void print_command(FILE *to, const struct report_data *data)
{
	const json_t *guest = json_object_get(data->identity, "guest");
	char path[PATH_MAX + 16], *text = NULL;
	const char *kernel = text_of(guest, "kernel");
	FILE *command;
	size_t size;

	snprintf(path, sizeof(path), "%s/scenario.cfg", data->directory);
	command = open_memstream(&text, &size);
	if (!command)
		return;
	if (json_is_object(guest)) {
		fprintf(command, "foliostorm guest %s ",
			strspn(kernel, "0123456789.") == strlen(kernel) ? "--kernel" : "--image");
		quote_word(command, kernel);
		fprintf(command, " --cpus %.0f --memory %.0f ", number_of(guest, "cpus"),
			number_of(guest, "memory_mib"));
	} else {
		fputs("foliostorm run ", command);
	}
	quote_word(command, path);
	fclose(command);
	html_text(to, "pre", text);
	fputc('\n', to);
	free(text);
}

/* The one line for whoever is to see it elsewhere. */
static void print_bundle(FILE *to, const struct report_data *data)
{
	char *text = NULL;
	size_t size;
	FILE *command = open_memstream(&text, &size);

	if (!command)
		return;
	fputs("foliostorm bundle ", command);
	quote_word(command, data->directory);
	fputs(" -o race.tar.zst && foliostorm rerun race.tar.zst", command);
	fclose(command);
	html_text(to, "p", "As one file, which anybody repeats:");
	html_text(to, "pre", text);
	fputc('\n', to);
	free(text);
}

static void print_again(FILE *to, const struct report_data *data)
{
	const char *scenario = text_of(data->identity, "scenario");

	fputs("<h2>To run it again</h2>\n", to);
	print_command(to, data);
	print_bundle(to, data);
	if (!*scenario)
		return;
	html_text(to, "p", "The scenario, with all that was overridden, seed included:");
	fputs("<details><summary>scenario.cfg</summary>\n", to);
	html_text(to, "pre", scenario);
	fputs("</details>\n", to);
}

void report_page(FILE *to, const struct report_data *data)
{
	const char *title = text_of(data->identity, "title");

	html_begin(to, *title ? title : "A run");
	print_verdict(to, data);
	print_cut(to, data);
	if (!plot_available())
		html_text(to, "p class=\"note\"",
			  "gnuplot is not installed where this was made: there are tables instead "
			  "of pictures.");
	print_facts(to, data);
	print_workload(to, data);
	print_timeline(to, data, true);
	report_sequence_print(to, data, true);
	report_map_print(to, data);
	print_rate(to, data);
	print_hits(to, data);
	print_latencies(to, data);
	print_rules(to, data);
	print_kernel_lines(to, data);
	print_preconditions(to, data);
	print_again(to, data);
	html_end(to);
}

void report_page_summary(FILE *to, const struct report_data *data)
{
	print_verdict(to, data);
	print_cut(to, data);
	print_facts(to, data);
	print_timeline(to, data, false);
	report_sequence_print(to, data, false);
	print_command(to, data);
}
