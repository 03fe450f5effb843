/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_page.h"
#include "injector/base/array.h"
#include "tools/base/html.h"
#include "tools/base/markup.h"
#include "tools/base/plot.h"
#include "tools/base/quote.h"
#include "tools/report/fields.h"
#include "tools/report/report_map.h"
#include "tools/report/report_parts.h"
#include "tools/report/report_sequence.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A plain sentence for verdict and expectation. */
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

void report_page_verdict(FILE *to, const json_t *result)
{
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

static void print_verdict(FILE *to, const struct report_data *data)
{
	if (data->result)
		report_page_verdict(to, data->result);
	else
		html_text(to, "div class=\"verdict ERROR\"",
			  "The run has left no result: it was killed, or is still at work. What "
			  "follows is what its events say.");
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

/* Whether it is a version for --kernel, such as "6.18.9" or "6.18.9:rt-amd64". */
static bool is_version(const char *kernel)
{
	static const char letters[] = "0123456789.:abcdefghijklmnopqrstuvwxyz-";

	return isdigit((unsigned char)*kernel) && !kernel[strspn(kernel, letters)];
}

/* Prints the shell command that runs it again. */
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
			is_version(kernel) ? "--kernel" : "--image");
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

/* Prints the command to bundle and repeat the run. */
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

void report_page(FILE *to, const struct report_data *data, const char *title)
{
	const char *own = text_of(data->identity, "title");

	html_begin(to, title ? title : *own ? own : "A run");
	if (title && *own)
		html_text(to, "p", own);
	print_verdict(to, data);
	print_cut(to, data);
	if (!plot_available())
		html_text(to, "p class=\"note\"",
			  "gnuplot is not installed where this was made: there are tables instead "
			  "of pictures.");
	report_part_facts(to, data);
	report_part_workload(to, data);
	report_part_timeline(to, data, true);
	report_sequence_print(to, data, true);
	report_map_print(to, data);
	report_part_rate(to, data);
	report_part_hits(to, data);
	report_part_latencies(to, data);
	report_part_rules(to, data);
	report_part_kernel_log(to, data);
	report_part_preconditions(to, data);
	print_again(to, data);
	html_end(to);
}

void report_page_summary(FILE *to, const struct report_data *data)
{
	print_verdict(to, data);
	print_cut(to, data);
	report_part_facts(to, data);
	report_part_timeline(to, data, false);
	report_sequence_print(to, data, false);
	print_command(to, data);
}
