/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/log_page.h"
#include "injector/base/units.h"
#include "tools/base/html.h"
#include "tools/base/plot.h"
#include "tools/report/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS_MAX = 20000, LINES_MAX = 200, ROW_HEIGHT = 30, HEIGHT_BESIDES = 90 };

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
		html_rows_begin(to);
		html_row(to, "mount", "%s on %s, data path %s", text_of(mount, "source"),
			 text_of(mount, "mountpoint"), text_of(mount, "data_path"));
		html_row(to, "began", "%s", text_of(mount, "time"));
		html_row(to, "seed", "%" PRId64, seed_of(mount));
		html_row(to, "rules", "%zu", json_array_size(json_object_get(mount, "rules")));
		html_row(to, "foliostorm", "%s", text_of(mount, "version"));
		html_table_end(to);
	}
}

/* Draws a point for each event, in a row for each action of a rule. */
static char *plot_rules(const struct log_data *data, unsigned int width)
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
	plot_svg(script, width, HEIGHT_BESIDES + ROW_HEIGHT * (unsigned int)data->row_count, &svg);
	free(script);
	return svg;
}

static void print_rules(FILE *to, struct log_data *data)
{
	static const char *const headings[] = { "rule",  "action", "#events", "#errors",
						"first", "last",   NULL };
	struct html_table table;
	char text[16];

	if (!data->row_count)
		return;
	html_text(to, "h2", "What the rules did");
	html_picture(to, plot_rules(data, HTML_BROAD), plot_rules(data, HTML_NARROW),
		     "when each rule did something");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < data->row_count; i++) {
		const struct log_row *row = &data->rows[i];

		html_cell(&table, "%s", row->rule);
		html_cell(&table, "%s", row->action);
		html_cell_count(&table, row->events);
		html_cell_count(&table, row->errors);
		html_cell(&table, "%s", time_text(row->first, text));
		html_cell(&table, "%s", time_text(row->last, text));
	}
	html_table_end(to);
}

static void print_quantiles(struct html_table *table, struct log_values *values)
{
	static const double quantiles[] = { 0.5, 0.99, 1 };
	char text[32];

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		html_cell(table, "%s",
			  values ? duration(log_quantile(values, quantiles[i]), text) : "");
}

static void print_latencies(FILE *to, struct log_data *data)
{
	static const char *const headings[] = {
		"rule",       "action",     "#asked p50",  "#asked p99", "#asked most",
		"#given p50", "#given p99", "#given most", "#cut short", NULL,
	};
	struct html_table table;
	bool any = false;

	for (size_t i = 0; i < data->row_count; i++)
		any |= data->rows[i].given.count;
	if (!any)
		return;
	html_text(to, "h2", "Latencies asked for and given");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < data->row_count; i++) {
		struct log_row *row = &data->rows[i];

		if (!row->given.count)
			continue;
		html_cell(&table, "%s", row->rule);
		html_cell(&table, "%s", row->action);
		/* A hold has no requested time. */
		print_quantiles(&table, strcmp(row->action, "hold") ? &row->asked : NULL);
		print_quantiles(&table, &row->given);
		html_cell_count(&table, row->cut_short);
	}
	html_table_end(to);
}

static int most_first(const void *a, const void *b)
{
	const struct log_process *one = a, *other = b;

	return (one->events < other->events) - (one->events > other->events);
}

static void print_processes(FILE *to, struct log_data *data)
{
	static const char *const headings[] = { "thread", "operation", "#events", NULL };
	size_t shown = data->process_count < LINES_MAX ? data->process_count : LINES_MAX;
	struct html_table table;

	if (!shown)
		return;
	qsort(data->processes, data->process_count, sizeof(*data->processes), most_first);
	html_text(to, "h2", "Operations by process");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < shown; i++) {
		const struct log_process *process = &data->processes[i];

		if (process->pid)
			html_cell(&table, "%" PRId64, process->pid);
		else
			html_cell(&table, "the kernel");
		html_cell(&table, "%s", process->operation);
		html_cell_count(&table, process->events);
	}
	html_table_end(to);
	if (shown < data->process_count)
		html_printf(to, "p", "and %zu more", data->process_count - shown);
}

static void print_losses(FILE *to, const struct log_data *data)
{
	static const char *const headings[] = { "path", "what", NULL };
	size_t shown = data->loss_count < LINES_MAX ? data->loss_count : LINES_MAX;
	struct html_table table;
	char count[32];

	if (!shown)
		return;
	html_text(to, "h2", "What a power cut took");
	html_table_begin(&table, to, headings);
	for (size_t i = 0; i < shown; i++) {
		html_cell(&table, "%s", data->losses[i].path);
		if (data->losses[i].is_name)
			html_cell(&table, "the name is as it was before");
		else
			html_cell(&table, "%s bytes",
				  units_format_count(data->losses[i].bytes, count, sizeof(count)));
	}
	html_table_end(to);
	if (shown < data->loss_count)
		html_printf(to, "p", "and %zu more", data->loss_count - shown);
}

void log_page(FILE *to, struct log_data *data, const char *title)
{
	char count[32];

	html_begin(to, title ? title : "The log of a mount");
	print_mounts(to, data);
	html_printf(to, "p", "Events: %s.", units_format_count(data->events, count, sizeof(count)));
	if (data->damaged)
		html_printf(to, "p class=\"note\"",
			    "%" PRIu64 " lines are not events, and are left out.", data->damaged);
	print_rules(to, data);
	print_latencies(to, data);
	print_processes(to, data);
	print_losses(to, data);
	html_end(to);
}
