/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "tools/base/html.h"
#include "tools/base/plot.h"
#include "tools/report/fields.h"
#include "tools/report/result_pages.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, ROW_HEIGHT = 24, HEIGHT_BESIDES = 70 };

/* Writes what a setting changes, or that it is the original. Returns text. */
static const char *describe(const json_t *setting, char *text, size_t size)
{
	const char *key;
	const json_t *value;
	size_t used = 0;

	snprintf(text, size, "the original");
	json_object_foreach (json_object_get(setting, "values"), key, value)
		used = append_text(text, size, used, "%s%s=%s", used ? ", " : "", key,
				   json_string_value(value));
	return text;
}

static bool was_tried(const json_t *phase)
{
	return number_of(phase, "trials") > 0;
}

/* The phase with the best numbers: the final, or the search if it had none. */
static const json_t *phase_of(const json_t *setting)
{
	const json_t *final = json_object_get(setting, "final");

	return was_tried(final) ? final : json_object_get(setting, "search");
}

/* Draws the rates of the best settings with their intervals, in the order of the table. */
static char *plot_rates(const json_t *result, unsigned int width)
{
	const json_t *settings = json_object_get(result, "settings"), *setting;
	size_t count = json_array_size(settings), size, i;
	char *script = NULL, *svg = NULL;
	FILE *to;

	count = count < SHOWN ? count : SHOWN;
	if (!count || !plot_available())
		return NULL;
	to = open_memstream(&script, &size);
	if (!to)
		return NULL;
	fputs("$rates << EOD\n", to);
	json_array_foreach (settings, i, setting) {
		const json_t *phase = phase_of(setting);

		if (i < count)
			fprintf(to, "%zu %g %g %g\n", count - i, number_of(phase, "rate"),
				number_of(phase, "low"),
				fmax(number_of(phase, "high"), number_of(phase, "rate")));
	}
	fprintf(to,
		"EOD\nunset key\nset grid x\nset xrange [0:*]\nset yrange [0.3:%zu.7]\nset ytics (",
		count);
	for (i = 0; i < count; i++)
		fprintf(to, "%s'%zu' %zu", i ? ", " : "", i + 1, count - i);
	fputs(")\nset ylabel 'place'\nset xlabel ", to);
	plot_text(to, text_of(result, "goal"));
	fputs(".' per second of storm, with 95 % intervals'\n"
	      "plot $rates using 2:1:3:4 with xerrorbars linecolor rgb '#08519c' pointtype 7\n",
	      to);
	fclose(to);
	plot_svg(script, width, HEIGHT_BESIDES + ROW_HEIGHT * (unsigned int)count, &svg);
	free(script);
	return svg;
}

static void print_settings(FILE *to, const json_t *result)
{
	static const char *const headings[] = { "#place",     "values",     "#per second",
						"#95 % from", "#to",        "#punches hit",
						"#trials",    "decided in", NULL };
	const json_t *setting;
	struct html_table table;
	char text[1024];
	size_t i;

	html_table_begin(&table, to, headings);
	json_array_foreach (json_object_get(result, "settings"), i, setting) {
		const json_t *phase = phase_of(setting);

		html_cell(&table, "%zu", i + 1);
		html_cell(&table, "%s", describe(setting, text, sizeof(text)));
		html_cell(&table, "%.2f", number_of(phase, "rate"));
		html_cell(&table, "%.2f", number_of(phase, "low"));
		if (json_is_number(json_object_get(phase, "high")))
			html_cell(&table, "%.2f", number_of(phase, "high"));
		else
			html_cell(&table, "no limit");
		html_cell(&table, "%.1f %%", 100 * number_of(phase, "hit_rate"));
		html_cell(&table, "%.0f", number_of(phase, "trials"));
		html_cell(&table, "%s",
			  was_tried(json_object_get(setting, "final")) ? "final" : "search");
	}
	html_table_end(to);
}

static void print_claim(FILE *to, const json_t *result)
{
	const json_t *over = json_object_get(result, "over_original");
	bool better = json_is_true(json_object_get(result, "better"));

	fprintf(to, "<div class=\"verdict %s\">", better ? "CLEAN" : "INCONCLUSIVE");
	html_text(to, "b", better ? "A better setting was found" : "No setting is proven better");
	if (json_is_object(over))
		html_printf(
			to, "p",
			"The best setting gives %.2f more %s per second than the original (95 %%: "
			"%.2f to %.2f), by %.0f rounds side by side.",
			number_of(over, "difference"), text_of(result, "goal"),
			number_of(over, "low"), number_of(over, "high"), number_of(over, "rounds"));
	else
		html_text(to, "p",
			  "Either the original is the best of what was tried, or too few rounds "
			  "compare it with the best one.");
	if (json_is_false(json_object_get(result, "complete")))
		html_text(to, "p", "The tuning was interrupted.");
	fputs("</div>\n", to);
}

void tune_page_print(FILE *to, const json_t *result)
{
	const json_t *vary = json_object_get(result, "vary"), *key;
	size_t i;

	print_claim(to, result);
	html_text(to, "h2", "The tuning");
	html_rows_begin(to);
	html_row(to, "kernel", "%s",
		 strcmp(text_of(result, "where"), "here") ? text_of(result, "where")
							  : "this machine's");
	html_row(to, "goal", "%s per second of storm", text_of(result, "goal"));
	json_array_foreach (vary, i, key)
		html_row(to, "varied", "%s", json_string_value(key));
	html_row(to, "trials", "%.0f of %s each, in %.0f s", number_of(result, "trials"),
		 text_of(result, "duration"), number_of(result, "spent_seconds"));
	html_row(to, "settings", "%zu of %.0f, the original included",
		 json_array_size(json_object_get(result, "settings")),
		 number_of(result, "combinations") + 1);
	html_row(to, "seed", "%" PRId64, seed_of(result));
	html_row(to, "foliostorm", "%s", text_of(result, "version"));
	html_table_end(to);
	html_text(to, "h2", "The settings, the best first");
	html_picture(to, plot_rates(result, HTML_BROAD), plot_rates(result, HTML_NARROW),
		     "Rates of the best settings with their intervals");
	print_settings(to, result);
	html_text(to, "h2", "The scenario");
	html_text(to, "p",
		  number_of(result, "best") > 0 ? "As it was; tuned.cfg has the best setting."
						: "As it was, which is the best setting.");
	html_text(to, "pre", text_of(result, "scenario"));
}
