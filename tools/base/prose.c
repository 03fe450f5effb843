/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/prose.h"
#include "injector/base/array.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int prose_form_find(const char *name, enum prose_form *form)
{
	static const char *const names[] = {
		[PROSE_LINES] = "lines",
		[PROSE_MARKDOWN] = "markdown",
		[PROSE_MAN] = "man",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name ? name : names[PROSE_LINES], names[i])) {
			*form = (enum prose_form)i;
			return 0;
		}
	return -EINVAL;
}

/* Prints one character in man(7). literal: prints a hyphen as a minus sign, as in names. */
static void print_roff(FILE *to, char c, bool literal)
{
	if (c == '"')
		fputs("\\(dq", to);
	else if (c == '\\')
		fputs("\\e", to);
	else if (c == '-' && literal)
		fputs("\\-", to);
	else
		putc(c, to);
}

void prose_literal(FILE *to, const char *text)
{
	while (*text)
		print_roff(to, *text++, true);
}

/* Returns the text behind a Markdown mark at `text`, or `text` if there is none. Skips the target
 * of a link. code: whether `text` is between backquotes. */
static const char *skip_mark(const char *text, bool *code)
{
	const char *end = strncmp(text, "](", 2) ? NULL : strchr(text, ')');

	if (*text == '`') {
		*code = !*code;
		return text + 1;
	}
	if (*code || (*text != '[' && !end))
		return text;
	return end ? end + 1 : text + 1;
}

void prose_plain(FILE *to, const char *text)
{
	bool code = false;
	const char *next;

	while (*text && strncmp(text, ". ", 2) != 0 && strcmp(text, ".") != 0) {
		next = skip_mark(text, &code);
		if (next == text)
			putc(*next++, to);
		text = next;
	}
}

void prose_man(FILE *to, const char *text)
{
	bool code = false, was = false;
	const char *next;

	for (; *text; text = next, was = code) {
		next = skip_mark(text, &code);
		if (code != was)
			fputs(code ? "\\fB" : "\\fR", to);
		if (next != text)
			continue;
		if (!strncmp(text, ". ", 2) && !code) {
			fputs(".\n", to);
			next += 2;
		} else {
			print_roff(to, *next++, code);
		}
	}
	putc('\n', to);
}
