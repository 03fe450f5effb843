/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/config_edit.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/scenario/config_text.h"
#include "tools/scenario/schema.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 16 };

/* The parts of a path: "readers[0].count" consists of "readers", "[0]" and "count". */
struct path {
	const char *part[PARTS_MAX];
	size_t length[PARTS_MAX], count;
};

struct cursor {
	const char *text;
	size_t at;
	size_t line; /* start of the last line that a comment can go above */
	const struct path *path;
	/* What was found. */
	bool found;
	size_t begin, end, line_of; /* of the value, or of the place for the key */
	size_t matched;             /* parts of the path that are there */
	bool ended;                 /* a semicolon stands before the place */
};

static void split_path(const char *text, struct path *path)
{
	path->count = 0;
	while (*text && path->count < PARTS_MAX) {
		size_t length = 1 + strcspn(text + 1, ".[");

		path->part[path->count] = text;
		path->length[path->count++] = length;
		text += length;
		text += *text == '.';
	}
}

static bool is_part(const struct path *path, size_t depth, const char *name, size_t length)
{
	return depth < path->count && path->length[depth] == length &&
	       !strncmp(path->part[depth], name, length);
}

static bool looks_at(const struct cursor *cursor, const char *what)
{
	return !strncmp(cursor->text + cursor->at, what, strlen(what));
}

static void skip_line(struct cursor *cursor)
{
	cursor->at += strcspn(cursor->text + cursor->at, "\n");
}

/* Spaces and comments. */
static void skip_space(struct cursor *cursor)
{
	for (;;) {
		if (cursor->text[cursor->at] == '\n') {
			cursor->line = ++cursor->at;
		} else if (isspace((unsigned char)cursor->text[cursor->at])) {
			cursor->at++;
		} else if (looks_at(cursor, "#") || looks_at(cursor, "//")) {
			skip_line(cursor);
		} else if (looks_at(cursor, "/*")) {
			const char *end = strstr(cursor->text + cursor->at + 2, "*/");

			cursor->at = end ? (size_t)(end - cursor->text) + 2 : strlen(cursor->text);
		} else {
			return;
		}
	}
}

static void skip_string(struct cursor *cursor)
{
	for (cursor->at++; cursor->text[cursor->at] && cursor->text[cursor->at] != '"';
	     cursor->at++)
		cursor->at += cursor->text[cursor->at] == '\\' && cursor->text[cursor->at + 1];
	cursor->at += cursor->text[cursor->at] == '"';
}

/* Adjacent strings are one value. */
static void skip_strings(struct cursor *cursor)
{
	struct cursor next;

	do {
		skip_string(cursor);
		next = *cursor;
		skip_space(&next);
		if (next.text[next.at] == '"')
			cursor->at = next.at;
	} while (next.text[next.at] == '"');
}

static void read_value(struct cursor *cursor, size_t depth, bool on_path);

/* Reads the settings of a group to its end. on_path: the first `depth` parts of the path lead
 * here. */
static void read_settings(struct cursor *cursor, size_t depth, bool on_path)
{
	size_t begin = cursor->at, begin_line = cursor->line;
	bool ended = true;

	for (;;) {
		const char *name;
		size_t length;

		skip_space(cursor);
		name = cursor->text + cursor->at;
		length = strcspn(name, " \t\r\n=:;,{}()[]\"#/");
		if (!length)
			break;
		cursor->at += length;
		skip_space(cursor);
		cursor->at += cursor->text[cursor->at] == '=' || cursor->text[cursor->at] == ':';
		skip_space(cursor);
		read_value(cursor, depth + 1,
			   on_path && is_part(cursor->path, depth, name, length));
		begin = cursor->at;
		begin_line = cursor->line;
		skip_space(cursor);
		ended = cursor->text[cursor->at] == ';' || cursor->text[cursor->at] == ',';
		if (ended)
			begin = ++cursor->at;
	}
	/* The place for a missing key, unless a deeper group matches. */
	if (on_path && !cursor->found && depth >= cursor->matched && depth < cursor->path->count &&
	    *cursor->path->part[depth] != '[') {
		cursor->matched = depth;
		cursor->begin = begin;
		cursor->line_of = begin_line;
		cursor->ended = ended;
	}
}

static void read_items(struct cursor *cursor, size_t depth, bool on_path)
{
	char index[24];

	for (size_t i = 0;; i++) {
		skip_space(cursor);
		if (!cursor->text[cursor->at] || strchr(")]", cursor->text[cursor->at]))
			return;
		snprintf(index, sizeof(index), "[%zu]", i);
		read_value(cursor, depth + 1,
			   on_path && is_part(cursor->path, depth, index, strlen(index)));
		skip_space(cursor);
		if (cursor->text[cursor->at] == ',')
			cursor->at++;
		else if (!strchr(")]", cursor->text[cursor->at]))
			return;
	}
}

static void read_value(struct cursor *cursor, size_t depth, bool on_path)
{
	size_t begin = cursor->at, line = cursor->line;

	switch (cursor->text[cursor->at]) {
	case '{':
		cursor->at++;
		read_settings(cursor, depth, on_path);
		cursor->at += cursor->text[cursor->at] == '}';
		break;
	case '(':
	case '[':
		cursor->at++;
		read_items(cursor, depth, on_path);
		cursor->at += cursor->text[cursor->at] != '\0';
		break;
	case '"':
		skip_strings(cursor);
		break;
	default:
		cursor->at += strcspn(cursor->text + cursor->at, " \t\r\n;,{}()[]#/\"");
		break;
	}
	if (on_path && depth == cursor->path->count) {
		cursor->found = true;
		cursor->begin = begin;
		cursor->end = cursor->at;
		cursor->line_of = line;
	}
}

/* Replaces the text from begin to end with `with`; inserts the comment above its line. */
static int replace(char **text, const struct cursor *cursor, const char *comment, const char *with)
{
	const char *old = *text;
	int indent = (int)strspn(old + cursor->line_of, " \t");
	char *made;

	if (asprintf(&made, "%.*s%.*s%s%s%s%.*s%s%s", (int)cursor->line_of, old,
		     comment ? indent : 0, old + cursor->line_of, comment ? "# " : "",
		     comment ? comment : "", comment ? "\n" : "",
		     (int)(cursor->begin - cursor->line_of), old + cursor->line_of, with,
		     old + cursor->end) < 0)
		return report(-ENOMEM, "the text of a scenario");
	free(*text);
	*text = made;
	return 0;
}

/* "gate = { split = "20us"; };" of the parts from `first` on; NULL without memory or when a list
 * item would have to be made. */
static char *new_setting(const struct path *path, size_t first, const char *value)
{
	char *text = NULL;
	size_t size;
	FILE *memory;

	for (size_t i = first; i < path->count; i++)
		if (*path->part[i] == '[')
			return NULL;
	memory = open_memstream(&text, &size);
	if (!memory)
		return NULL;
	for (size_t i = first; i < path->count; i++)
		fprintf(memory, "%.*s = %s", (int)path->length[i], path->part[i],
			i + 1 < path->count ? "{ " : value);
	for (size_t i = first; i + 1 < path->count; i++)
		fputs("; }", memory);
	fputc(';', memory);
	fclose(memory);
	return text;
}

static int add(char **text, struct cursor *cursor, const char *value, const char *comment)
{
	_cleanup_free_ char *setting = new_setting(cursor->path, cursor->matched, value);
	_cleanup_free_ char *with = NULL;
	int r;

	if (!setting)
		return -EINVAL;
	/* At the top level: on a line of its own, at the end. */
	if (!cursor->matched) {
		size_t length = strlen(*text);

		cursor->begin = cursor->line_of = length;
		r = asprintf(&with, "%s%s%s%s%s\n",
			     length && (*text)[length - 1] != '\n' ? "\n" : "", comment ? "# " : "",
			     comment ? comment : "", comment ? "\n" : "", setting);
		comment = NULL;
	} else {
		r = asprintf(&with, "%s %s", cursor->ended ? "" : ";", setting);
	}
	cursor->end = cursor->begin;
	return r < 0 ? report(-ENOMEM, "the text of a scenario")
		     : replace(text, cursor, comment, with);
}

int config_edit_set(char **text, const char *path, const char *value, const char *comment)
{
	_cleanup_free_ char *written = schema_value_text(value);
	struct path parts;
	struct cursor cursor = { .text = *text, .path = &parts };
	int r;

	if (!written)
		return report(-EINVAL, "%s=%s", path, value);
	split_path(path, &parts);
	read_settings(&cursor, 0, true);
	r = cursor.found ? replace(text, &cursor, comment, written)
			 : add(text, &cursor, written, comment);
	return r == -EINVAL ? report(0, "%s: no such place in the scenario", path) : r;
}

int config_edit_read(const char *path, char **text)
{
	struct config_text read;
	int r = config_text_read(&read, path);

	*text = r ? NULL : read.text;
	if (!r)
		read.text = NULL;
	config_text_release(&read);
	return r;
}
