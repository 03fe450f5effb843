/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_plots.h"
#include "injector/base/report.h"
#include "tools/base/html.h"
#include "tools/base/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { PAIRS_MAX = 5000, CURVES_MAX = 8, REQUESTS_MIN = 20 };

struct drawing {
	char *script;
	size_t size;
	FILE *to;
	unsigned int width;
};

static bool begin(struct drawing *drawing, unsigned int width)
{
	if (!plot_available())
		return false;
	drawing->width = width;
	drawing->to = open_memstream(&drawing->script, &drawing->size);
	if (!drawing->to)
		report(-ENOMEM, "a picture");
	return drawing->to;
}

static char *end(struct drawing *drawing, unsigned int height)
{
	char *svg = NULL;

	fclose(drawing->to);
	plot_svg(drawing->script, drawing->width, height, &svg);
	free(drawing->script);
	return svg;
}

/* A round distance between tics; a narrow picture has room for five tics. */
static double marks_of(double range)
{
	double power = pow(10, floor(log10(fmax(range, 1e-3) / 4)));
	double step = range / 4 / power;

	return power * (step > 5 ? 10 : step > 2 ? 5 : step > 1 ? 2 : 1);
}

static double timeline_end(const struct report_timeline *timeline)
{
	double end = 0;

	for (int i = 0; i < SPANS; i++)
		end = fmax(end, timeline->spans[i].name ? timeline->spans[i].to : 0);
	return end;
}

char *report_plot_timeline(const struct report_data *data, unsigned int width)
{
	const struct report_timeline *timeline = &data->timeline;
	struct drawing drawing;
	double unit = report_timeline_unit(timeline);
	int row = 0;

	if (!timeline->has_punch || !begin(&drawing, width))
		return NULL;
	fprintf(drawing.to,
		"set style fill solid 0.6 noborder\nset grid xtics\nunset key\n"
		"set xtics %g\nset xlabel '%s from the start of the punch'\nset ytics (",
		marks_of(timeline_end(timeline) / unit), unit > 1 ? "ms" : "us");
	for (int i = 0; i < SPANS; i++)
		if (timeline->spans[i].name) {
			fputs(row ? ", " : "", drawing.to);
			plot_text(drawing.to, timeline->spans[i].name);
			fprintf(drawing.to, " %d", -row++);
		}
	fprintf(drawing.to, ")\nset yrange [%d:0.7]\n$spans << EOD\n", -row);
	row = 0;
	for (int i = 0; i < SPANS; i++)
		if (timeline->spans[i].name) {
			fprintf(drawing.to, "%.3f %d %.3f %.3f %.2f %.2f %d\n",
				timeline->spans[i].from / unit, -row,
				timeline->spans[i].from / unit, timeline->spans[i].to / unit,
				-row - 0.3, -row + 0.3, i + 1);
			row++;
		}
	fputs("EOD\nplot $spans using 1:2:3:4:5:6:7 with boxxyerror linecolor variable\n",
	      drawing.to);
	return end(&drawing, 240);
}

/* Draws ranges of marked pages as bars below the map. */
static void add_strip(FILE *to, const bool *marked, unsigned int pages, double low, double high,
		      const char *color)
{
	unsigned int from;

	for (unsigned int page = 0; page < pages; page++) {
		if (!marked[page])
			continue;
		from = page;
		while (page + 1 < pages && marked[page + 1])
			page++;
		fprintf(to,
			"set object rectangle from %.1f,%.2f to %.1f,%.2f fillcolor rgb '%s' "
			"fillstyle solid 0.8 noborder\n",
			from - 0.5, low, page + 0.5, high, color);
	}
}

/* Returns the largest number of reads of a pair. */
static uint32_t add_pairs(FILE *to, const struct report_data *data, unsigned int pages)
{
	uint32_t most = 0;
	int left = PAIRS_MAX;

	fputs("$pairs << EOD\n", to);
	for (unsigned int read = 0; read < pages; read++)
		for (unsigned int got = 0; got < pages && left; got++)
			if (data->served[read][got]) {
				fprintf(to, "%u %u %u\n", read, got, data->served[read][got]);
				most = data->served[read][got] > most ? data->served[read][got]
								      : most;
				left--;
			}
	/* A point out of sight: gnuplot fails on a plot without points. */
	fputs("-1000000 -1000000 1\nEOD\n", to);
	return most;
}

/* Draws the punched pages as a band over the full height, wide enough to be visible. */
static void add_hole(FILE *to, const struct report_map *map)
{
	double least = map->pages / 128.0, middle = map->first + (map->count - 1) / 2.0;
	double half = fmax(map->count, least) / 2;

	fprintf(to,
		"set object rectangle from %.2f,graph 0 to %.2f,graph 1 behind fillcolor rgb "
		"'#b0b0b0' fillstyle solid 0.6 noborder\nset label 'hole' at %.2f,graph 0.95 right "
		"offset -0.5,0 front\n",
		middle - half, middle + half, middle - half);
}

char *report_plot_map(const struct report_data *data, const struct report_map *map,
		      unsigned int width)
{
	unsigned int pages = map->known ? map->pages : REPORT_PAGES;
	bool wrong[REPORT_PAGES], is_narrow = width < HTML_BROAD;
	struct drawing drawing;
	double unit = pages / (is_narrow ? 60.0 : 100.0);
	uint32_t most;

	if ((!map->known && !data->hits) || !begin(&drawing, width))
		return NULL;
	for (unsigned int i = 0; i < REPORT_PAGES; i++)
		wrong[i] = data->wrong[i] != 0;
	if (map->known)
		add_hole(drawing.to, map);
	add_strip(drawing.to, map->exposed, map->known ? pages : 0, -4 * unit, -2 * unit,
		  "#e8a317");
	add_strip(drawing.to, map->read, map->known ? pages : 0, -7 * unit, -5 * unit, "#3b78c4");
	add_strip(drawing.to, wrong, pages, -10 * unit, -8 * unit, "#c0302f");
	most = add_pairs(drawing.to, data, pages);
	/* A single colour needs no scale; a narrow picture has no room for it. */
	if (most > 1 && !is_narrow)
		fputs("set cblabel 'reads'\nset logscale cb\nset cbrange [1:*]\nset format cb "
		      "'%g'\n",
		      drawing.to);
	else
		fprintf(drawing.to, "unset colorbox\nset cbrange [0:%u]\n", most + 1);
	fprintf(drawing.to,
		"set xrange [-0.5:%.1f]\nset yrange [%.2f:%.1f]\nset xlabel 'page of the folio "
		"that was read'\nset ylabel 'page whose bytes came'\nset palette defined (0 "
		"'#f0b090', 1 '#a00000')\nset key outside top center horizontal\n"
		"set ytics add ('exposed' %.2f, 'read' %.2f, 'wrong' %.2f)\n"
		"plot x >= 0 ? x : NaN with lines linecolor rgb '#bbbbbb' title 'the right page', "
		"$pairs using 1:2:3 with points pointtype 7 pointsize %s linecolor palette title "
		"'wrong reads'\n",
		pages - 0.5, -11 * unit, pages - 0.5, -3 * unit, -6 * unit, -9 * unit,
		is_narrow ? "0.35" : "0.45");
	return end(&drawing, is_narrow ? 420 : 640);
}

char *report_plot_rate(const struct report_data *data, unsigned int width)
{
	double seconds = (double)data->bin_ns / 1e9;
	struct drawing drawing;
	/* Joins bins if there are many, so that each has punches. */
	size_t used = (size_t)(data->last_ns / data->bin_ns) + 1, step = used / 64 + 1;

	if (!data->punches || !begin(&drawing, width))
		return NULL;
	fputs("$bins << EOD\n", drawing.to);
	for (size_t i = 0; i < REPORT_BINS; i += step) {
		struct report_bin sum = { 0, 0, 0 };

		for (size_t k = i; k < i + step && k < REPORT_BINS; k++) {
			sum.punches += data->bins[k].punches;
			sum.punches_hit += data->bins[k].punches_hit;
		}
		if (sum.punches)
			fprintf(drawing.to, "%.6f %.3f %.3f\n",
				((double)i + (double)step / 2) * seconds,
				fmin(100, 100.0 * (double)sum.punches_hit / (double)sum.punches),
				(double)sum.punches / ((double)step * seconds));
	}
	fprintf(drawing.to,
		"EOD\nset grid\nset xlabel 'seconds since the run began'\nset ylabel 'hits, %% of "
		"punches'\nset yrange [0:105]\nset y2label 'punches a second'\nset y2tics\nset "
		"y2range [0:*]\nset ytics nomirror\nset key outside top center horizontal\n"
		"plot $bins using 1:3 axes x1y2 with lines linecolor rgb '#999999' title 'punches "
		"a "
		"second', $bins using 1:2 with linespoints pointtype 7 pointsize 0.4 linecolor rgb "
		"'#c0302f' title 'hits, %% of punches'\n");
	return end(&drawing, 360);
}

static json_int_t count_of(const json_t *operation)
{
	return json_integer_value(json_object_get(operation, "count"));
}

/* Writes the buckets of a histogram. Returns their number. */
static size_t add_histogram(FILE *to, const json_t *operation)
{
	const json_t *histogram = json_object_get(operation, "histogram");
	double total = (double)count_of(operation);
	size_t i, lines = 0;
	json_t *bucket;

	json_array_foreach (histogram, i, bucket) {
		double end_ns = json_number_value(json_array_get(bucket, 0));
		double count = json_number_value(json_array_get(bucket, 1));

		if (end_ns > 0 && count >= 0 && total > 0) {
			fprintf(to, "%.4g %.4g\n", end_ns / 1e9, 100 * count / total);
			lines++;
		}
	}
	return lines;
}

char *report_plot_latencies(const struct report_data *data, unsigned int width)
{
	const json_t *operations = json_object_get(data->identity, "operations"), *operation;
	const char *names[CURVES_MAX], *name;
	struct drawing drawing;
	size_t curves = 0;

	if (!json_object_size(operations) || !begin(&drawing, width))
		return NULL;
	json_object_foreach ((json_t *)operations, name, operation) {
		if (curves == CURVES_MAX)
			break;
		if (count_of(operation) < REQUESTS_MIN)
			continue;
		fprintf(drawing.to, "$operation%zu << EOD\n", curves);
		if (add_histogram(drawing.to, operation))
			names[curves++] = name;
		fputs("EOD\n", drawing.to);
	}
	fprintf(drawing.to,
		"set logscale x\nset grid\nset xlabel 'from arrival to answer'\nset "
		"ylabel '%% of the requests'\nset format x '%%.0s %%cs'\nset yrange [0:*]\nset key "
		"outside %s\n",
		width < HTML_BROAD ? "top center horizontal" : "right");
	for (size_t i = 0; i < curves; i++) {
		fprintf(drawing.to,
			"%s $operation%zu using 1:2 with linespoints pointtype 7 pointsize "
			"0.4 title ",
			i ? "," : "plot", i);
		plot_text(drawing.to, names[i]);
	}
	fputc('\n', drawing.to);
	if (curves)
		return end(&drawing, 360);
	fclose(drawing.to);
	free(drawing.script);
	return NULL;
}
