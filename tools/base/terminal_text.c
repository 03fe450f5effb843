/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/terminal_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	LABEL = 11,      /* columns of "verdict    " */
	NARROWEST = 40,  /* on narrower terminals lines are not broken */
	TEXT_MAX = 8192, /* longer lines are cut in two */
};

static const char verdict_label[LABEL + 1] = "verdict    ";

struct terminal_text {
	FILE *to;
	unsigned int width;
	bool color;
	char line[TEXT_MAX];
	size_t used;
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The colour of a verdict such as "HIT, expected CLEAN": whether it is as expected. For a scenario
 * without a race, VERIFIED counts as CLEAN. */
static const char *color_of(const char *verdict)
{
	static const char green[] = "\033[1;32m", red[] = "\033[1;31m", yellow[] = "\033[1;33m";

	if (begins(verdict, "HIT, expected HIT") || begins(verdict, "CLEAN, expected CLEAN") ||
	    begins(verdict, "VERIFIED, expected CLEAN"))
		return green;
	return begins(verdict, "INCONCLUSIVE") ? yellow : red;
}

static size_t indent_of(const char *line)
{
	size_t blanks = strspn(line, " ");

	/* A deeper indent could leave no room for text. */
	if (!blanks || blanks > NARROWEST / 2)
		return LABEL;
	return blanks < LABEL ? blanks + 2 : blanks;
}

/* Returns how many bytes fit in `width` columns, up to a blank if there is one after the leading
 * blanks, and else whole characters. */
static size_t break_at(const char *text, size_t length, size_t width)
{
	size_t at = width, blanks = strspn(text, " ");

	if (length <= width)
		return length;
	while (at > blanks && text[at] != ' ')
		at--;
	if (at > blanks)
		return at;
	/* A character of UTF-8 has up to four bytes; what has more that continue one is none. */
	for (at = width; at > width - 4 && (text[at] & 0xc0) == 0x80; at--)
		;
	return at > width - 4 ? at : width;
}

static void print_line(struct terminal_text *text)
{
	const char *line = text->line, *end = line + text->used;
	size_t indent, part;
	bool colored = text->color && begins(line, verdict_label);

	text->line[text->used] = '\0';
	indent = indent_of(line);
	part = text->width ? break_at(line, text->used, text->width) : text->used;
	if (colored && part > LABEL) {
		size_t word = strcspn(line + LABEL, ",");

		fprintf(text->to, "%s%s%.*s\033[0m", verdict_label, color_of(line + LABEL),
			(int)word, line + LABEL);
		fprintf(text->to, "%.*s", (int)(part - LABEL - word), line + LABEL + word);
	} else {
		fprintf(text->to, "%.*s", (int)part, line);
	}
	for (line += part; line < end; line += part) {
		line += *line == ' ';
		part = break_at(line, (size_t)(end - line), text->width - indent);
		fprintf(text->to, "\n%*s%.*s", (int)indent, "", (int)part, line);
	}
	text->used = 0;
}

static ssize_t write_text(void *cookie, const char *from, size_t size)
{
	struct terminal_text *text = cookie;

	for (size_t i = 0; i < size; i++) {
		if (from[i] != '\n')
			text->line[text->used++] = from[i];
		if (from[i] == '\n' || text->used == TEXT_MAX - 1)
			print_line(text);
		if (from[i] == '\n')
			fputc('\n', text->to);
	}
	return (ssize_t)size;
}

static int close_text(void *cookie)
{
	struct terminal_text *text = cookie;

	if (text->used)
		print_line(text);
	free(text);
	return 0;
}

FILE *terminal_text_make(FILE *to, unsigned int width, bool color)
{
	struct terminal_text *text = calloc(1, sizeof(*text));
	FILE *stream = NULL;

	if (!text)
		return NULL;
	*text = (struct terminal_text){ .to = to, .width = width, .color = color };
	stream = fopencookie(text, "w",
			     (cookie_io_functions_t){ .write = write_text, .close = close_text });
	if (stream)
		setvbuf(stream, NULL, _IOLBF, 0);
	else
		free(text);
	return stream;
}

static unsigned int width_of(FILE *to)
{
	struct winsize size;

	if (!isatty(fileno(to)) || ioctl(fileno(to), TIOCGWINSZ, &size) || size.ws_col < NARROWEST)
		return 0;
	return size.ws_col;
}

static bool wants_color(FILE *to, enum terminal_color color)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return isatty(fileno(to)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

FILE *terminal_text_open(FILE *to, enum terminal_color color)
{
	return terminal_text_make(to, width_of(to), wants_color(to, color));
}
