/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import iolog: turns what fio's write_iolog writes, version 2 and 3, into a trace of one thread.
 *
 * Version 2 has waits instead of times; in version 3 each line begins with a time in microseconds
 * (measured with fio 3.33; its manual does not say). fio creates its files in advance, so each is
 * as large as the last byte that is read or written.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/trace_scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN_MAX = 16, PREAMBLE_MAX = 50 };

struct reading {
	struct import *import;
	struct trace_maker maker;
	struct import_lines lines;
	char under[PATH_MAX]; /* ends with a slash, or is "": relative names */
	size_t under_length;
	bool chosen; /* `under` is set */
	int version;
	char margin[MARGIN_MAX]; /* mail quotes and blanks before each line */
	uint16_t thread;         /* of the job */
	uint64_t time;           /* ns */
	uint32_t *handles;       /* per file; 0: not open */
	uint64_t garbled, first_garbled, actions;
};

/* A parsed line. */
struct action {
	char *name, *file;
	uint64_t offset, length;
	int numbers; /* present ones */
};

static void note_garbled(struct reading *reading)
{
	if (!reading->garbled++)
		reading->first_garbled = reading->lines.number;
}

/* Removes the last word of a text and returns it; NULL: none. */
static char *last_word(char *text)
{
	size_t end = strlen(text), begin;

	while (end && strchr(" \t\r", text[end - 1]))
		end--;
	text[end] = '\0';
	for (begin = end; begin && !strchr(" \t\r", text[begin - 1]);)
		begin--;
	if (begin)
		text[begin - 1] = '\0';
	return end ? text + begin : NULL;
}

static bool take_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && end > text && !*end && *text != '-' && *number <= INT64_MAX / 8;
}

/* Parses "TIME NAME ACTION OFFSET LENGTH" from its end, since NAME may contain blanks. */
static bool split_line(struct reading *reading, char *text, struct action *action)
{
	uint64_t time, numbers[2];
	char *word;

	*action = (struct action){ .file = text + strspn(text, " \t") };
	if (reading->version == 3) {
		word = action->file;
		action->file += strcspn(word, " \t\r");
		if (*action->file)
			*action->file++ = '\0';
		if (!take_number(word, &time) || time > INT64_MAX / 8000)
			return false;
		reading->time = time * 1000;
	}
	word = last_word(action->file);
	while (word && word > action->file && action->numbers < 2 &&
	       take_number(word, &numbers[action->numbers])) {
		action->numbers++;
		word = last_word(action->file);
	}
	action->offset = action->numbers ? numbers[action->numbers - 1] : 0;
	action->length = action->numbers == 2 ? numbers[0] : 0;
	action->name = word;
	if (!word || word == action->file)
		return false;
	/* The rest, trimmed, is the name. */
	action->file += strspn(action->file, " \t\r");
	for (size_t end = strlen(action->file); end && strchr(" \t\r", action->file[end - 1]);)
		action->file[--end] = '\0';
	return *action->file;
}

static bool ends_with_slash(const char *path)
{
	return *path && path[strlen(path) - 1] == '/';
}

/* The name below the chosen directory: that of --under, else that of the first file. Other files
 * keep their whole path; with --under they are dropped. */
static uint32_t name_of(struct reading *reading, const char *path)
{
	const char *slash = strrchr(path, '/'), *under = reading->import->options.under;

	if (!reading->chosen)
		snprintf(reading->under, sizeof(reading->under), "%.*s%s",
			 under   ? (int)strlen(under)
			 : slash ? (int)(slash + 1 - path)
				 : 0,
			 under ?: path, under && !ends_with_slash(under) ? "/" : "");
	reading->chosen = true;
	reading->under_length = strlen(reading->under);
	if (!strncmp(path, reading->under, reading->under_length)) {
		path += reading->under_length;
	} else if (under) {
		import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
			    "files that are not under --under");
		return 0;
	}
	return maker_name(&reading->maker, path + strspn(path, "/"));
}

static struct trace_call base(const struct reading *reading, uint8_t op, uint32_t file)
{
	return (struct trace_call){
		.op = op,
		.thread = reading->thread,
		.start = reading->time,
		.file = file,
		.handle = reading->handles[file],
	};
}

static bool open_file(struct reading *reading, uint32_t file, uint32_t name)
{
	struct trace_call call;

	if (reading->handles[file])
		return true;
	reading->handles[file] = maker_handle(&reading->maker);
	if (!reading->handles[file])
		return false;
	call = base(reading, TRACE_OPEN, file);
	call.other = name;
	call.flags = O_RDWR;
	call.length = 0600;
	maker_call(&reading->maker, &call);
	return true;
}

static void close_file(struct reading *reading, uint32_t file)
{
	struct trace_call call = base(reading, TRACE_CLOSE, file);

	if (!call.handle)
		return;
	maker_call(&reading->maker, &call);
	reading->handles[file] = 0;
}

static void transfer(struct reading *reading, uint32_t file, const struct action *action,
		     uint8_t op)
{
	struct trace_file *known = &reading->maker.files[file].file;
	struct trace_call call = base(reading, op, file);
	uint64_t end = action->offset + action->length;

	if (op != TRACE_FALLOCATE && action->length > 0x7ffff000) {
		note_garbled(reading);
		return;
	}
	call.offset = (int64_t)action->offset;
	call.length = (int64_t)action->length;
	call.result = op == TRACE_FALLOCATE ? 0 : call.length;
	if (op == TRACE_FALLOCATE)
		call.flags = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	known->size = end > known->size ? end : known->size;
	known->largest = known->size;
	maker_call(&reading->maker, &call);
}

static void sync_file(struct reading *reading, uint32_t file, uint8_t op)
{
	struct trace_call call = base(reading, op, file);

	maker_call(&reading->maker, &call);
}

static const struct {
	const char *name;
	uint8_t op;
	int numbers;
} transfers[] = {
	{ "read", TRACE_PREAD, 2 },         { "write", TRACE_PWRITE, 2 },
	{ "trim", TRACE_FALLOCATE, 2 },     { "sync", TRACE_FSYNC, 0 },
	{ "datasync", TRACE_FDATASYNC, 0 },
};

static void on_file(struct reading *reading, const struct action *action, uint32_t file,
		    uint32_t name)
{
	if (!strcmp(action->name, "add"))
		return;
	if (!strcmp(action->name, "open")) {
		open_file(reading, file, name);
		return;
	}
	if (!strcmp(action->name, "close")) {
		close_file(reading, file);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(transfers); i++) {
		if (strcmp(action->name, transfers[i].name))
			continue;
		if (action->numbers < transfers[i].numbers)
			note_garbled(reading);
		else if (!open_file(reading, file, name))
			import_note(&reading->import->account, IMPORT_NOT_USED, 1,
				    reading->lines.number,
				    "actions beyond the descriptors that a trace holds");
		else if (transfers[i].numbers)
			transfer(reading, file, action, transfers[i].op);
		else
			sync_file(reading, file, transfers[i].op);
		return;
	}
	import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
		    "action not known: %s", action->name);
}

/* Returns whether the line begins the log of a job. The text before its header precedes each
 * line. */
static bool take_header(struct reading *reading, const char *text)
{
	const char *at = strstr(text, "fio version ");
	int version;
	char rest;

	if (!at || at - text >= MARGIN_MAX ||
	    sscanf(at, "fio version %d iolo%c", &version, &rest) != 2 ||
	    (version != 2 && version != 3))
		return false;
	/* Only the first line has a byte order mark. */
	snprintf(reading->margin, sizeof(reading->margin), "%.*s", (int)(at - text), text);
	if ((unsigned char)*reading->margin == 0xef)
		*reading->margin = '\0';
	reading->version = version;
	reading->time = 0;
	return true;
}

static void take_line(void *context, const struct import_line *line)
{
	struct reading *reading = context;
	size_t margin = strlen(reading->margin);
	struct action action;
	uint32_t name, file;

	if (!line->text[strspn(line->text, " \t\r>")] && strlen(line->text) == line->length)
		return;
	/* Several jobs may write to one file. */
	if (take_header(reading, line->text)) {
		reading->thread = (uint16_t)(maker_thread(&reading->maker) ?: reading->thread);
		return;
	}
	if (line->cut || strlen(line->text) != line->length ||
	    !split_line(reading,
			line->text + (strncmp(line->text, reading->margin, margin) ? 0 : margin),
			&action)) {
		note_garbled(reading);
		return;
	}
	reading->actions++;
	if (!strcmp(action.name, "wait")) {
		if (reading->version == 2 && action.numbers && action.offset < INT64_MAX / 8000 &&
		    reading->time < INT64_MAX / 8)
			reading->time += action.offset * 1000;
		return;
	}
	name = name_of(reading, action.file);
	file = name ? maker_file(&reading->maker, name) : 0;
	if (!file) {
		import_note(&reading->import->account, IMPORT_NOT_USED, 1, reading->lines.number,
			    "actions on files whose names a trace cannot have");
		return;
	}
	on_file(reading, &action, file, name);
}

static int begin(void *context)
{
	struct reading *reading = context;
	struct import_line line;

	reading->thread = (uint16_t)maker_thread(&reading->maker);
	if (!import_lines_next(&reading->lines, &line))
		return import_fail(reading->import, 0, "it is empty");
	/* A title may precede the log. */
	do
		if (take_header(reading, line.text))
			return 0;
	while (reading->lines.number < PREAMBLE_MAX && import_lines_next(&reading->lines, &line));
	return import_fail(reading->import, 1, "its first line is not that of such a log");
}

static int finish(void *context)
{
	struct reading *reading = context;
	const struct trace_ending ending = {
		.under = reading->under,
		.garbled = reading->garbled,
		.first_garbled = reading->first_garbled,
		.garbled_are = "lines that are no actions, or cut off",
		.nothing = "to its end there is no action on a file",
	};

	return trace_scenario_end(reading->import, &reading->maker, &reading->lines, &ending);
}

static int read_iolog(struct import *import)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int r;

	if (!reading)
		return report(-ENOMEM, "%s", import->path);
	reading->import = import;
	reading->handles = calloc(TRACE_FILES_MAX + 1, sizeof(*reading->handles));
	r = reading->handles ? trace_scenario_read(import,
						   &(struct trace_reading){
							   .kind = "iolog",
							   .maker = &reading->maker,
							   .lines = &reading->lines,
							   .begin = begin,
							   .take = take_line,
							   .finish = finish,
							   .context = reading,
						   })
			     : report(-ENOMEM, "%s", import->path);
	free(reading->handles);
	free(reading);
	return r;
}

const struct importer importer_iolog = {
	.name = "iolog",
	.expects = "what fio writes by write_iolog, version 2 or 3",
	.about = "What `fio`(1) writes by `write_iolog`, version 2 or 3. Each job "
		 "whose log is in it, behind a first line of its own, is a thread; files are taken "
		 "to be as large as the last byte that is read or "
		 "written. Files in the directory of the first one, or under `--under`, "
		 "go by their names in it, others by their whole paths.",
	.has_paths = true,
	.has_storms = true,
	.read = read_iolog,
};
