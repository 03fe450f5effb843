/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_data.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/load_json.h"
#include "tools/base/read_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_HITS = 20, BIN_NS = 1000000 };

/* The bin of a time. Doubles all bins until it fits. */
static struct report_bin *bin_at(struct report_data *data, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	if (ns > data->last_ns)
		data->last_ns = ns;
	while (ns / data->bin_ns >= REPORT_BINS) {
		for (size_t i = 0; i < REPORT_BINS; i++) {
			struct report_bin sum = { 0, 0, 0 };

			for (size_t k = 2 * i; k < 2 * i + 2 && k < REPORT_BINS; k++) {
				sum.punches += data->bins[k].punches;
				sum.punches_hit += data->bins[k].punches_hit;
				sum.captures += data->bins[k].captures;
			}
			data->bins[i] = sum;
		}
		data->bin_ns *= 2;
	}
	return &data->bins[ns / data->bin_ns];
}

static void take_punch(struct report_data *data, const struct event_line *event)
{
	data->punches++;
	bin_at(data, event_line_quantity(event, "ns", 0))->punches++;
}

/* Counts a wrong read by its page in the folio and the page that it got. */
static void map_hit(struct report_data *data, const struct event_line *event)
{
	int64_t folio = event_line_quantity(event, "folio", -1);
	int64_t page = event_line_quantity(event, "page", -1) - folio;
	int64_t got = event_line_quantity(event, "wrong_page", -1) - folio;
	const char *file = event_line_text(event, "file");
	const char *from = event_line_text(event, "wrong_file");

	if (folio < 0 || page < 0 || page >= REPORT_PAGES)
		return;
	data->wrong[page]++;
	if (got >= 0 && got < REPORT_PAGES && file && from && !strcmp(file, from))
		data->served[page][got]++;
	else
		data->served_elsewhere++;
}

static json_t *event_json(const struct event_line *event)
{
	json_t *object = json_object();

	for (size_t i = 0; i < event->count; i++) {
		const struct event_field *field = &event->fields[i];

		json_object_set_new(object, field->key,
				    field->kind == FIELD_TEXT     ? json_string(field->text)
				    : field->kind == FIELD_NUMBER ? json_integer(field->number)
				    : field->kind == FIELD_NULL
					    ? json_null()
					    : json_boolean(field->kind == FIELD_TRUE));
	}
	return object;
}

static void take_hit(struct report_data *data, const struct event_line *event)
{
	uint64_t punch = (uint64_t)event_line_number(event, "punch", 0);
	struct report_bin *bin = bin_at(data, event_line_quantity(event, "ns", 0));

	data->hits++;
	if (punch > data->last_hit) {
		data->last_hit = punch;
		data->punches_hit++;
		bin->punches_hit++;
	}
	map_hit(data, event);
	if (json_array_size(data->first_hits) < FIRST_HITS)
		json_array_append_new(data->first_hits, event_json(event));
}

static void take_capture(struct report_data *data, const struct event_line *event)
{
	data->captures++;
	bin_at(data, event_line_quantity(event, "ns", 0))->captures++;
}

static void take_split(struct report_data *data, const struct event_line *event)
{
	data->split_by_failure[event_line_text(event, "failed") != NULL]++;
}

static void take_kernel(struct report_data *data, const struct event_line *event)
{
	const char *text = event_line_text(event, "text");

	if (text && data->kernel_line_count < REPORT_KERNEL_LINES)
		data->kernel_lines[data->kernel_line_count++] = strdup(text);
}

static void take_rule(struct report_data *data, const struct event_line *event)
{
	const char *name = event_line_text(event, "rule");
	size_t i;

	if (!name || !*name)
		name = "(misplaced)";
	for (i = 0; i < data->rule_count; i++)
		if (!strncmp(data->rules[i].name, name, sizeof(data->rules[i].name) - 1))
			break;
	if (i == REPORT_RULES)
		return;
	if (i == data->rule_count)
		snprintf(data->rules[data->rule_count++].name, sizeof(data->rules[i].name), "%s",
			 name);
	data->rules[i].actions++;
	data->rules[i].cut_short += event_line_true(event, "cut_short");
}

static void take_begin(struct report_data *data, const struct event_line *event)
{
	if (!data->identity)
		data->identity = event_json(event);
}

static void take_step(struct report_data *data, const struct event_line *event)
{
	if (json_array_size(data->steps) < REPORT_STEPS)
		json_array_append_new(data->steps, event_json(event));
}

static void take_nothing(struct report_data *data, const struct event_line *event)
{
	(void)data;
	(void)event;
}

static const struct {
	const char *type;
	void (*take)(struct report_data *data, const struct event_line *event);
} event_types[] = {
	{ "punch", take_punch },     { "split", take_split },   { "hit", take_hit },
	{ "capture", take_capture }, { "rule", take_rule },     { "kernel", take_kernel },
	{ "begin", take_begin },     { "phase", take_nothing }, { "step", take_step },
};

/* Takes an event. Returns what is wrong with it; NULL: nothing. Ignores unknown types, which newer
 * runs may have. */
static const char *take(struct report_data *data, const struct event_line *event)
{
	const char *type = event_line_text(event, "type");

	if (!type)
		return "no event: it has no \"type\"";
	if (data->lines == 1 && strcmp(type, "begin"))
		return "the events of a run begin with the type \"begin\"";
	if (data->each)
		data->each(data->context, type, event);
	for (size_t i = 0; i < ARRAY_SIZE(event_types); i++)
		if (!strcmp(type, event_types[i].type)) {
			event_types[i].take(data, event);
			report_timeline_take(&data->timeline, type, event);
			break;
		}
	return NULL;
}

static int read_events(struct report_data *data, FILE *file, const char *path)
{
	struct event_line event = { .count = 0 };
	char *line = NULL, why[256];
	const char *wrong = NULL;
	size_t size = 0;
	ssize_t length = 0;

	while (!wrong && (length = read_line(&line, &size, file)) > 0) {
		bool whole = line[length - 1] == '\n';

		data->lines++;
		if (whole)
			line[--length] = '\0';
		if (event_line_parse(&event, line, (size_t)length, why, sizeof(why))) {
			/* The run was killed while writing the line. */
			data->cut = !whole;
			wrong = whole ? why : NULL;
			data->lines -= !whole;
		} else {
			wrong = take(data, &event);
		}
	}
	if (wrong)
		report(0, "%s:%llu: %s", path, (unsigned long long)data->lines, wrong);
	else if (length < 0)
		report((int)length, "%s:%llu", path, (unsigned long long)data->lines + 1);
	event_line_release(&event);
	free(line);
	return wrong || length < 0 ? -EINVAL : 0;
}

static int load_result(struct report_data *data, const char *path)
{
	json_error_t error;

	data->result = load_json(path, &error);
	if (!data->result)
		return report(0, "%s:%d: %s", path, error.line, error.text);
	if (!json_is_string(json_object_get(data->result, "verdict")) ||
	    !json_is_string(json_object_get(data->result, "kernel")))
		return report(0,
			      "%s: not the result of a run: it has no \"verdict\" or no \"kernel\"",
			      path);
	data->identity = json_incref(data->result);
	return 0;
}

int report_data_load(struct report_data *data, const char *directory)
{
	char result[PATH_MAX], events[PATH_MAX];
	FILE *file;
	int r = 0;

	data->bin_ns = BIN_NS;
	data->first_hits = json_array();
	data->steps = json_array();
	snprintf(data->directory, sizeof(data->directory), "%s", directory);
	snprintf(result, sizeof(result), "%s/result.json", directory);
	snprintf(events, sizeof(events), "%s/events.jsonl", directory);
	if (access(result, F_OK) && access(events, F_OK))
		return report(0,
			      "%s: no run is there; name the --out directory of a run, a matrix, a "
			      "tuning, a bisection or an exploration",
			      directory),
		       -ENOENT;
	if (!access(result, F_OK))
		r = load_result(data, result);
	if (r)
		return r;
	file = text_file_stream(events);
	data->has_events = file != NULL;
	if (file) {
		setvbuf(file, NULL, _IOFBF, 1 << 18);
		r = read_events(data, file, events);
		fclose(file);
	} else if (errno != ENOENT) {
		return report(-errno, "%s", events);
	}
	if (!r && !data->identity)
		r = report(0, "%s: no whole line, and no result.json beside it", events);
	report_timeline_finish(&data->timeline);
	return r;
}

void report_data_release(struct report_data *data)
{
	json_decref(data->result);
	json_decref(data->identity);
	json_decref(data->first_hits);
	json_decref(data->steps);
	for (size_t i = 0; i < data->kernel_line_count; i++)
		free(data->kernel_lines[i]);
}
