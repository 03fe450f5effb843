/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/prose.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int prose_form_find(const char *name, enum prose_form *form)
{
	static const char *const names[] = { "lines", "markdown", "man" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name ? name : names[0], names[i])) {
			*form = (enum prose_form)i;
			return 0;
		}
	return -EINVAL;
}

static void print_line(FILE *to, const char *text)
{
	for (; *text && strncmp(text, ". ", 2) != 0 && strcmp(text, ".") != 0; text++)
		if (*text != '`')
			fputc(*text, to);
}

static void print_man(FILE *to, const char *text)
{
	bool code = false;

	for (; *text; text++) {
		if (*text == '`') {
			code = !code;
			fputs(code ? "\\fB" : "\\fR", to);
		} else if (*text == '-' && code) {
			fputs("\\-", to);
		} else if (!strncmp(text, ". ", 2) && !code) {
			fputs(".\n", to);
			text++;
		} else {
			fputc(*text, to);
		}
	}
	fputc('\n', to);
}

void prose_print(FILE *to, enum prose_form form, const char *text)
{
	if (form == PROSE_LINES)
		print_line(to, text);
	else if (form == PROSE_MARKDOWN)
		fputs(text, to);
	else
		print_man(to, text);
}
