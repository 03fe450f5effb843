/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/stream.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/guest/unpack.h"
#include "tools/verdict/event_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINE_MAX_SIZE = 1 << 17,
	HITS_KEPT = 100,
	HIT_LINE_MAX = 8192,      /* of an event that is kept as a hit; longer ones are counted */
	POLL_MAX = 8 << 20,       /* bytes that are taken of a port at a time */
	CONSOLE_KEPT = 64 << 10,  /* kept for the end of the console */
	FORGOTTEN_LEAST = 1 << 20 /* at a time */
};

static int lines_init(struct stream_lines *lines, int fd)
{
	*lines = (struct stream_lines){ .fd = fd, .size = LINE_MAX_SIZE };
	lines->line = malloc(lines->size);
	return lines->line ? 0 : report(-ENOMEM, "the guest's events");
}

/* Returns the end of the line at lines->read; NULL: it is not whole yet. A line that is longer than
 * any that is written ends where the buffer does. begin: gets the line. */
static char *end_of_line(struct stream_lines *lines, char **begin)
{
	size_t used = (size_t)(lines->read - lines->from);
	char *end = memchr(lines->line + used, '\n', lines->held - used);
	ssize_t got;

	*begin = lines->line + used;
	if (end)
		return end;
	got = pread(lines->fd, lines->line, lines->size - 1, lines->read);
	lines->from = lines->read;
	lines->held = got > 0 ? (size_t)got : 0;
	*begin = lines->line;
	end = memchr(lines->line, '\n', lines->held);
	return end || lines->held < lines->size - 1 ? end : lines->line + lines->held - 1;
}

/* Returns the next whole line, without its end; NULL: there is none yet. */
static char *next_line(struct stream_lines *lines)
{
	char *line, *end = end_of_line(lines, &line);

	if (!end)
		return NULL;
	*end = '\0';
	lines->read += end - line + 1;
	for (char *c = line; c < end; c++)
		if (!*c)
			*c = '?';
	return line;
}

void stream_forget(int fd, off_t *forgotten, off_t end)
{
	end &= ~(off_t)4095;
	if (end - *forgotten < FORGOTTEN_LEAST)
		return;
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, *forgotten, end - *forgotten);
	*forgotten = end;
}

uint64_t stream_held(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : (uint64_t)status.st_blocks * 512;
}

int stream_init(struct stream *stream, int console, int events)
{
	int r;

	*stream = (struct stream){ .began = -1,
				   .first_punch = -1,
				   .first_hit = -1,
				   .reported = -1,
				   .events_file = LINE_FILE_NONE,
				   .heard = units_now() };
	r = lines_init(&stream->console, console);
	if (!r)
		r = lines_init(&stream->events, events);
	stream->hits = json_array();
	return r;
}

void stream_release(struct stream *stream)
{
	free(stream->console.line);
	free(stream->events.line);
	json_decref(stream->begin);
	json_decref(stream->hits);
	json_decref(stream->result);
}

/* Removes carriage returns and the terminal sequences of firmware and boot. */
static void clean(char *line)
{
	char *to = line;

	for (const char *from = line; *from; from++) {
		if (*from == '\r')
			continue;
		if (*from == '\033') {
			from += from[1] == '[' ? 1 + strcspn(from + 1, "ABCDEFGHJKSTfhlmnsu") : 1;
			if (!*from)
				break;
			continue;
		}
		*to++ = *from;
	}
	*to = '\0';
}

static void take_console_line(struct stream *stream, char *line)
{
	clean(line);
	if (stream->console_file)
		fprintf(stream->console_file, "%s\n", line);
	if (strstr(line, "foliostorm: the job begins"))
		stream->job_began = true;
	/* Messages of the firmware and of an early boot are no reports, unless it ends there. */
	if (!stream->job_began && !strstr(line, "Kernel panic"))
		return;
	if (strstr(line, "foliostorm: the job has ended"))
		stream->ended = units_now();
	kernel_reports_line(&stream->reports, line);
	if (stream->reported < 0 && kernel_reports_hit(&stream->reports))
		sscanf(line, " [%lf]", &stream->reported);
}

static void take_begin(struct stream *stream, json_t *event)
{
	const json_t *began = json_object_get(event, "began_ns");

	if (stream->begin)
		return;
	stream->begin = json_incref(event);
	if (began)
		stream->began = json_integer_value(began);
}

static void take_phase(struct stream *stream, json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "text"));

	snprintf(stream->phase, sizeof(stream->phase), "%s", text ? text : "");
	plain_text(stream->phase, false);
	if (!stream->storm_began && !strcmp(stream->phase, "storm"))
		stream->storm_began = units_now();
}

static void take_punch(struct stream *stream, json_t *event)
{
	uint64_t took = (uint64_t)json_integer_value(json_object_get(event, "took_ns"));

	if (!stream->punches++)
		stream->first_punch = json_integer_value(json_object_get(event, "ns"));
	stream->split += json_is_true(json_object_get(event, "split"));
	stream->not_split += json_is_false(json_object_get(event, "split"));
	if (took > stream->slowest)
		stream->slowest = took;
}

const struct stream_evidence_type stream_evidence_types[STREAM_EVIDENCE] = {
	[STREAM_WRONG_BYTES] = { "hit", "bytes", "gave a reader wrong bytes", false, false },
	[STREAM_CAPTURE] = { "capture", "capture",
			     "gave a lookup a folio that does not contain the page", false, false },
	[STREAM_MISPLACED] = { "misplaced", "misplaced",
			       "let a slot of the page cache lead to a folio without its page",
			       true, false },
	[STREAM_VIOLATION] = { "violation", "violation", "slots of the page cache were wrong",
			       false, true },
};

static bool is_evidence(const struct stream *stream, const struct stream_evidence_type *type)
{
	return !type->of_splits || (stream->race && stream->race->splits);
}

static void take_evidence(struct stream *stream, enum stream_evidence_kind kind, json_t *event,
			  size_t length)
{
	struct stream_evidence *evidence = &stream->evidence[kind];
	uint64_t punch = (uint64_t)json_integer_value(json_object_get(event, "punch"));
	json_t *hit;

	evidence->seen++;
	if (stream->first_hit < 0)
		stream->first_hit = json_integer_value(json_object_get(event, "ns"));
	if (punch > evidence->last) {
		evidence->last = punch;
		evidence->punches++;
	}
	if (evidence->seen > HITS_KEPT || length > HIT_LINE_MAX)
		return;
	hit = json_copy(event);
	/* Hits of programs and workloads have a kind already. */
	if (!json_object_get(hit, "kind"))
		json_object_set_new(hit, "kind", json_string(stream_evidence_types[kind].kind));
	json_object_del(hit, "type");
	json_object_del(hit, "number");
	json_object_del(hit, "ns");
	json_array_append_new(stream->hits, hit);
}

static const struct {
	const char *type;
	void (*take)(struct stream *stream, json_t *event);
} event_types[] = {
	{ "begin", take_begin },
	{ "phase", take_phase },
	{ "punch", take_punch },
};

static void take_event_line(struct stream *stream, char *line)
{
	json_t *event;
	const char *type;

	if (!strcmp(line, "archive")) {
		stream->arrives = true;
		return;
	}
	event = json_loads(line, 0, NULL);
	type = json_string_value(json_object_get(event, "type"));
	for (size_t i = 0; type && i < ARRAY_SIZE(event_types); i++)
		if (!strcmp(type, event_types[i].type))
			event_types[i].take(stream, event);
	for (int kind = 0; type && kind < STREAM_EVIDENCE; kind++)
		if (!strcmp(type, stream_evidence_types[kind].type) &&
		    is_evidence(stream, &stream_evidence_types[kind]))
			take_evidence(stream, (enum stream_evidence_kind)kind, event, strlen(line));
	if (type && stream->event && strcmp(type, "alive"))
		stream->event(stream->context, event);
	/* A line that was cut by the guest's death is no event. */
	if (type && strcmp(type, "alive")) {
		stream->last = (uint64_t)json_integer_value(json_object_get(event, "number"));
		line_file_put(&stream->events_file, line);
	}
	json_decref(event);
}

void stream_add_step(struct stream *stream, const struct schedule_step *step)
{
	json_t *event = event_step_json(step, ++stream->last,
					stream->began < 0 ? 0 : (uint64_t)stream->began);
	char *line = json_dumps(event, JSON_COMPACT);

	if (line)
		line_file_put(&stream->events_file, line);
	free(line);
	json_decref(event);
}

/* Returns whether more of the archive has come since the last call. */
static bool archive_grows(struct stream *stream)
{
	const off_t before = stream->arrived;
	struct stat status;

	if (!stream->arrives || fstat(stream->events.fd, &status))
		return false;
	stream->arrived = status.st_size;
	return stream->arrived > before;
}

bool stream_poll(struct stream *stream)
{
	struct stream_lines *console = &stream->console, *events = &stream->events;
	const off_t console_end = console->read + POLL_MAX, events_end = events->read + POLL_MAX;
	off_t before = console->read + events->read;
	char *line;

	while (console->read < console_end && (line = next_line(console)))
		take_console_line(stream, line);
	while (!stream->arrives && events->read < events_end && (line = next_line(events)))
		take_event_line(stream, line);
	stream_forget(console->fd, &console->forgotten, console->read - CONSOLE_KEPT);
	stream_forget(events->fd, &events->forgotten, events->read);
	if (archive_grows(stream) || console->read + events->read != before)
		stream->heard = units_now();
	return console->read >= console_end || (!stream->arrives && events->read >= events_end);
}

int stream_unpack(struct stream *stream, const char *directory)
{
	struct unpacked unpacked;
	int r;

	if (!stream->arrives || lseek(stream->events.fd, stream->events.read, SEEK_SET) < 0)
		return -ENODATA;
	r = unpack_archive(stream->events.fd, directory, &unpacked);
	json_decref(stream->result);
	stream->result = unpacked.result;
	stream->unsaved |= unpacked.unsaved;
	return r;
}
