/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/config_text.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/scenario/config_file.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 16 << 20, INCLUDES_MAX = 1000, DEPTH_MAX = 10, LEVELS_MAX = 16, NAME_SIZE = 40 };

/* A group or list that the scanner is in. */
struct level {
	char name[NAME_SIZE]; /* of the key */
	bool is_list;
	unsigned int item;
};

struct scanner {
	struct config_text *into;
	FILE *memory;
	const char *directory; /* of the first file; NULL: nothing may be included */
	size_t written, allocated;
	char last; /* byte written */
	struct level levels[LEVELS_MAX];
	size_t depth; /* levels below LEVELS_MAX have no name */
	char key[NAME_SIZE];
};

/* A file that is being read. */
struct cursor {
	const char *at;
	const char *path;
	unsigned int source, line;
	int includes; /* depth of inclusion */
};

static int complain(const struct cursor *cursor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct cursor *cursor, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return report(0, "%s:%u: %s", cursor->path, cursor->line, message);
}

/* Records where the next line of the text comes from. */
static int begin_line(struct scanner *scanner, const struct cursor *cursor)
{
	struct config_text *into = scanner->into;

	if (into->line_count == scanner->allocated) {
		size_t more = 2 * scanner->allocated + 64;
		struct config_line *larger = realloc(into->lines, more * sizeof(*larger));

		if (!larger)
			return report(-ENOMEM, "%s", cursor->path);
		into->lines = larger;
		scanner->allocated = more;
	}
	into->lines[into->line_count++] = (struct config_line){ cursor->source, cursor->line };
	return 0;
}

static void end_line(struct scanner *scanner)
{
	fputc('\n', scanner->memory);
	scanner->written++;
	scanner->last = '\n';
}

/* Copies `length` bytes: one newline, or bytes without any. */
static void copy(struct scanner *scanner, struct cursor *cursor, size_t length)
{
	fwrite(cursor->at, 1, length, scanner->memory);
	scanner->written += length;
	scanner->last = cursor->at[length - 1];
	cursor->at += length;
}

static int copy_newline(struct scanner *scanner, struct cursor *cursor)
{
	copy(scanner, cursor, 1);
	cursor->line++;
	return begin_line(scanner, cursor);
}

/* Copies to the end of a comment or string, inclusive. libconfig rejects one without an end. */
static int copy_until(struct scanner *scanner, struct cursor *cursor, const char *end)
{
	bool is_text = *end == '"';
	int r = 0;

	while (!r && *cursor->at && strncmp(cursor->at, end, strlen(end)) != 0) {
		if (*cursor->at == '\n')
			r = copy_newline(scanner, cursor);
		else if (is_text && *cursor->at == '\\' && cursor->at[1] && cursor->at[1] != '\n')
			copy(scanner, cursor, 2);
		else
			copy(scanner, cursor, 1);
	}
	if (!r && *cursor->at && *end != '\n')
		copy(scanner, cursor, strlen(end));
	return r;
}

static void push(struct scanner *scanner, bool is_list)
{
	if (scanner->depth < LEVELS_MAX) {
		struct level *level = &scanner->levels[scanner->depth];

		snprintf(level->name, sizeof(level->name), "%s", scanner->key);
		level->is_list = is_list;
		level->item = 0;
	}
	scanner->depth++;
	*scanner->key = '\0';
}

static void see_mark(struct scanner *scanner, char mark)
{
	struct level *level = scanner->depth && scanner->depth <= LEVELS_MAX
				      ? &scanner->levels[scanner->depth - 1]
				      : NULL;

	if (strchr("{([", mark)) {
		push(scanner, mark != '{');
		return;
	}
	if (strchr("})],;", mark))
		*scanner->key = '\0';
	if (strchr("})]", mark))
		scanner->depth -= scanner->depth > 0;
	else if (mark == ',' && level)
		level->item++;
}

/* The path of the current value, such as "readers[0].count". */
static const char *key_path(const struct scanner *scanner, char *text, size_t size)
{
	size_t depth = scanner->depth < LEVELS_MAX ? scanner->depth : LEVELS_MAX, used = 0;
	bool in_list = false;

	*text = '\0';
	for (size_t i = 0; i < depth; i++) {
		const struct level *level = &scanner->levels[i];

		used = append_text(text, size, used, "%s%s", used && *level->name ? "." : "",
				   level->name);
		if (level->is_list)
			used = append_text(text, size, used, "[%u]", level->item);
		in_list = level->is_list;
	}
	if (!in_list)
		append_text(text, size, used, "%s%s", used ? "." : "", scanner->key);
	return text;
}

/*
 * Refuses a number that libconfig would truncate: version 1.5 uses atoi(3), so 4294967297 becomes
 * 1; later versions truncate hexadecimal numbers. Returns 0 or -EINVAL (reported).
 */
static int check_number(const struct scanner *scanner, const struct cursor *cursor, size_t length)
{
	char token[48], path[256], *end;
	bool fits, is_long;
	int base;

	snprintf(token, sizeof(token), "%.*s", (int)length, cursor->at);
	base = token[0] == '0' && (token[1] | 32) == 'x' ? 16 : 10;
	errno = 0;
	if (base == 16) {
		fits = strtoull(token, &end, 16) <= UINT32_MAX;
	} else {
		long long number = strtoll(token, &end, 10);

		fits = number >= INT32_MIN && number <= INT32_MAX;
	}
	is_long = end[0] == 'L' && (!end[1] || (end[1] == 'L' && !end[2]));
	/* Not an integer, or one that fits. */
	if ((*end && !is_long) || (!errno && (fits || is_long)))
		return 0;
	return complain(cursor, "%s: %s needs more than %s; allowed: %s",
			key_path(scanner, path, sizeof(path)), token,
			errno ? "64 bits" : "32 bits, of which libconfig would keep 32",
			errno ? "a smaller number" : "a smaller number, or an L behind it");
}

static int see_word(struct scanner *scanner, struct cursor *cursor)
{
	size_t length = strspn(cursor->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_*.+-");
	size_t digit = strspn(cursor->at, "+-");
	int r = 0;

	if (isdigit((unsigned char)cursor->at[digit]))
		r = check_number(scanner, cursor, length);
	else
		snprintf(scanner->key, sizeof(scanner->key), "%.*s", (int)length, cursor->at);
	copy(scanner, cursor, length);
	return r;
}

/* by: the including file, or NULL. */
static int copy_file(struct scanner *scanner, const char *path, const struct cursor *by);

/* Handles an @include that is the first thing on its line. */
static int include(struct scanner *scanner, struct cursor *cursor)
{
	char name[1024], path[PATH_MAX];
	int used = 0, r;

	if (sscanf(cursor->at, "@include%*[ \t]\"%1023[^\"\n]\"%n", name, &used) != 1 || !used)
		return complain(cursor,
				"@include without a file; allowed: @include \"FILE\", at the "
				"beginning of a line");
	if (!scanner->directory)
		return complain(cursor, "@include \"%s\": nothing can be included here", name);
	if (cursor->includes == DEPTH_MAX)
		return complain(cursor, "@include \"%s\": more than %d files deep", name,
				DEPTH_MAX);
	if (scanner->into->source_count > INCLUDES_MAX)
		return complain(cursor, "@include \"%s\": more than %d files", name, INCLUDES_MAX);
	snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : scanner->directory, name);
	cursor->at += used;
	r = copy_file(scanner, path, cursor);
	if (r)
		return r == -ENOMEM ? r : -EINVAL;
	/* The rest of the line belongs to this file again. */
	if (scanner->last == '\n')
		scanner->into->line_count--;
	else
		end_line(scanner);
	return begin_line(scanner, cursor);
}

static int copy_one(struct scanner *scanner, struct cursor *cursor, bool line_begins)
{
	const char *at = cursor->at;

	if (*at == '#' || (*at == '/' && at[1] == '/'))
		return copy_until(scanner, cursor, "\n");
	if (*at == '/' && at[1] == '*') {
		copy(scanner, cursor, 2);
		return copy_until(scanner, cursor, "*/");
	}
	if (*at == '"') {
		copy(scanner, cursor, 1);
		return copy_until(scanner, cursor, "\"");
	}
	if (*at == '@')
		return line_begins ? include(scanner, cursor)
				   : complain(cursor, "@ in the midst of a line; allowed: @include "
						      "\"FILE\", at the beginning of one");
	if (isalnum((unsigned char)*at) || strchr("_*.+-", *at))
		return see_word(scanner, cursor);
	see_mark(scanner, *at);
	copy(scanner, cursor, 1);
	return 0;
}

static int copy_text(struct scanner *scanner, struct cursor *cursor)
{
	bool line_begins = true;
	int r;

	/* The first line of the file replaces the line of the @include. */
	scanner->into->line_count -= scanner->into->line_count > 0;
	r = begin_line(scanner, cursor);
	while (!r && *cursor->at) {
		if (*cursor->at == '\n') {
			r = copy_newline(scanner, cursor);
			line_begins = true;
		} else if (*cursor->at == ' ' || *cursor->at == '\t') {
			copy(scanner, cursor, 1);
		} else {
			r = copy_one(scanner, cursor, line_begins);
			line_begins = false;
		}
		if (!r && scanner->written > TEXT_MAX)
			r = report(0, "%s: too large; allowed: up to 16M, with all it includes",
				   cursor->path);
	}
	return r;
}

/* Adds a source, which owns `strange` from then on. Returns its number, or -ENOMEM (reported). */
static int add_source(struct config_text *into, const char *path, char *strange)
{
	struct config_source *larger =
		realloc(into->sources, (into->source_count + 1) * sizeof(*larger));

	if (larger)
		into->sources = larger;
	if (!larger || !(larger[into->source_count].path = strdup(path))) {
		free(strange);
		return report(-ENOMEM, "%s", path);
	}
	larger[into->source_count].strange = strange;
	return (int)into->source_count++;
}

static int copy_file(struct scanner *scanner, const char *path, const struct cursor *by)
{
	_cleanup_free_ char *text = NULL;
	struct cursor cursor = { .path = path, .line = 1, .includes = by ? by->includes + 1 : 0 };
	char name[2 * PATH_MAX], *strange;
	size_t size;
	int r;

	snprintf(name, sizeof(name), "%s", path);
	if (by)
		snprintf(name, sizeof(name), "%s:%u: %s", by->path, by->line, path);
	r = config_file_read(path, name, TEXT_MAX, &text, &size, &strange);
	if (r)
		return r;
	r = add_source(scanner->into, path, strange);
	if (r < 0)
		return r;
	cursor.source = (unsigned int)r;
	cursor.at = text;
	if (strlen(text) < size) {
		for (const char *c = text; *c; c++)
			cursor.line += *c == '\n';
		return complain(&cursor, "a NUL byte; allowed: a text");
	}
	return copy_text(scanner, &cursor);
}

static int begin(struct scanner *scanner, struct config_text *text)
{
	*text = (struct config_text){ .text = NULL };
	*scanner = (struct scanner){ .into = text };
	scanner->memory = open_memstream(&text->text, &text->size);
	return scanner->memory ? 0 : report(-errno, "memory for a configuration");
}

static int end(struct scanner *scanner, int r)
{
	if (fclose(scanner->memory) && !r)
		r = report(-errno, "memory for a configuration");
	return r;
}

int config_text_read(struct config_text *text, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *directory = strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
	struct scanner scanner;
	int r = begin(&scanner, text);

	if (r)
		return r;
	scanner.directory = directory;
	r = directory ? copy_file(&scanner, path, NULL) : report(-ENOMEM, "%s", path);
	return end(&scanner, r);
}

int config_text_take(struct config_text *text, const char *name, const char *from)
{
	struct cursor cursor = { .at = from, .path = name, .line = 1 };
	struct scanner scanner;
	int r = begin(&scanner, text);

	if (r)
		return r;
	r = add_source(text, name, NULL);
	if (r >= 0)
		r = copy_text(&scanner, &cursor);
	return end(&scanner, r);
}

void config_text_release(struct config_text *text)
{
	for (size_t i = 0; i < text->source_count; i++) {
		free(text->sources[i].path);
		free(text->sources[i].strange);
	}
	free(text->sources);
	free(text->lines);
	free(text->text);
	*text = (struct config_text){ .text = NULL };
}

unsigned int config_text_place(const struct config_text *text, unsigned int line,
			       const struct config_source **source)
{
	const struct config_line *found =
		line && line <= text->line_count ? &text->lines[line - 1] : text->lines;

	if (source)
		*source = &text->sources[found->source];
	return found->line;
}

int config_text_parse(const struct config_text *text, config_t *config)
{
	const struct config_source *source;
	const char *error;
	unsigned int line;

	if (config_read_string(config, text->text))
		return 0;
	error = config_error_text(config);
	line = config_text_place(text, (unsigned int)config_error_line(config), &source);
	return report(0, "%s:%u: %s%s", source->path, line, error,
		      strcmp(error, "syntax error")
			      ? ""
			      : " there or on the line before; words, sizes and durations are "
				"written in quotes, and a ; ends each value");
}
