/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of events.jsonl, read fast: a run of some hours has millions of them. What a run writes is
 * flat and plain and is taken apart in place, without memory of its own (a million lines: 0.6 s);
 * whatever else is JSON goes through jansson (6.6 s).
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
	const char *key, *text; /* ended by NUL; text of FIELD_TEXT only */
	enum event_field_kind kind;
	int64_t number; /* of FIELD_NUMBER; of a fraction the whole part */
};

/* Zeroed before its first use. */
struct event_line {
	struct event_field fields[EVENT_LINE_FIELDS];
	size_t count;
	json_t *json; /* what the fields point into, where not the line */
};

/*
 * Takes a line apart. line: `length` bytes and a NUL, which is written into; the fields point into
 * it and hold until the next call. Keys beyond EVENT_LINE_FIELDS, and values that are lists or
 * groups, are left out. why: on failure, what is wrong; holds `size` bytes. Returns 0; -EINVAL no
 * JSON, or no group.
 */
int event_line_parse(struct event_line *event, char *line, size_t length, char *why, size_t size);

void event_line_release(struct event_line *event);

/* The text or number of a key; NULL or `fallback` when it is not there or something else. */
const char *event_line_text(const struct event_line *event, const char *key);
int64_t event_line_number(const struct event_line *event, const char *key, int64_t fallback);

/* The same of what is computed with: at most 10^18 either way, so that sums and differences of some
 * of them are numbers, whoever wrote the line. */
int64_t event_line_quantity(const struct event_line *event, const char *key, int64_t fallback);
bool event_line_true(const struct event_line *event, const char *key);

#endif
