/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_plot.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/plot.h"
#include "tools/tune/tune_result.h"

#include <errno.h>

/* Most words that can be read on an axis; rows of the picture of several keys. */
enum { WORDS_MAX = 24, ROWS_MAX = 20 };

/* Search and final together, since the picture shows all trials. */
static struct rate_sum sum_of(const struct tune *tune, size_t setting)
{
	const struct contest_arm *arm = contest_arm(tune->contest, setting);
	struct rate_sum sum = arm->search;

	sum.trials += arm->final.trials;
	sum.count += arm->final.count;
	sum.seconds += arm->final.seconds;
	sum.count_count += arm->final.count_count;
	sum.count_seconds += arm->final.count_seconds;
	sum.seconds_seconds += arm->final.seconds_seconds;
	return sum;
}

/* Writes "RATE LOW HIGH" for a setting that was tried. */
static void write_rate(FILE *script, const struct tune *tune, size_t setting)
{
	struct rate_sum sum = sum_of(tune, setting);
	struct rate_interval interval =
		rate_interval(&sum, contest_noise(tune->contest), CONTEST_CONFIDENCE);

	fprintf(script, "%g %g %g\n", rate_of(&sum), interval.low, interval.high);
}

static bool was_tried(const struct tune *tune, size_t setting)
{
	return sum_of(tune, setting).trials;
}

static void write_label(FILE *script, const char *axis, const char *format, const char *name)
{
	char text[256];

	snprintf(text, sizeof(text), format, name);
	fprintf(script, "set %s ", axis);
	plot_text(script, text);
	fputc('\n', script);
}

/* Labels an axis with the values of a key. */
static void write_words(FILE *script, const char *axis, const struct space_key *key)
{
	size_t every = (key->count + WORDS_MAX - 1) / WORDS_MAX;

	fprintf(script, "set %stics (", axis);
	for (size_t i = 0; i < key->count; i += every) {
		fputs(i ? ", " : "", script);
		plot_text(script, key->values[i].text);
		fprintf(script, " %zu", i);
	}
	fprintf(script, ")\nset %srange [-0.6:%g]\n", axis, (double)key->count - 0.4);
}

/* Values in the given order, equally spaced. */
static void plot_one_key(FILE *script, const struct tune *tune)
{
	const struct space_key *key = &tune->space.keys[0];
	struct rate_sum original = sum_of(tune, 0);

	fputs("$rates << EOD\n", script);
	for (size_t value = 0; value < key->count; value++)
		for (size_t i = 1; i < contest_settings(tune->contest); i++)
			if (tune->space.settings[i].value[0] == value && was_tried(tune, i)) {
				fprintf(script, "%zu ", value);
				write_rate(script, tune, i);
			}
	fputs("EOD\nset yrange [0:*]\nset grid\n", script);
	write_words(script, "x", key);
	write_label(script, "xlabel", "%s", key->path);
	write_label(script, "ylabel", "%s per second", tune->config->goal->name);
	fputs(key->numeric ? "plot $rates using 1:3:4 with filledcurves fillcolor rgb '#c6dbef' "
			     "title '95 %', $rates using 1:2 with linespoints linecolor rgb "
			     "'#08519c' pointtype 7 pointsize 0.6 title 'rate', "
			   : "plot $rates using 1:2:3:4 with yerrorbars linecolor rgb '#08519c' "
			     "pointtype 7 title 'rate, 95 %', ",
	      script);
	fprintf(script, "%g with lines dashtype 2 linecolor rgb '#888888' title 'the original'",
		rate_of(&original));
}

static void plot_map(FILE *script, const struct tune *tune)
{
	fputs("$rates << EOD\n", script);
	for (size_t i = 1; i < contest_settings(tune->contest); i++) {
		if (!was_tried(tune, i))
			continue;
		fprintf(script, "%u %u ", tune->space.settings[i].value[0],
			tune->space.settings[i].value[1]);
		write_rate(script, tune, i);
	}
	fputs("EOD\nset cbrange [0:*]\nset style fill solid noborder\n"
	      "set palette defined (0 '#f7fbff', 1 '#6baed6', 2 '#08306b')\n"
	      "set object rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb '#eeeeee'\n",
	      script);
	write_words(script, "x", &tune->space.keys[0]);
	write_words(script, "y", &tune->space.keys[1]);
	fputs("set xtics rotate by -45\n", script);
	write_label(script, "xlabel", "%s", tune->space.keys[0].path);
	write_label(script, "ylabel", "%s", tune->space.keys[1].path);
	write_label(script, "cblabel", "%s per second (grey: not tried)", tune->config->goal->name);
	fputs("plot $rates using 1:2:(0.5):(0.5):3 with boxxyerror linecolor palette notitle",
	      script);
}

static void plot_best(FILE *script, const struct tune *tune, const size_t *order, size_t count)
{
	char text[512];
	size_t rows = count < ROWS_MAX ? count : ROWS_MAX;

	fputs("$rates << EOD\n", script);
	for (size_t i = 0; i < rows; i++) {
		fprintf(script, "%zu ", rows - i);
		write_rate(script, tune, order[i]);
	}
	fputs("EOD\nset xrange [0:*]\nset grid x\nset ytics (", script);
	for (size_t i = 0; i < rows; i++) {
		fputs(i ? ", " : "", script);
		plot_text(script, space_describe(&tune->space, order[i], text, sizeof(text)));
		fprintf(script, " %zu", rows - i);
	}
	fprintf(script, ") font ',8'\nset yrange [0.3:%zu.7]\n", rows);
	write_label(script, "xlabel", "%s per second, with 95 %% intervals; the best 20 settings",
		    tune->config->goal->name);
	fputs("plot $rates using 2:1:3:4 with xerrorbars linecolor rgb '#08519c' pointtype 7 "
	      "notitle",
	      script);
}

int tune_plot(const struct tune *tune, const char *path)
{
	_cleanup_free_ size_t *order = calloc(contest_settings(tune->contest), sizeof(*order));
	size_t count = order ? contest_order(tune->contest, order) : 0, size;
	_cleanup_free_ char *text = NULL;
	FILE *script = open_memstream(&text, &size);

	if (!order || !script)
		return report(-ENOMEM, "a picture");
	write_label(script, "title", "%s", tune->scenario.title);
	if (tune->space.key_count == 2)
		plot_map(script, tune);
	else if (tune->space.key_count > 2)
		plot_best(script, tune, order, count);
	else
		plot_one_key(script, tune);
	fclose(script);
	return plot_write(text, tune->space.key_count > 2 ? 1200 : 900, 600, path);
}
