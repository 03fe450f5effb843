/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_text.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tools/import/importers/log_joined.h"
#include "tools/import/importers/log_undo.h"
#include "tools/machine/kernel_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONG = 50, /* shorter lines are hardly wrapped */
	EVEN = 2,  /* so many lines of the same width were wrapped by a terminal */
	/* difference of lines folded at the same width: a quote or blank before them */
	SLACK = 2,
	WORD = 40, /* a line may end, and continue, so much before the fold */
	TEXTS = 2000,
};

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/*
 * The shape of a prefix: each word or number becomes "a", blanks are dropped, the rest stays. "Feb
 * 4 12:00:00 db01 kernel: [1234.5] " is "aaa:a:aaa:[a.a]" at any time. Writes the shape of the text
 * from `at` to `end`, up to `limit` characters.
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
			/* grep writes a dash for a colon in context lines. */
			shape[length++] = (char)(*at == '-' ? ':' : *at);
			at++;
		}
	}
	return length;
}

/* Marks that begin the kernel's text: what precedes them is the prefix. */
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

/* Whether the line is incomplete, by the kernel's formats. */
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

/* "---[ end trace 0000000000000000 ]---" is complete. */
static bool is_the_end(const char *text)
{
	const char *end = strstr(text, "---[ end ");

	return end && strstr(end, " ]---");
}

static char *is_fragment(char *text)
{
	return isdigit((unsigned char)*text) ? strstr(text, ",ncfrag=") : NULL;
}

/* Returns what follows "4,3806,1234567,-,ncfrag=58/117;" of extended netconsole, which continues a
 * line; or NULL. */
static char *rest_of_fragment(char *text)
{
	char *at = is_fragment(text);

	if (!at || at[8] == '0')
		return NULL;
	at = strchr(at, ';');
	return at ? at + 1 : NULL;
}

/* Of a line of registers: whether a value has too few digits. */
static bool is_cut_value(const char *text, size_t length)
{
	size_t digits = 0;

	while (digits < length && isxdigit((unsigned char)text[length - 1 - digits]))
		digits++;
	return digits && digits != 16 && digits != 8 && digits < length &&
	       text[length - 1 - digits] == ' ';
}

/* Whether the line lacks the end that lines of its kind have. */
static bool lacks_end(const char *text)
{
	const char *task = strstr(text, "Comm: ");
	size_t length = strlen(text);

	if (task && strstr(task, "ainted"))
		return !strstr(task, " #");
	if (strstr(text, "aops:"))
		return !strstr(text, "dentry name");
	return strstr(text, ": 0000") && is_cut_value(text, length);
}

/* Whether the previous line was folded: the next word had no room in it. */
static bool was_folded(const struct log_text *log, const char *text)
{
	if (log->hard)
		return log->width == log->fold;
	return log->width + 1 + strcspn(text, " \t") + SLACK > log->fold;
}

/* Whether the line has a prefix of its own, not seen before. */
static bool begins_anew(const struct kernel_line *line, const char *text)
{
	return line->kind != KERNEL_LINE_REGISTERS && begins(line) && line->text > text + 1 &&
	       strchr(" \t;]|\"", line->text[-1]);
}

/* Whether a line continues the previous one. */
static bool goes_on(const struct log_text *log, const struct kernel_line *line, const char *text)
{
	size_t blanks = strspn(text, " \t");
	bool lacks;

	if (!*log->pending || !log->width || !text[blanks] || is_the_end(log->pending))
		return false;
	/* A terminal may break a function's name, whose rest looks like another name. */
	if (log->hard && *log->shape && log->width == log->fold && !has_prefix(log, text))
		return true;
	if (log->fold && (!*log->shape || !has_prefix(log, text)) &&
	    log_mark_spans(log->pending, text + blanks))
		return true;
	/* A line that begins with a mark means the same on its own. */
	if (line->kind != KERNEL_LINE_NONE && line->text == text + blanks)
		return false;
	if (*log->shape && (has_prefix(log, text) || text[blanks] == '['))
		return false;
	if (begins_anew(line, text) ||
	    (!*log->shape && !log->hard && line->kind != KERNEL_LINE_NONE))
		return false;
	/* Without a prefix, any line of nearly that width seems folded. */
	if (log->fold && (*log->shape || log->hard) && was_folded(log, text + blanks))
		return true;
	lacks = line->kind == KERNEL_LINE_NONE &&
		(is_unfinished(log->pending) || lacks_end(log->pending));
	return lacks || (*log->shape && log->width >= LONG && !log->fold);
}

/* Whether a terminal wrapped the line: at the width seen so far, else at a usual one. */
static bool is_terminal(const struct log_text *log)
{
	if (log->wrapped && (log->wrapped != log->width || log->even >= EVEN))
		return log->wrapped == log->width;
	return log->width >= 80 && (log->width % 20 == 0 || log->width == 132);
}

/* Each word of "page: refcount:2 mapcount:0 ..." has a colon: a word without is incomplete. */
static bool breaks_dump(const char *pending, size_t word, const char *text)
{
	return strstr(pending, "refcount:") && strstr(pending, "mapcount:") &&
	       (!strchr(pending + word, ':') || !memchr(text, ':', strcspn(text, " ")));
}

/* Whether the break was within a word. Terminals break anywhere; others break at blanks, and within
 * words only if these are longer than a line: names in quotes, and flags. */
static bool breaks_word(const struct log_text *log, size_t used, const char *text)
{
	size_t tail = 0;
	bool quoted = false;

	if (log->hard)
		return log->width == log->fold;
	if (!used || !is_part(log->pending[used - 1]) || !is_part(*text))
		return false;
	for (size_t i = 0; i < used; i++)
		quoted ^= log->pending[i] == '"';
	while (tail < used && !isspace((unsigned char)log->pending[used - 1 - tail]))
		tail++;
	return quoted || memchr(log->pending + used - tail, '|', tail) ||
	       (!log->fold && is_terminal(log)) || breaks_dump(log->pending, used - tail, text);
}

static void put(struct log_text *log, const char *between, const char *text)
{
	append_text(log->pending, sizeof(log->pending), strlen(log->pending), "%s%s", between,
		    text);
}

static void append(struct log_text *log, const char *text, size_t width)
{
	size_t used = strlen(log->pending), indent = log->hard ? 0 : strspn(text, " \t");
	bool within;

	text += indent;
	within = log->pending[used - 1] == ' ' || *text == ' ' ||
		 (!indent && breaks_word(log, used, text));
	log->even = log->wrapped == log->width ? log->even + 1 : 0;
	log->wrapped = log->width;
	put(log, within ? "" : " ", text);
	log->width = width;
}

/* Hands out a line, or the several lines that were joined in it. Tables also contain other text, so
 * they are not split. */
static void hand_out(struct log_text *log, char *text, uint64_t number, bool marked)
{
	bool plain = marked && !strchr(text, '`') && !strstr(text, "| ") &&
		     strlen(text) < LOG_TEXT_JOINED;
	char *next = NULL;

	for (; text; text = next) {
		next = plain ? log_split_joined(text) : NULL;
		log->take(log->context, text, number, marked);
	}
}

static void flush(struct log_text *log)
{
	if (!*log->pending)
		return;
	hand_out(log, log->pending, log->number, true);
	*log->pending = '\0';
}

/* Whether a line without a mark may be continued. */
static bool may_go_on(const struct log_text *log, size_t width)
{
	return log->fold && width && (log->hard ? width == log->fold : width + WORD > log->fold) &&
	       width <= log->fold + SLACK;
}

/* Takes a line on which all but wrapping is undone. width: its original width. */
static void take_line(struct log_text *log, char *text, size_t width, uint64_t number)
{
	char *fragment = is_fragment(text), *rest = rest_of_fragment(text);
	struct kernel_line line;
	bool is_rest;

	if (rest && *log->pending) {
		put(log, "", rest);
		return;
	}
	rest = fragment ? strchr(fragment, ';') : NULL;
	/* The first of several fragments begins like any line. */
	if (rest)
		memmove(fragment, rest, strlen(rest) + 1);
	kernel_line_read(&line, text);
	if (goes_on(log, &line, text)) {
		append(log, text, width);
		return;
	}
	is_rest = *log->pending && *log->shape && log->fold &&
		  line.text == text + strspn(text, " \t") && was_folded(log, line.text);
	flush(log);
	if ((line.kind == KERNEL_LINE_NONE && !may_go_on(log, width) && !rest) ||
	    strlen(text) >= sizeof(log->pending)) {
		hand_out(log, text, number, line.kind != KERNEL_LINE_NONE);
		return;
	}
	/* A continuation may begin with a mark, and has no prefix. */
	if (!is_rest)
		learn_prefix(log, &line, text);
	snprintf(log->pending, sizeof(log->pending), "%s", text);
	log->number = number;
	log->width = width;
}

struct texts {
	char *items[TEXTS];
	size_t count;
};

static void gather(void *context, char *text)
{
	struct texts *texts = context;

	if (texts->count < ARRAY_SIZE(texts->items))
		texts->items[texts->count++] = text;
}

/* Takes text that may contain newlines. width: of the whole; 0: it was not folded. */
static void take_text(struct log_text *log, char *text, size_t width, uint64_t number)
{
	char *rest = NULL, *line;
	bool several;

	text = log_undo(text);
	several = strchr(text, '\n');
	if (!several && width > LOG_TEXT_REPORT && log_is_report(text)) {
		for (line = text; line; line = rest) {
			rest = log_split_joined(line);
			take_line(log, line, 0, number);
		}
		return;
	}
	if (!several) {
		take_line(log, text, width, number);
		return;
	}
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(log, line, width ? strlen(line) : 0, number);
}

/* Takes texts within JSON, which are never continued. */
static void take_json(struct log_text *log, char *text, uint64_t number)
{
	struct texts texts;

	texts.count = 0;
	log_undo_json(text, gather, &texts);
	for (size_t i = 0; i < texts.count; i++)
		take_text(log, texts.items[log->reversed ? texts.count - 1 - i : i], 0, number);
}

/* Replaces bytes that are not text by blanks. */
static void clean(struct log_text *log, char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte >= ' ' || (byte && strchr("\t\033\r\b", byte)))
			continue;
		log->not_text++;
		text[i] = ' ';
	}
	text[length] = '\0';
}

/* Joins quoted-printable lines, which end with "=", in log->broken. Returns whether more is to
 * come. */
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

/* Takes a line that is not broken any more. */
static void take_whole(struct log_text *log, char *text, size_t length, uint64_t number)
{
	bool plain = false;

	clean(log, text, length);
	/* Lines in reverse order do not form an object. */
	if (!log->reversed)
		text = log_parts_take(&log->parts, text, &plain);
	if (!text)
		return;
	if (plain)
		take_text(log, text, 0, number);
	else if (log_undo_is_json(text))
		take_json(log, text, number);
	else
		take_text(log, text, strlen(text), number);
}

/* Takes the line of which all parts are in log->broken. */
static void take_joined(struct log_text *log, uint64_t number)
{
	size_t length = log->broken_length;

	log->broken_length = 0;
	take_whole(log, log->broken, length, number);
}

void log_text_line(struct log_text *log, char *text, size_t length, uint64_t number)
{
	while (length && text[length - 1] == '\r')
		length--;
	if (join_broken(log, text, length))
		return;
	if (log->broken_length)
		take_joined(log, number);
	else
		take_whole(log, text, length, number);
}

void log_text_end(struct log_text *log)
{
	char *begin;

	if (log->broken_length)
		take_joined(log, log->number);
	while ((begin = log_parts_end(&log->parts))) {
		if (log_undo_is_json(begin))
			take_json(log, begin, log->number);
		else
			take_text(log, begin, 0, log->number);
	}
	flush(log);
}
