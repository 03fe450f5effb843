/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "tools/base/import_lines.h"
#include "tools/trace/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct loader {
	struct trace *trace;
	size_t call_room, handle_room;
	uint64_t line, calls; /* calls: number of calls by the last line */
	bool ended;
	char *why;
	size_t why_size;
};

static int wrong(struct loader *loader, const char *what)
{
	snprintf(loader->why, loader->why_size, "line %" PRIu64 ": %s", loader->line, what);
	return -EINVAL;
}

/* Reads a number and the space behind it. Returns false if there is none. */
static bool take_number(char **at, unsigned int base, uint64_t *number)
{
	const char *digit = *at;

	*number = 0;
	for (;; digit++) {
		unsigned int value = *digit >= '0' && *digit <= '9' ? (unsigned int)*digit - '0'
				     : *digit >= 'a' && *digit <= 'f'
					     ? (unsigned int)*digit - 'a' + 10
					     : 99;

		if (value >= base)
			break;
		if (*number > (UINT64_MAX - value) / base)
			return false;
		*number = *number * base + value;
	}
	if (digit == *at || (*digit && *digit != ' '))
		return false;
	*at = (char *)digit + (*digit == ' ');
	return true;
}

static bool take_small(char **at, uint64_t most, uint32_t *number)
{
	uint64_t wide;

	if (!take_number(at, 10, &wide) || wide > most)
		return false;
	*number = (uint32_t)wide;
	return true;
}

static bool take_signed(char **at, int64_t *number)
{
	bool negative = **at == '-';
	uint64_t wide;

	*at += negative;
	if (!take_number(at, 10, &wide) || wide > INT64_MAX)
		return false;
	*number = negative ? -(int64_t)wide : (int64_t)wide;
	return true;
}

static bool take_op(char **at, uint8_t *op)
{
	size_t length = strcspn(*at, " ");

	for (int i = 0; i < TRACE_OPS; i++)
		if (!strncmp(trace_op_names[i], *at, length) && !trace_op_names[i][length]) {
			*op = (uint8_t)i;
			*at += length + ((*at)[length] == ' ');
			return true;
		}
	return false;
}

/* Makes room for one more item of `size` bytes. Returns false without memory. */
static bool grow(void **items, size_t *room, size_t count, size_t size)
{
	size_t more = *room ? *room * 2 : 256;
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*items, more * size);
	if (!grown)
		return false;
	*items = grown;
	*room = more;
	return true;
}

static int load_call(struct loader *loader, char *at)
{
	struct trace *trace = loader->trace;
	struct trace_call call = { .overlaps = false };
	uint32_t thread;

	if (!take_small(&at, TRACE_THREADS_MAX, &thread) || !thread ||
	    !take_number(&at, 10, &call.start) || call.start > INT64_MAX / 4 ||
	    !take_number(&at, 10, &call.took) || call.took > INT64_MAX / 4)
		return wrong(loader, "expected a thread, a start and how long it took");
	if (!take_op(&at, &call.op))
		return wrong(loader, "no such operation");
	if (!take_small(&at, TRACE_FILES_MAX, &call.file) ||
	    !take_small(&at, TRACE_HANDLES_MAX, &call.handle) ||
	    !take_small(&at, TRACE_HANDLES_MAX, &call.other) ||
	    !take_number(&at, 16, &call.flags) || !take_signed(&at, &call.offset) ||
	    !take_signed(&at, &call.length) || !take_signed(&at, &call.result) || *at)
		return wrong(loader, "expected FILE HANDLE OTHER FLAGS OFFSET LENGTH RESULT");
	if (!grow((void **)&trace->calls, &loader->call_room, trace->count, sizeof(call)))
		return -ENOMEM;
	call.thread = (uint16_t)thread;
	trace->calls[trace->count++] = call;
	trace->threads = thread > trace->threads ? thread : trace->threads;
	return 0;
}

bool trace_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++, to++) {
		char hex[3] = "", *end;

		*to = *from;
		if (*from != '%')
			continue;
		memcpy(hex, from + 1, strnlen(from + 1, 2));
		*to = (char)strtoul(hex, &end, 16);
		if (end != hex + 2 || !*to)
			return false;
		from += 2;
	}
	*to = '\0';
	return true;
}

static int load_name(struct loader *loader, char *at)
{
	struct trace *trace = loader->trace;
	uint32_t number;

	if (!take_small(&at, TRACE_NAMES_MAX, &number) || number != trace->name_count + 1 ||
	    !trace_decode(at) || !trace_name_allowed(at))
		return wrong(loader, "expected the next name's number, and a relative path");
	trace->names[number] = strdup(at);
	trace->name_count += trace->names[number] != NULL;
	return trace->names[number] ? 0 : -ENOMEM;
}

static int load_handle(struct loader *loader, char *at)
{
	struct trace *trace = loader->trace;
	struct trace_handle handle;

	if (!take_small(&at, TRACE_HANDLES_MAX, &handle.handle) || !handle.handle ||
	    !take_small(&at, TRACE_FILES_MAX, &handle.file) || !handle.file ||
	    !take_number(&at, 16, &handle.flags) ||
	    !take_small(&at, TRACE_NAMES_MAX, &handle.name) || !handle.name || *at)
		return wrong(loader, "expected a handle, its file, flags and name");
	if (!grow((void **)&trace->handles, &loader->handle_room, trace->handle_count,
		  sizeof(handle)))
		return -ENOMEM;
	trace->handles[trace->handle_count++] = handle;
	return 0;
}

static int load_file(struct loader *loader, char *at)
{
	struct trace *trace = loader->trace;
	struct trace_file file = { .size = 0 };
	uint32_t number;

	if (!take_small(&at, TRACE_FILES_MAX, &number) || number != trace->file_count + 1)
		return wrong(loader, "expected the next file's number");
	file.exists = *at != '-';
	at += file.exists ? 0 : 1 + (at[1] == ' ');
	if ((file.exists && !take_number(&at, 10, &file.size)) ||
	    !take_small(&at, TRACE_NAMES_MAX, &file.name) || !take_number(&at, 10, &file.largest) ||
	    *at || file.size > file.largest || file.largest > INT64_MAX / 4 ||
	    (file.exists && !file.name))
		return wrong(loader,
			     "expected the size of the file, its name, and its largest size");
	trace->files[number] = file;
	trace->file_count++;
	return 0;
}

static int load_end(struct loader *loader, char *at)
{
	if (!take_number(&at, 10, &loader->calls) || *at)
		return wrong(loader, "expected the number of calls");
	loader->ended = true;
	return 0;
}

static int load_line(struct loader *loader, const struct import_line *line)
{
	static const struct {
		const char *word;
		int (*load)(struct loader *loader, char *at);
	} rows[] = {
		{ "name ", load_name },
		{ "handle ", load_handle },
		{ "file ", load_file },
		{ "end ", load_end },
	};

	if (line->cut || strlen(line->text) != line->length)
		return wrong(loader, "no line of a trace");
	if (*line->text >= '0' && *line->text <= '9')
		return load_call(loader, line->text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strncmp(line->text, rows[i].word, strlen(rows[i].word)))
			return rows[i].load(loader, line->text + strlen(rows[i].word));
	return wrong(loader, "expected a call, name, handle, file or end");
}

/* The meaning of `handle` and `other` of an operation. */
enum reference { NOTHING, NAME, HANDLE, MAP };

static enum reference handle_of(uint8_t op)
{
	switch (op) {
	case TRACE_RENAME:
	case TRACE_LINK:
		return NAME;
	case TRACE_STAT:
	case TRACE_TRUNCATE:
	case TRACE_UNLINK:
	case TRACE_MUNMAP:
	case TRACE_MSYNC:
		return NOTHING;
	default:
		return HANDLE;
	}
}

static enum reference other_of(uint8_t op)
{
	switch (op) {
	case TRACE_OPEN:
	case TRACE_STAT:
	case TRACE_TRUNCATE:
	case TRACE_RENAME:
	case TRACE_LINK:
	case TRACE_UNLINK:
		return NAME;
	case TRACE_DUP:
	case TRACE_COPY:
	case TRACE_SENDFILE:
		return HANDLE;
	case TRACE_MMAP:
	case TRACE_MUNMAP:
	case TRACE_MSYNC:
		return MAP;
	default:
		return NOTHING;
	}
}

static bool refer(struct trace *trace, enum reference reference, uint32_t number)
{
	if (reference == NAME)
		return number && number <= trace->name_count;
	if (reference == HANDLE && number > trace->last_handle)
		trace->last_handle = number;
	if (reference == MAP && number > trace->last_map)
		trace->last_map = number;
	return reference != NOTHING || !number;
}

/* Checks that all numbers refer to something, and that the calls of a thread are in order. */
static int check(struct loader *loader)
{
	struct trace *trace = loader->trace;
	_cleanup_free_ uint64_t *last = calloc(trace->threads + 1, sizeof(*last));

	if (!last)
		return -ENOMEM;
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_call *call = &trace->calls[i];

		if (call->file > trace->file_count ||
		    !refer(trace, handle_of(call->op), call->handle) ||
		    !refer(trace, other_of(call->op), call->other) ||
		    call->start < last[call->thread]) {
			snprintf(loader->why, loader->why_size,
				 "call %zu (%s) names what is not there, or comes before the call "
				 "ahead of it",
				 i + 1, trace_op_names[call->op]);
			return -EINVAL;
		}
		last[call->thread] = call->start;
	}
	for (size_t i = 0; i < trace->handle_count; i++) {
		const struct trace_handle *handle = &trace->handles[i];

		if (handle->file > trace->file_count || handle->name > trace->name_count)
			return wrong(loader, "a handle is of a file that is not there");
		refer(trace, HANDLE, handle->handle);
	}
	for (size_t i = 1; i <= trace->file_count; i++)
		if (trace->files[i].name > trace->name_count)
			return wrong(loader, "a file has a name that is not there");
	return 0;
}

static int load_lines(struct loader *loader, struct import_lines *lines)
{
	static const char magic[] = "foliostorm-trace 1 ";
	struct import_line line;
	int r = 0;

	if (!import_lines_next(lines, &line) || strncmp(line.text, magic, strlen(magic)))
		return wrong(loader, "no trace; expected \"foliostorm-trace 1 KIND\"");
	snprintf(loader->trace->kind, sizeof(loader->trace->kind), "%s", line.text + strlen(magic));
	while (!r && !loader->ended && import_lines_next(lines, &line)) {
		loader->line = lines->number;
		r = load_line(loader, &line);
	}
	if (!r && lines->error)
		r = lines->error;
	if (!r && (!loader->ended || loader->calls != loader->trace->count))
		r = wrong(loader, "the trace is cut off; expected \"end\" and the number of calls");
	return r ? r : check(loader);
}

int trace_load(struct trace *trace, const char *path, char *why, size_t size)
{
	_cleanup_close_ int fd = text_file_open(path);
	struct loader loader = { .trace = trace, .line = 1, .why = why, .why_size = size };
	struct import_lines lines;
	int r;

	*trace = (struct trace){ .count = 0 };
	*why = '\0';
	if (fd < 0) {
		snprintf(why, size, "%s", text_file_error(fd));
		return fd;
	}
	trace->names = calloc(TRACE_NAMES_MAX + 1, sizeof(*trace->names));
	trace->files = calloc(TRACE_FILES_MAX + 1, sizeof(*trace->files));
	r = trace->names && trace->files ? import_lines_open(&lines, fd) : -ENOMEM;
	if (!r) {
		r = load_lines(&loader, &lines);
		import_lines_close(&lines);
	}
	if (r && !*why)
		snprintf(why, size, "%s", strerror(-r));
	return r;
}

void trace_release(struct trace *trace)
{
	for (size_t i = 1; i <= trace->name_count; i++)
		free(trace->names[i]);
	free(trace->names);
	free(trace->files);
	free(trace->handles);
	free(trace->calls);
	*trace = (struct trace){ .count = 0 };
}
