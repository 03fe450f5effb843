/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_parts.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tools/import/importers/log_undo.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void keep(struct log_parts *parts, size_t stream, const char *text)
{
	size_t used = parts->begins[stream].length, length = strlen(text);

	if (length > sizeof(parts->begins[stream].text) - 1 - used)
		length = sizeof(parts->begins[stream].text) - 1 - used;
	memcpy(parts->begins[stream].text + used, text, length);
	parts->begins[stream].length = used + length;
	parts->begins[stream].text[used + length] = '\0';
}

/* Joins the kept part and the text. */
static char *join(struct log_parts *parts, size_t stream, const char *text)
{
	snprintf(parts->line, sizeof(parts->line), "%.*s%s", (int)parts->begins[stream].length,
		 parts->begins[stream].text, text);
	parts->begins[stream].length = 0;
	return parts->line;
}

/* Finds "Z" or "+01:00" of a time, then the stream, then "P" or "F", alone or before ":" and tags.
 * Returns what follows; NULL: not such a line. */
static char *read_cri(char *text, size_t *stream, bool *is_part)
{
	enum { PREFIX = 100 }; /* longest text before it */
	static const char *const names[LOG_PARTS_STREAMS] = { " stdout ", " stderr " };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *at = strstr(text, names[i]), *tag;

		if (!at || at == text || at - text > PREFIX ||
		    (at[-1] != 'Z' && !isdigit((unsigned char)at[-1])))
			continue;
		tag = at + strlen(names[i]);
		if ((*tag != 'P' && *tag != 'F') || !strchr(" :", tag[1]))
			continue;
		*stream = i;
		*is_part = *tag == 'P';
		tag += strcspn(tag, " ");
		return tag + (*tag == ' ');
	}
	return NULL;
}

static char *take_cri(struct log_parts *parts, char *text, char *said, size_t stream, bool is_part)
{
	bool is_rest = parts->begins[stream].length;

	if (is_part) {
		keep(parts, stream, is_rest ? said : text);
		return NULL;
	}
	return is_rest ? join(parts, stream, said) : text;
}

/* The value of a member, without its opening quote; NULL: no member of that name. */
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = text; (at = strstr(at, key)); at += length) {
		const char *value = at + length;

		if (at == text || at[-1] != '"' || *value != '"')
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (*value != ':')
			continue;
		value += 1 + strspn(value + 1, " \t");
		return value + (*value == '"');
	}
	return NULL;
}

static bool is_value(const char *text, const char *key, const char *wanted)
{
	const char *value = value_of(text, key);

	return value && !strncmp(value, wanted, strlen(wanted));
}

/* Whether it is a docker record. newline: whether its text ends with a newline. */
static bool read_docker(const char *text, bool *newline)
{
	const char *log = value_of(text, "log"), *at = log;

	if (!log || !value_of(text, "stream") || !value_of(text, "time"))
		return false;
	while (*at && *at != '"')
		at += at[0] == '\\' && at[1] ? 2 : 1;
	*newline = at - log >= 2 && at[-2] == '\\' && at[-1] == 'n';
	return true;
}

static bool is_open(const struct log_parts *parts, const char *text)
{
	bool newline;

	if (is_value(text, "partial_message", "true"))
		return !is_value(text, "partial_last", "true");
	if (is_value(text, "CONTAINER_PARTIAL_MESSAGE", "true") ||
	    is_value(text, "_LINE_BREAK", "line-max") || is_value(text, "logtag", "P") ||
	    is_value(text, "_p", "P"))
		return true;
	return parts->newlines && read_docker(text, &newline) && !newline;
}

bool log_parts_newlines(const char *text)
{
	bool newline;

	return *text == '{' && read_docker(text, &newline) && newline;
}

static char *message_of(char *text)
{
	static const char *const keys[] = { "MESSAGE", "log", "message", "msg" };
	char *said = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !said; i++)
		if (value_of(text, keys[i]))
			said = log_undo_member(text, keys[i]);
	return said;
}

/* A part may contain whole lines before a partial one. */
static char *take_part(struct log_parts *parts, size_t stream, char *said)
{
	char *newline = strrchr(said, '\n'), *whole;

	if (!newline) {
		keep(parts, stream, said);
		return NULL;
	}
	*newline = '\0';
	whole = join(parts, stream, said);
	keep(parts, stream, newline + 1);
	return whole;
}

static char *take_json(struct log_parts *parts, char *text, bool *plain)
{
	size_t stream = is_value(text, "stream", "stderr");
	bool open = is_open(parts, text);
	char *said;

	if (!open && !parts->begins[stream].length)
		return text;
	said = message_of(text);
	if (!said)
		return text;
	*plain = true;
	return open ? take_part(parts, stream, said) : join(parts, stream, said);
}

/* Whether a line can belong to an object: a member, numbers, a bracket. */
static bool is_of_object(const char *line)
{
	return *line == '"' || line[strspn(line, "0123456789-., ]")] == '\0' ||
	       (strchr("{}[]", *line) && strlen(line) <= 3);
}

static void collect(struct log_parts *parts, const char *line)
{
	parts->object_length = append_text(parts->object, sizeof(parts->object),
					   parts->object_length, "%s ", line);
}

/* Collects an object. other: set if the line is not part of it and still to be taken. Returns the
 * object once it is whole or ends early; NULL: not yet. */
static char *take_object(struct log_parts *parts, const char *text, bool *other)
{
	const char *line = text + strspn(text, " \t");
	size_t indent = (size_t)(line - text);
	bool fits = strlen(line) + 2 < sizeof(parts->object) - parts->object_length;

	*other = !fits || !is_of_object(line);
	if (!*other)
		collect(parts, line);
	if (!*other && (*line != '}' || indent != parts->indent))
		return NULL;
	parts->object_length = 0;
	return parts->object;
}

/* An entry begins with its cursor, alone or after a readable time. */
static bool begins_entry(const char *text)
{
	return !strncmp(text, "__CURSOR=s=", 11) ||
	       (isalpha((unsigned char)*text) && strstr(text, " [s=") && strstr(text, ";i="));
}

/* The message of an entry; NULL: none, or more is to come. */
static char *end_entry(struct log_parts *parts)
{
	const char *said = strchr(parts->message, '=');
	bool is_rest = parts->begins[0].length;
	char *whole = NULL;

	parts->in_entry = false;
	if (!said)
		return NULL;
	if (parts->cut)
		keep(parts, 0, is_rest ? said + 1 : parts->message);
	else
		whole = join(parts, 0, is_rest ? said + 1 : parts->message);
	*parts->message = '\0';
	return whole;
}

/* Takes a line of an entry. Returns as log_parts_take() does. */
static char *take_field(struct log_parts *parts, char *text)
{
	const char *field = text + strspn(text, " ");

	if (!*field)
		return end_entry(parts);
	if (begins_entry(text)) {
		char *whole = end_entry(parts);

		parts->in_entry = true;
		parts->cut = false;
		return whole;
	}
	if (!strcmp(field, "_LINE_BREAK=line-max") ||
	    !strcmp(field, "CONTAINER_PARTIAL_MESSAGE=true"))
		parts->cut = true;
	if (strncmp(field, "MESSAGE=", 8) || strlen(field) >= sizeof(parts->message))
		return text;
	strcpy(parts->message, field);
	return NULL;
}

char *log_parts_take(struct log_parts *parts, char *text, bool *plain)
{
	char *said, *line = text + strspn(text, " \t");
	bool is_part, other;
	size_t stream;

	*plain = false;
	if (parts->object_length) {
		char *object = take_object(parts, text, &other);

		if (!object)
			return NULL;
		if (!other)
			return take_json(parts, object, plain);
		/* Its members were handed out one by one. */
		snprintf(parts->line, sizeof(parts->line), "%s%s", object, text);
		return parts->line;
	}
	if (!strcmp(line, "{")) {
		parts->indent = (size_t)(line - text);
		collect(parts, line);
		return NULL;
	}
	if (parts->in_entry || begins_entry(text))
		return take_field(parts, text);
	said = read_cri(text, &stream, &is_part);
	if (said)
		return take_cri(parts, text, said, stream, is_part);
	return *line == '{' || strstr(line, "{\"") ? take_json(parts, text, plain) : text;
}

char *log_parts_end(struct log_parts *parts)
{
	if (parts->object_length) {
		parts->object_length = 0;
		return parts->object;
	}
	if (*parts->message) {
		char *whole = end_entry(parts);

		if (whole)
			return whole;
	}
	for (size_t i = 0; i < LOG_PARTS_STREAMS; i++)
		if (parts->begins[i].length)
			return join(parts, i, "");
	return NULL;
}
