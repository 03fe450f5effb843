/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fast reader for lines of events.jsonl, of which a run of some hours writes millions. The flat,
 * plain lines that runs write are parsed in place without allocation (a million lines: 0.6 s);
 * other JSON goes through jansson (6.6 s).
 */
#ifndef TOOLS_VERDICT_EVENT_LINE_H
#define TOOLS_VERDICT_EVENT_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENT_LINE_FIELDS = 48 };

enum event_field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_TRUE, FIELD_FALSE, FIELD_NULL };

struct event_field {
	const char *key, *text; /* NUL-terminated; text: FIELD_TEXT only */
	enum event_field_kind kind;
	int64_t number; /* FIELD_NUMBER; of a fraction the integer part */
};

/* Zeroed by the caller before its first use. */
struct event_line {
	struct event_field fields[EVENT_LINE_FIELDS];
	size_t count;
	json_t *json; /* holds the fields if the line does not; or NULL */
};

/*
 * Parses a line. line: `length` bytes and a NUL; modified. The fields point into it or into
 * event->json, and are valid until the next call. Omits keys beyond EVENT_LINE_FIELDS, and values
 * that are lists or objects. why: set on failure; holds `size` bytes. Returns 0; -EINVAL not a JSON
 * object, or a NUL byte in the line; not reported.
 */
int event_line_parse(struct event_line *event, char *line, size_t length, char *why, size_t size);

/* Frees what the last event_line_parse() allocated. */
void event_line_release(struct event_line *event);

/* The text or number of a key; NULL or `fallback` if it is missing or of another kind. */
const char *event_line_text(const struct event_line *event, const char *key);
int64_t event_line_number(const struct event_line *event, const char *key, int64_t fallback);

/* Does the same, limited to -10^18 to 10^18, so that sums and differences of a few values do not
 * overflow. */
int64_t event_line_quantity(const struct event_line *event, const char *key, int64_t fallback);
/* Whether the key is true. */
bool event_line_true(const struct event_line *event, const char *key);

#endif
