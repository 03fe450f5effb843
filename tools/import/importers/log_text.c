/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_text.h"
#include "injector/base/array.h"
#include "tools/import/importers/log_undo.h"
#include "tools/machine/kernel_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONG = 50, /* what is shorter was hardly wrapped */
	EVEN = 2,  /* so many more of the same width were wrapped by a terminal */
};

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/*
 * The shape of a prefix: each word or number is an "a", blanks do not count, everything else is itself.
 * "Feb  4 12:00:00 db01 kernel: [1234.5] " is "aaa:a:aaa:[a.a]", whatever the time.
 * Writes it for the text from `at` to `end`, or until it is as long as `limit`.
 */
static size_t shape_of(const char *at, const char *end, char *shape, size_t limit)
{
	size_t length = 0;

	while (at < end && length < limit) {
		if (isspace((unsigned char)*at)) {
			at++;
		} else if (is_part(*at)) {
			shape[length++] = 'a';
			while (at < end && is_part(*at))
				at++;
		} else {
			shape[length++] = *at++;
		}
	}
	return length;
}

/* Marks that stand at the begin of what the kernel says: what is before is the prefix. */
static bool begins(const struct kernel_line *line)
{
	static const enum kernel_line_kind kinds[] = {
		KERNEL_LINE_PAGE,      KERNEL_LINE_HEAD,  KERNEL_LINE_OWNER, KERNEL_LINE_PLACE,
		KERNEL_LINE_REGISTERS, KERNEL_LINE_FRAME, KERNEL_LINE_END,   KERNEL_LINE_VERSION,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (line->kind == kinds[i])
			return !line->unsure;
	return false;
}

static void learn_prefix(struct log_text *log, const struct kernel_line *line, const char *text)
{
	size_t length;

	if (!begins(line))
		return;
	length = shape_of(text, line->text, log->shape, LOG_TEXT_SHAPE - 1);
	log->shape[length] = '\0';
}

static bool has_prefix(const struct log_text *log, const char *text)
{
	size_t length = strlen(log->shape);
	char shape[LOG_TEXT_SHAPE];

	return shape_of(text, text + strlen(text), shape, length) == length &&
	       !memcmp(shape, log->shape, length);
}

/* Whether something is missing at its end, by what the kernel writes. */
static bool is_unfinished(const char *text)
{
	size_t length = strlen(text);
	int open = 0, quotes = 0;

	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	if (length && strchr(":,(|", text[length - 1]))
		return true;
	for (size_t i = 0; i < length; i++) {
		open += (text[i] == '(') - (text[i] == ')');
		quotes += text[i] == '"';
	}
	return open > 0 || quotes % 2;
}

/* "---[ end trace 0000000000000000 ]---" is whole. */
static bool is_the_end(const char *text)
{
	const char *end = strstr(text, "---[ end ");

	return end && strstr(end, " ]---");
}

/* Whether a line is the rest of the one before. */
static bool goes_on(const struct log_text *log, const struct kernel_line *line, const char *text)
{
	size_t blanks = strspn(text, " \t");

	if (!*log->pending || !log->width || !text[blanks] || is_the_end(log->pending))
		return false;
	/* One that begins with a mark says the same whether it is a rest or not. */
	if (line->kind != KERNEL_LINE_NONE && line->text == text + blanks)
		return false;
	if (*log->shape && (has_prefix(log, text) || text[blanks] == '['))
		return false;
	if (*log->shape && log->width >= LONG)
		return true;
	return line->kind == KERNEL_LINE_NONE && is_unfinished(log->pending);
}

/* By what was wrapped so far: always at the same width; or, before that is known, at a usual one. */
static bool is_terminal(const struct log_text *log)
{
	if (log->wrapped && (log->wrapped != log->width || log->even >= EVEN))
		return log->wrapped == log->width;
	return log->width >= 80 && (log->width % 20 == 0 || log->width == 132);
}

/* Each word of "page: refcount:2 mapcount:0 ..." has a colon: one without is a part of one. */
static bool breaks_dump(const char *pending, size_t word, const char *text)
{
	return strstr(pending, "refcount:") && strstr(pending, "mapcount:") &&
	       (!strchr(pending + word, ':') || !memchr(text, ':', strcspn(text, " ")));
}

/* Terminals break at their width, also within words; who breaks lines of text does so at blanks, but
 * within words that are longer than a line, which are names in quotes, and flags. */
static bool breaks_word(const struct log_text *log, size_t used, const char *text)
{
	size_t tail = 0;
	bool quoted = false;

	if (!used || !is_part(log->pending[used - 1]) || !is_part(*text))
		return false;
	for (size_t i = 0; i < used; i++)
		quoted ^= log->pending[i] == '"';
	while (tail < used && !isspace((unsigned char)log->pending[used - 1 - tail]))
		tail++;
	return quoted || memchr(log->pending + used - tail, '|', tail) || is_terminal(log) ||
	       breaks_dump(log->pending, used - tail, text);
}

static void append(struct log_text *log, const char *text, size_t width)
{
	size_t used = strlen(log->pending);
	bool within = breaks_word(log, used, text);

	log->even = log->wrapped == log->width ? log->even + 1 : 0;
	log->wrapped = log->width;
	if (used + 1 < sizeof(log->pending))
		snprintf(log->pending + used, sizeof(log->pending) - used, "%s%s",
			 within ? "" : " ", text);
	log->width = width;
}

static void flush(struct log_text *log)
{
	if (!*log->pending)
		return;
	log->take(log->context, log->pending, log->number, true);
	*log->pending = '\0';
}

/* A line with all undone but the wrapping. width: that it had. */
static void take_line(struct log_text *log, char *text, size_t width, uint64_t number)
{
	struct kernel_line line;

	kernel_line_read(&line, text);
	if (goes_on(log, &line, text)) {
		append(log, text, width);
		return;
	}
	flush(log);
	if (line.kind == KERNEL_LINE_NONE || strlen(text) >= sizeof(log->pending)) {
		log->take(log->context, text, number, line.kind != KERNEL_LINE_NONE);
		return;
	}
	learn_prefix(log, &line, text);
	snprintf(log->pending, sizeof(log->pending), "%s", text);
	log->number = number;
	log->width = width;
}

struct pieces {
	struct log_text *log;
	uint64_t number;
};

/* A text within JSON: lines of its own, none of which goes on. */
static void take_string(void *context, char *text)
{
	struct pieces *pieces = context;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		line = log_undo(line);
		take_line(pieces->log, line, 0, pieces->number);
	}
}

/* Bytes that no text has become blanks. */
static void clean(struct log_text *log, char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= ' ' || byte == '\t' || byte == '\033')
			continue;
		log->not_text += byte != '\r';
		text[i] = ' ';
	}
	text[length] = '\0';
}

/* Lines that quoted-printable has broken, with "=" at their ends, become one in log->broken. Returns whether
 * more of it comes. */
static bool join_broken(struct log_text *log, const char *text, size_t length)
{
	enum { BROKEN_FROM = 60 };
	bool broken = length >= BROKEN_FROM && text[length - 1] == '=';

	if (!broken && !log->broken_length)
		return false;
	length -= broken;
	if (log->broken_length + length >= sizeof(log->broken))
		length = sizeof(log->broken) - log->broken_length - 1;
	memcpy(log->broken + log->broken_length, text, length);
	log->broken_length += length;
	return broken;
}

void log_text_line(struct log_text *log, char *text, size_t length, uint64_t number)
{
	struct pieces pieces = { .log = log, .number = number };

	while (length && text[length - 1] == '\r')
		length--;
	if (join_broken(log, text, length))
		return;
	if (log->broken_length) {
		text = log->broken;
		length = log->broken_length;
		log->broken_length = 0;
	}
	clean(log, text, length);
	if (log_undo_is_json(text)) {
		log_undo_json(text, take_string, &pieces);
		return;
	}
	take_line(log, log_undo(text), length, number);
}

void log_text_end(struct log_text *log)
{
	if (log->broken_length)
		log_text_line(log, log->broken, log->broken_length, log->number);
	flush(log);
}
