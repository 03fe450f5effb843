/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "tools/base/html.h"
#include "tools/base/load_json.h"
#include "tools/base/open_output.h"
#include "tools/base/save.h"
#include "tools/base/words.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/matrix/matrix_html.h"
#include "tools/matrix/matrix_merge.h"
#include "tools/report/log_page.h"
#include "tools/report/report_page.h"
#include "tools/report/report_trace.h"
#include "tools/report/result_pages.h"
#include "tools/verdict/result_schema.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_OUTPUT = 'o',
	OPTION_TITLE = 't',
	OPTION_SCHEMA = 0x100,
	OPTION_KEYS,
	OPTION_FORMAT,
	OPTION_HISTORY,
	HISTORY_MAX = 64
};

/* Output formats of a directory. */
static const struct format {
	const char *name, *file; /* default output file, in the directory */
	bool is_trace;
} formats[] = {
	{ "html", "/report.html", false },
	{ "perfetto", "/trace.json", true },
	{ .name = NULL },
};

struct arguments {
	const char *directory, *output;
	const char *title; /* NULL: that of the kind of page */
	const struct format *format;
	const char *history[HISTORY_MAX]; /* of a matrix: earlier tables */
	size_t history_count;
};

static const struct argp_option options[] = {
	{ "output", OPTION_OUTPUT, "FILE", 0,
	  "The file to write (report.html in DIR, trace.json for perfetto, LOG.html "
	  "for a log); - is standard output",
	  0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0,
	  "html (the default), or perfetto: a trace of a run for ui.perfetto.dev", 0 },
	{ "title", OPTION_TITLE, "TEXT", 0,
	  "Title of the page, such as the number of a case (that of the scenario)", 0 },
	{ "history", OPTION_HISTORY, "MATRIX", 0,
	  "For a matrix: draw the hit rates of that earlier matrix (directory or "
	  "matrix.json) into each cell; may be given up to 64 times, the oldest first",
	  0 },
	{ "schema", OPTION_SCHEMA, "NAME", 0,
	  "Print the JSON Schema of result.json (result), of a line of events.jsonl (events) or "
	  "of repeat.json (repeat), and exit",
	  0 },
	{ "keys", OPTION_KEYS, "TABLE[:man]", 0,
	  "Print a reference of keys of results or events, in Markdown or for man, "
	  "and exit",
	  0 },
	{ 0 },
};

static void print_keys(struct argp_state *state, const char *argument)
{
	char name[64], names[128];
	size_t length = strcspn(argument, ":");
	enum prose_form form = strcmp(argument + length, ":man") ? PROSE_MARKDOWN : PROSE_MAN;

	snprintf(name, sizeof(name), "%.*s", (int)length, argument);
	if ((argument[length] && form != PROSE_MAN) || result_reference(stdout, name, form))
		argp_error(state,
			   "--keys=%s: allowed: %s, the names of events, KIND-details of a "
			   "workload; with :man behind it",
			   argument, result_reference_names(names, sizeof(names)));
}

static void print_schema(struct argp_state *state, const char *name)
{
	json_t *schema = result_schema(name);
	char names[64];

	if (!schema)
		argp_error(state, "--schema=%s: allowed: %s", name,
			   result_schema_names(names, sizeof(names)));
	command_line_print_json(schema);
	json_decref(schema);
}

static const struct format *find_format(struct argp_state *state, const char *name)
{
	char names[64];

	for (const struct format *format = formats; format->name; format++)
		if (!strcmp(format->name, name))
			return format;
	argp_error(state, "--format=%s: allowed: %s", name,
		   words_join(&formats->name, sizeof(*formats), names, sizeof(names)));
	return formats;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		arguments->output = argument;
		return 0;
	case OPTION_TITLE:
		arguments->title = argument;
		return 0;
	case OPTION_HISTORY:
		if (arguments->history_count == HISTORY_MAX)
			argp_error(state, "--history: allowed are up to %d", HISTORY_MAX);
		arguments->history[arguments->history_count++] = argument;
		return 0;
	case OPTION_FORMAT:
		arguments->format = find_format(state, argument);
		return 0;
	case OPTION_SCHEMA:
		command_line_alone(state, "--schema", argument);
		print_schema(state, argument);
		command_line_end();
	case OPTION_KEYS:
		command_line_alone(state, "--keys", argument);
		print_keys(state, argument);
		command_line_end();
	default:
		return command_line_take_one(key, argument, state, "directory or log",
					     &arguments->directory);
	}
}

/* A page, written atomically. */
struct page {
	FILE *to;
	char path[PATH_MAX + 16]; /* "": standard output */
	struct save save;
};

static int open_page(const struct arguments *arguments, struct page *page)
{
	char why[NAME_MAX + 160];
	struct stat status;
	int r;

	*page = (struct page){ .to = stdout };
	if (arguments->output && !strcmp(arguments->output, "-"))
		return 0;
	if (arguments->output)
		snprintf(page->path, sizeof(page->path), "%s", arguments->output);
	else
		snprintf(page->path, sizeof(page->path), "%s%s", arguments->directory,
			 log_data_is_log(arguments->directory) ? ".html" : arguments->format->file);
	r = look_at_output(page->path, &status, why, sizeof(why));
	if (r && r != -ENOENT)
		return report(0, "%s: %s", page->path, why), EXIT_RUN_ERROR;
	if (save_begin(&page->save, page->path))
		return EXIT_RUN_ERROR;
	page->to = page->save.file;
	return 0;
}

static int close_page(struct page *page)
{
	if (!*page->path)
		return 0;
	if (save_end(&page->save, page->path))
		return EXIT_RUN_ERROR;
	printf("%s\n", page->path);
	return 0;
}

/* Refuses an empty trace, which would look like a run in which nothing happened. Returns 0, or
 * -EINVAL (reported). */
static int check_trace(const struct report_trace *trace, const struct report_data *data)
{
	if (data->cut)
		report(0,
		       "%s/events.jsonl: its last line is cut off; what came behind it is not in "
		       "the trace",
		       data->directory);
	if (trace->count || json_array_size(data->steps))
		return 0;
	return report(0, "%s/events.jsonl: %s; a trace would be empty", data->directory,
		      !data->has_events ? "is not there"
		      : data->lines     ? "has no event that a trace shows"
					: "is empty");
}

static int report_run(const struct arguments *arguments, struct report_data *data)
{
	struct report_trace trace = { .count = 0 };
	struct page page;
	int code = EXIT_USAGE;

	if (arguments->format->is_trace) {
		data->each = report_trace_take;
		data->context = &trace;
	}
	if (!report_data_load(data, arguments->directory) &&
	    !(arguments->format->is_trace && check_trace(&trace, data)))
		code = open_page(arguments, &page);
	if (!code) {
		if (!arguments->format->is_trace)
			report_page(page.to, data, arguments->title);
		else if (report_trace_write(page.to, &trace, data))
			code = EXIT_RUN_ERROR;
		code = close_page(&page) ?: code;
	}
	report_trace_release(&trace);
	return code;
}

static bool has(const char *directory, const char *name)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return !access(path, F_OK);
}

static json_t *read_table(const char *path)
{
	json_error_t error;
	json_t *table = load_json(path, &error);

	if (!table)
		report(0, "%s:%d: %s", path, error.line, error.text);
	else if (json_is_array(json_object_get(table, "cells")) &&
		 json_is_array(json_object_get(table, "kernels")) &&
		 json_is_array(json_object_get(table, "scenarios")))
		return table;
	else
		report(0, "%s: not the table of a matrix", path);
	json_decref(table);
	return NULL;
}

/* The table as written, or made from the cells of an interrupted matrix. path: a directory, or the
 * table. */
static json_t *load_table(const char *path)
{
	const char *const directories[] = { path, NULL };
	char file[PATH_MAX + 16];
	struct stat status;
	json_t *table;

	if (!stat(path, &status) && !S_ISDIR(status.st_mode))
		return read_table(path);
	if (!has(path, "matrix.json"))
		return matrix_merge(directories, &table) ? NULL : table;
	snprintf(file, sizeof(file), "%s/matrix.json", path);
	return read_table(file);
}

/* The earlier tables, oldest first; NULL (reported) if one cannot be read. */
static json_t *load_history(const struct arguments *arguments)
{
	json_t *history = json_array();

	for (size_t i = 0; i < arguments->history_count; i++) {
		json_t *table = load_table(arguments->history[i]);

		if (!table) {
			json_decref(history);
			return NULL;
		}
		json_array_append_new(history, table);
	}
	return history;
}

struct cells {
	const char *directory;
	struct report_data *data;
};

/* Prints the run of a cell below the table. */
static void print_part(FILE *to, const char *kernel, const char *scenario, void *context)
{
	const struct cells *cells = context;
	char path[PATH_MAX];

	/* The names are from a file: refuses those that leave the directory. */
	if (strchr(kernel, '/') || strchr(scenario, '/') || !strcmp(kernel, "..") ||
	    !strcmp(scenario, ".."))
		return;
	snprintf(path, sizeof(path), "%s/cells/%s/%s", cells->directory, kernel, scenario);
	memset(cells->data, 0, sizeof(*cells->data));
	if (!has(path, "result.json"))
		fputs("<p>It has left no result.</p>\n", to);
	else if (!report_data_load(cells->data, path))
		report_page_summary(to, cells->data);
	else
		fputs("<p>What it has left is damaged.</p>\n", to);
	report_data_release(cells->data);
}

static int report_matrix(const struct arguments *arguments, struct report_data *data)
{
	struct cells cells = { arguments->directory, data };
	json_t *table = NULL, *history = NULL;
	struct page page;
	int code = EXIT_USAGE;

	if (arguments->format->is_trace)
		report(0, "%s: a matrix; --format=%s is of one run, such as one in %s/cells",
		       arguments->directory, arguments->format->name, arguments->directory);
	else
		table = load_table(arguments->directory);
	if (table)
		history = load_history(arguments);
	if (history)
		code = open_page(arguments, &page);
	if (!code) {
		matrix_html(page.to,
			    &(const struct matrix_page){
				    .table = table,
				    .title = arguments->title,
				    .history = history,
				    .part = has(arguments->directory, "cells") ? print_part : NULL,
				    .context = &cells,
			    });
		code = close_page(&page);
	}
	json_decref(history);
	json_decref(table);
	return code;
}

/* Reports on the results of many runs. */
static int report_many(const struct arguments *arguments, const struct result_page *kind)
{
	char path[PATH_MAX + 32];
	json_error_t error;
	struct page page;
	json_t *result;
	int code = EXIT_USAGE;

	snprintf(path, sizeof(path), "%s/%s", arguments->directory, kind->file);
	result = load_json(path, &error);
	if (!result)
		report(0, "%s:%d: %s", path, error.line, error.text);
	else if (arguments->format->is_trace)
		report(0, "%s: %s; --format=%s is of one run", arguments->directory, kind->what,
		       arguments->format->name);
	else if (!json_is_array(json_object_get(result, kind->key)))
		report(0, "%s: not what %s leaves; \"%s\" is not there", path, kind->what,
		       kind->key);
	else
		code = open_page(arguments, &page);
	if (!code) {
		html_begin(page.to, arguments->title ? arguments->title : kind->title);
		kind->print(page.to, result);
		html_end(page.to);
		code = close_page(&page);
	}
	json_decref(result);
	return code;
}

/* The kind of page for a directory of many runs; NULL: it is of one run, or of a matrix. */
static const struct result_page *find_page(const char *directory)
{
	for (const struct result_page *kind = result_pages; kind->file; kind++)
		if (has(directory, kind->file))
			return kind;
	return NULL;
}

static int report_log(const struct arguments *arguments)
{
	struct log_data data = { .events = 0 };
	struct page page;
	int code = EXIT_USAGE;

	if (arguments->format->is_trace)
		report(0, "%s: the log of a mount; --format=%s is of a run", arguments->directory,
		       arguments->format->name);
	else if (!log_data_load(&data, arguments->directory))
		code = open_page(arguments, &page);
	if (!code && !arguments->format->is_trace) {
		log_page(page.to, &data, arguments->title);
		code = close_page(&page);
	}
	log_data_release(&data);
	return code;
}

static bool is_matrix(const char *directory)
{
	return !has(directory, "result.json") && !has(directory, "events.jsonl") &&
	       (has(directory, "matrix.json") || has(directory, "cells"));
}

/* Refuses options without effect. Returns 0 or -EINVAL (reported). */
static int check(const struct arguments *arguments)
{
	const bool lies_there = !access(arguments->directory, F_OK);

	if (arguments->title && arguments->format->is_trace)
		return report(0, "--title goes with --format=html: a trace has no title");
	if (arguments->history_count && lies_there && !is_matrix(arguments->directory))
		return report(0, "--history goes with a matrix, and %s is none",
			      arguments->directory);
	return 0;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "DIR|LOG",
		.doc = "Makes a page of a run, matrix, tuning, bisection or exploration from its "
		       "--out directory, or of the log of a mount: one HTML file that needs "
		       "nothing else.\vExit codes: 0 the page is written, whatever the verdict; 2 "
		       "usage, or DIR is damaged or something else; 4 the page cannot be written.",
	};
	struct arguments arguments = { .format = formats };
	struct report_data *data = calloc(1, sizeof(*data));
	int code;

	command_line_parse(&argp, argc, argv, &arguments);
	if (!data)
		return report(-ENOMEM, "a report"), EXIT_RUN_ERROR;
	if (check(&arguments)) {
		free(data);
		return EXIT_USAGE;
	}
	if (log_data_is_log(arguments.directory)) {
		code = report_log(&arguments);
	} else if (find_page(arguments.directory)) {
		code = report_many(&arguments, find_page(arguments.directory));
	} else if (is_matrix(arguments.directory)) {
		code = report_matrix(&arguments, data);
	} else {
		code = report_run(&arguments, data);
		report_data_release(data);
	}
	free(data);
	return code;
}
