/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/event_line.h"
#include "injector/base/array.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a plain string: printable ASCII except quote and backslash. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Parses a string from its opening quote, and replaces the closing quote by NUL. Returns the rest
 * of the line; NULL if the string is not plain. */
static char *take_string(char *at, const char **text)
{
	if (*at++ != '"')
		return NULL;
	*text = at;
	while (is_plain(*at))
		at++;
	if (*at != '"')
		return NULL;
	*at = '\0';
	return at + 1;
}

/* Parses an integer of up to 18 digits without leading zeros. Returns the rest of the line, or
 * NULL. */
static char *take_number(char *at, struct event_field *field)
{
	bool negative = *at == '-';
	char *first = at += negative;

	field->kind = FIELD_NUMBER;
	field->number = 0;
	while (*at >= '0' && *at <= '9' && at - first < 18)
		field->number = field->number * 10 + (*at++ - '0');
	if (at == first || (*first == '0' && at - first > 1))
		return NULL;
	if (negative)
		field->number = -field->number;
	return at;
}

static char *take_word(char *at, struct event_field *field)
{
	static const struct {
		const char *word;
		size_t length;
		enum event_field_kind kind;
	} words[] = {
		{ "true", 4, FIELD_TRUE },
		{ "false", 5, FIELD_FALSE },
		{ "null", 4, FIELD_NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(at, words[i].word, words[i].length)) {
			field->kind = words[i].kind;
			return at + words[i].length;
		}
	return NULL;
}

static char *take_value(char *at, struct event_field *field)
{
	if (*at == '"') {
		field->kind = FIELD_TEXT;
		return take_string(at, &field->text);
	}
	return (*at >= '0' && *at <= '9') || *at == '-' ? take_number(at, field)
							: take_word(at, field);
}

/* Parses a line in the form that runs write. Returns whether that is its form; if not, the caller
 * calls restore(), since strings may be terminated already. */
static bool take_plain(struct event_line *event, char *at)
{
	event->count = 0;
	if (*at++ != '{')
		return false;
	while (event->count < EVENT_LINE_FIELDS) {
		struct event_field *field = &event->fields[event->count++];

		field->text = NULL;
		at = take_string(at, &field->key);
		if (!at || *at++ != ':')
			return false;
		at = take_value(at, field);
		if (!at || (*at != ',' && *at != '}'))
			return false;
		if (*at++ == '}')
			return *at == '\0';
	}
	return false;
}

static void take_json(struct event_line *event)
{
	const char *key;
	json_t *value;

	event->count = 0;
	json_object_foreach (event->json, key, value) {
		struct event_field *field = &event->fields[event->count];

		if (event->count == EVENT_LINE_FIELDS || json_is_object(value) ||
		    json_is_array(value))
			continue;
		field->key = key;
		field->text = json_string_value(value);
		field->number = json_is_real(value) ? 0 : json_integer_value(value);
		/* A larger number cannot be cast to an integer. */
		if (json_is_real(value) && json_real_value(value) > -9e18 &&
		    json_real_value(value) < 9e18)
			field->number = (int64_t)json_real_value(value);
		field->kind = json_is_string(value)   ? FIELD_TEXT
			      : json_is_number(value) ? FIELD_NUMBER
			      : json_is_true(value)   ? FIELD_TRUE
			      : json_is_false(value)  ? FIELD_FALSE
						      : FIELD_NULL;
		event->count++;
	}
}

/* Puts back the quotes that take_plain() replaced by NUL. */
static void restore(char *line, size_t length)
{
	for (char *c = line; (c = memchr(c, '\0', (size_t)(line + length - c)));)
		*c = '"';
}

int event_line_parse(struct event_line *event, char *line, size_t length, char *why, size_t size)
{
	json_error_t error;

	event_line_release(event);
	if (memchr(line, '\0', length)) {
		snprintf(why, size, "a NUL byte");
		return -EINVAL;
	}
	if (take_plain(event, line))
		return 0;
	restore(line, length);
	event->json = json_loadb(line, length, 0, &error);
	if (!json_is_object(event->json)) {
		snprintf(why, size, "%s", event->json ? "no event, but a list" : error.text);
		event_line_release(event);
		return -EINVAL;
	}
	take_json(event);
	return 0;
}

void event_line_release(struct event_line *event)
{
	json_decref(event->json);
	event->json = NULL;
	event->count = 0;
}

static const struct event_field *find(const struct event_line *event, const char *key)
{
	for (size_t i = 0; i < event->count; i++)
		if (!strcmp(event->fields[i].key, key))
			return &event->fields[i];
	return NULL;
}

const char *event_line_text(const struct event_line *event, const char *key)
{
	const struct event_field *field = find(event, key);

	return field && field->kind == FIELD_TEXT ? field->text : NULL;
}

int64_t event_line_number(const struct event_line *event, const char *key, int64_t fallback)
{
	const struct event_field *field = find(event, key);

	return field && field->kind == FIELD_NUMBER ? field->number : fallback;
}

int64_t event_line_quantity(const struct event_line *event, const char *key, int64_t fallback)
{
	const int64_t most = 1000000000000000000, number = event_line_number(event, key, fallback);

	return number > most ? most : number < -most ? -most : number;
}

bool event_line_true(const struct event_line *event, const char *key)
{
	const struct event_field *field = find(event, key);

	return field && field->kind == FIELD_TRUE;
}
