/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_trace.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/utf8.h"
#include "tools/report/report_passage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESS = 1 };

/* Lanes; those of roles follow. */
enum { LANE_PUNCHES = 1, LANE_HITS, LANE_PASSAGES, LANE_ROLES };

struct trace_mark {
	int64_t ns, duration; /* duration negative: an instant */
	int lane;
	int64_t number; /* of the punch */
	char name[128];
	json_t *arguments; /* or NULL */
};

static const struct {
	const char *type, *name;
	int lane;
	const char *arguments[6]; /* keys of the event to show */
} kinds[] = {
	{ "punch", "punch", LANE_PUNCHES, { "file", "folio", "first_byte", "length", "took_ns" } },
	{ "hit", "hit", LANE_HITS, { "file", "page", "wrong_page", "class", "reader_kind" } },
	{ "capture", "capture", LANE_HITS, { "file", "page", "wrong_folio", "reader_kind" } },
};

/* Removes a UTF-8 character that was truncated at the end, which JSON does not allow. */
static void drop_half(char *text)
{
	size_t length;

	for (; *text; text += length)
		if (utf8_decode(text, &length) == UTF8_INVALID)
			*text = '\0', length = 0;
}

static void __attribute__((format(printf, 2, 3)))
name_mark(struct trace_mark *mark, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(mark->name, sizeof(mark->name), format, args);
	va_end(args);
	drop_half(mark->name);
}

/* Returns a new mark; NULL if there is no room, which is counted. */
static struct trace_mark *add(struct report_trace *trace)
{
	if (trace->count == trace->room) {
		size_t more = trace->room ? 2 * trace->room : 1024;
		size_t room = more < TRACE_MARKS ? more : TRACE_MARKS;
		struct trace_mark *marks =
			trace->room == room ? NULL
					    : realloc(trace->marks, room * sizeof(*trace->marks));

		if (!marks) {
			trace->left_out++;
			return NULL;
		}
		trace->marks = marks;
		trace->room = room;
	}
	memset(&trace->marks[trace->count], 0, sizeof(trace->marks[0]));
	return &trace->marks[trace->count++];
}

static json_t *value_of(const struct event_line *event, const char *key)
{
	const char *text = event_line_text(event, key);
	int64_t number = event_line_quantity(event, key, -1);

	return text ? json_string(text) : number < 0 ? json_null() : json_integer(number);
}

void report_trace_take(void *context, const char *type, const struct event_line *event)
{
	size_t i = 0;
	struct trace_mark *mark;

	while (i < ARRAY_SIZE(kinds) && strcmp(kinds[i].type, type) != 0)
		i++;
	mark = i < ARRAY_SIZE(kinds) ? add(context) : NULL;
	if (!mark)
		return;
	mark->ns = event_line_quantity(event, "ns", 0);
	mark->duration = -1;
	mark->lane = kinds[i].lane;
	mark->number = event_line_quantity(event, "punch", 0);
	name_mark(mark, "%s %" PRId64, kinds[i].name, mark->number);
	mark->arguments = json_object();
	for (const char *const *key = kinds[i].arguments; *key; key++)
		json_object_set_new(mark->arguments, *key, value_of(event, *key));
}

/* Start of a punch; negative: unknown. */
static int64_t punch_begin(const struct report_trace *trace, size_t marks, int64_t number)
{
	for (size_t i = 0; i < marks; i++)
		if (trace->marks[i].lane == LANE_PUNCHES && trace->marks[i].number == number)
			return trace->marks[i].ns;
	return -1;
}

/* The lane of a role, added if it is new. */
static int lane_of(json_t *roles, const char *role)
{
	size_t i;
	json_t *known;

	json_array_foreach (roles, i, known)
		if (!strcmp(json_string_value(known), role))
			return LANE_ROLES + (int)i;
	json_array_append_new(roles, json_string(role));
	return LANE_ROLES + (int)i;
}

static void add_hold(struct report_trace *trace, const struct report_passage *passage,
		     const struct report_hold *hold, int lane, int64_t punch)
{
	bool outside = report_step_is_outside(hold->reached);
	int64_t end = hold->ended ? hold->ended->ns : passage->steps[passage->count - 1].ns;
	struct trace_mark *mark = add(trace);

	if (!mark)
		return;
	/* A thread held before its operation has waited since before the punch. */
	mark->ns = outside && punch >= 0 && punch < end ? punch : hold->reached->ns;
	mark->duration = end > mark->ns ? end - mark->ns : 0;
	mark->lane = lane;
	name_mark(mark, "hold %" PRId64 ": %.64s", hold->reached->hold,
		  *hold->reached->code ? hold->reached->code : hold->reached->point);
	mark->arguments =
		json_pack("{s:s, s:s, s:s, s:s}", "point", hold->reached->point, "code",
			  hold->reached->code, "ended", hold->ended ? hold->ended->step : "", "by",
			  hold->ended ? hold->ended->by : "");
}

static void add_passage(struct report_trace *trace, const struct report_passage *passage,
			json_t *roles, size_t marks)
{
	int64_t first = passage->steps[0].ns, last = passage->steps[passage->count - 1].ns;
	int64_t punch = punch_begin(trace, marks, passage->punch);
	struct trace_mark *mark = add(trace);

	if (mark) {
		mark->ns = first;
		mark->duration = last > first ? last - first : 0;
		mark->lane = LANE_PASSAGES;
		name_mark(mark, "passage %" PRId64 ": %s", passage->number, passage->end);
		mark->arguments = json_pack("{s:I}", "punch", (json_int_t)passage->punch);
	}
	for (size_t i = 0; i < passage->hold_count; i++) {
		int lane = passage->holds[i].reached->lane;

		if (lane >= 0)
			add_hold(trace, passage, &passage->holds[i],
				 lane_of(roles, passage->lanes[lane].role), punch);
	}
	for (size_t i = 0; i < passage->count; i++) {
		const struct report_step *step = &passage->steps[i];

		if (step->lane < 0 || strcmp(step->step, "came") != 0)
			continue;
		mark = add(trace);
		if (!mark)
			return;
		mark->ns = step->ns;
		mark->duration = -1;
		mark->lane = lane_of(roles, passage->lanes[step->lane].role);
		name_mark(mark, "%s", step->point);
		mark->arguments =
			json_pack("{s:s, s:I}", "code", step->code, "page", (json_int_t)step->page);
	}
}

/* By time; a slice that contains others precedes them. */
static int by_time(const void *a, const void *b)
{
	const struct trace_mark *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? 1 : -1;
	return (x->duration < y->duration) - (x->duration > y->duration);
}

static void write_event(FILE *to, json_t *event)
{
	fputs(",\n", to);
	json_dumpf(event, to, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(event);
}

static void write_name(FILE *to, int lane, const char *name)
{
	write_event(to, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "ph", "M", "name", "thread_name",
				  "pid", PROCESS, "tid", lane, "args", "name", name));
	write_event(to, json_pack("{s:s, s:s, s:i, s:i, s:{s:i}}", "ph", "M", "name",
				  "thread_sort_index", "pid", PROCESS, "tid", lane, "args",
				  "sort_index", lane));
}

static void write_mark(FILE *to, const struct trace_mark *mark)
{
	json_t *event = json_pack("{s:s, s:s, s:i, s:i, s:f}", "ph", mark->duration < 0 ? "i" : "X",
				  "name", mark->name, "pid", PROCESS, "tid", mark->lane, "ts",
				  (double)mark->ns / 1e3);

	if (mark->duration < 0)
		json_object_set_new(event, "s", json_string("t"));
	else
		json_object_set_new(event, "dur", json_real((double)mark->duration / 1e3));
	if (mark->arguments)
		json_object_set(event, "args", mark->arguments);
	write_event(to, event);
}

static void write_all(FILE *to, const struct report_trace *trace, const struct report_data *data,
		      const json_t *roles)
{
	const json_t *kernel = json_object_get(data->identity, "kernel");
	json_t *process = json_pack("{s:s, s:s, s:i, s:{s:s}}", "ph", "M", "name", "process_name",
				    "pid", PROCESS, "args", "name",
				    json_is_string(kernel) ? json_string_value(kernel) : "kernel");
	size_t i;
	json_t *role;

	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", to);
	json_dumpf(process, to, JSON_COMPACT);
	json_decref(process);
	write_name(to, LANE_PUNCHES, "punches");
	write_name(to, LANE_HITS, "hits");
	if (json_array_size(roles))
		write_name(to, LANE_PASSAGES, "passages");
	json_array_foreach (roles, i, role)
		write_name(to, LANE_ROLES + (int)i, json_string_value(role));
	for (i = 0; i < trace->count; i++)
		write_mark(to, &trace->marks[i]);
	fprintf(to,
		"\n],\"otherData\":{\"version\":\"foliostorm %s\",\"left_out\":\"%" PRIu64 "\"}}\n",
		FOLIOSTORM_VERSION, trace->left_out);
}

int report_trace_write(FILE *to, struct report_trace *trace, const struct report_data *data)
{
	struct report_passage *passage = malloc(sizeof(*passage));
	json_t *roles = json_array();
	size_t marks = trace->count, next;

	if (!passage || !roles) {
		free(passage);
		json_decref(roles);
		return report(-ENOMEM, "a trace");
	}
	for (size_t at = 0; (next = report_passage_at(data->steps, at, passage)) > at; at = next)
		add_passage(trace, passage, roles, marks);
	qsort(trace->marks, trace->count, sizeof(trace->marks[0]), by_time);
	write_all(to, trace, data, roles);
	json_decref(roles);
	free(passage);
	return 0;
}

void report_trace_release(struct report_trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		json_decref(trace->marks[i].arguments);
	free(trace->marks);
}
