/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/log_page.h"
#include "injector/base/units.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/base/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS_MAX = 20000, LINES_MAX = 200, WIDTH = 900, ROW_HEIGHT = 30, HEIGHT_BESIDES = 90 };

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static const char *time_text(double time, char text[16])
{
	time_t seconds = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, 16, "%H:%M:%S", &tm))
		*text = '\0';
	return text;
}

static const char *duration(double ns, char text[32])
{
	return units_format_duration((uint64_t)fmax(ns, 0), text, 32);
}

static void print_mounts(FILE *to, const struct log_data *data)
{
	const json_t *mount;
	size_t i;

	if (data->seeds_differ)
		html_text(
			to, "p class=\"note\"",
			"The log is of mounts with different seeds: what they decided at random is "
			"not the same.");
	json_array_foreach (data->mounts, i, mount) {
		fputs("<table>\n", to);
		html_row(to, "mount", "%s on %s, data path %s", text_of(mount, "source"),
			 text_of(mount, "mountpoint"), text_of(mount, "data_path"));
		html_row(to, "began", "%s", text_of(mount, "time"));
		html_row(to, "seed", "%" PRId64,
			 (int64_t)json_integer_value(json_object_get(mount, "seed")));
		html_row(to, "rules", "%zu", json_array_size(json_object_get(mount, "rules")));
		html_row(to, "foliostorm", "%s", text_of(mount, "version"));
		fputs("</table>\n", to);
	}
}

/* A point for each event, a row for each action of a rule. */
static char *plot_rules(const struct log_data *data)
{
	size_t step = data->point_count / POINTS_MAX + 1, size;
	char *script = NULL, *svg = NULL;
	FILE *to;

	if (!data->point_count || !plot_available())
		return NULL;
	to = open_memstream(&script, &size);
	if (!to)
		return NULL;
	fputs("unset key\nset grid xtics\nset xlabel 'seconds since the first event'\nset ytics (",
	      to);
	for (size_t i = 0; i < data->row_count; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s: %s", data->rows[i].rule, data->rows[i].action);
		fputs(i ? ", " : "", to);
		plot_text(to, name);
		fprintf(to, " %zu", data->row_count - i);
	}
	fprintf(to, ")\nset yrange [0.5:%zu.5]\n$events << EOD\n", data->row_count);
	for (size_t i = 0; i < data->point_count; i += step)
		fprintf(to, "%.6f %zu\n", data->points[i].time - data->points[0].time,
			data->row_count - data->points[i].row);
	fputs("EOD\nplot $events using 1:2 with points pointtype 7 pointsize 0.4\n", to);
	fclose(to);
	plot_svg(script, WIDTH, HEIGHT_BESIDES + ROW_HEIGHT * (unsigned int)data->row_count, &svg);
	free(script);
	return svg;
}

static void cell(FILE *to, const char *text)
{
	html_text(to, "td", text);
}

static void cell_number(FILE *to, uint64_t number)
{
	html_printf(to, "td", "%" PRIu64, number);
}

static void print_row(FILE *to, const struct log_row *row)
{
	char text[16];

	fputs("<tr>", to);
	cell(to, row->rule);
	cell(to, row->action);
	cell_number(to, row->events);
	cell_number(to, row->errors);
	cell(to, time_text(row->first, text));
	cell(to, time_text(row->last, text));
	fputs("</tr>\n", to);
}

static void print_rules(FILE *to, struct log_data *data)
{
	html_text(to, "h2", "What the rules did");
	html_picture(to, plot_rules(data), "when each rule did something");
	fputs("<table>\n<tr><th>rule</th><th>action</th><th>events</th><th>errors</th>"
	      "<th>first</th><th>last</th></tr>\n",
	      to);
	for (size_t i = 0; i < data->row_count; i++)
		print_row(to, &data->rows[i]);
	fputs("</table>\n", to);
}

static void print_latency(FILE *to, struct log_row *row)
{
	static const double quantiles[] = { 0.5, 0.99, 1 };
	char text[32];

	fputs("<tr>", to);
	cell(to, row->rule);
	cell(to, row->action);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		cell(to, strcmp(row->action, "hold")
				 ? duration(log_quantile(&row->asked, quantiles[i]), text)
				 : "");
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		cell(to, duration(log_quantile(&row->given, quantiles[i]), text));
	cell_number(to, row->cut_short);
	fputs("</tr>\n", to);
}

static void print_latencies(FILE *to, struct log_data *data)
{
	bool any = false;

	for (size_t i = 0; i < data->row_count; i++)
		any |= data->rows[i].given.count;
	if (!any)
		return;
	html_text(to, "h2", "Latencies asked for and given");
	fputs("<table>\n<tr><th>rule</th><th>action</th><th>asked: "
	      "p50</th><th>p99</th><th>most</th>"
	      "<th>given: p50</th><th>p99</th><th>most</th><th>cut short</th></tr>\n",
	      to);
	for (size_t i = 0; i < data->row_count; i++)
		if (data->rows[i].given.count)
			print_latency(to, &data->rows[i]);
	fputs("</table>\n", to);
}

static int most_first(const void *a, const void *b)
{
	const struct log_process *one = a, *other = b;

	return (one->events < other->events) - (one->events > other->events);
}

static void print_processes(FILE *to, struct log_data *data)
{
	size_t shown = data->process_count < LINES_MAX ? data->process_count : LINES_MAX;

	if (!shown)
		return;
	qsort(data->processes, data->process_count, sizeof(*data->processes), most_first);
	html_text(to, "h2", "Operations by process");
	fputs("<table>\n<tr><th>thread</th><th>operation</th><th>events</th></tr>\n", to);
	for (size_t i = 0; i < shown; i++) {
		const struct log_process *process = &data->processes[i];

		fputs("<tr>", to);
		if (process->pid)
			cell_number(to, (uint64_t)process->pid);
		else
			cell(to, "the kernel");
		cell(to, process->operation);
		cell_number(to, process->events);
		fputs("</tr>\n", to);
	}
	fputs("</table>\n", to);
	if (shown < data->process_count)
		html_printf(to, "p", "and %zu more", data->process_count - shown);
}

static void print_losses(FILE *to, const struct log_data *data)
{
	size_t shown = data->loss_count < LINES_MAX ? data->loss_count : LINES_MAX;

	if (!shown)
		return;
	html_text(to, "h2", "What a power cut took");
	fputs("<table>\n<tr><th>path</th><th>what</th></tr>\n", to);
	for (size_t i = 0; i < shown; i++) {
		fputs("<tr>", to);
		cell(to, data->losses[i].path);
		if (data->losses[i].is_name)
			cell(to, "the name is as it was before");
		else
			html_printf(to, "td", "%" PRIu64 " bytes", data->losses[i].bytes);
		fputs("</tr>\n", to);
	}
	fputs("</table>\n", to);
	if (shown < data->loss_count)
		html_printf(to, "p", "and %zu more", data->loss_count - shown);
}

void log_page(FILE *to, struct log_data *data)
{
	html_begin(to, "The log of a mount");
	print_mounts(to, data);
	html_printf(to, "p", "%" PRIu64 " events", data->events);
	if (data->damaged)
		html_printf(to, "p class=\"note\"",
			    "%" PRIu64 " lines are no events, and left out.", data->damaged);
	if (data->row_count)
		print_rules(to, data);
	print_latencies(to, data);
	print_processes(to, data);
	print_losses(to, data);
	html_end(to);
}
