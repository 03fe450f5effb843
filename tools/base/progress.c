/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/progress.h"
#include "injector/base/append_text.h"
#include "injector/base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_SIZE = 512, NARROWEST = 4 };

static const char between[] = "   ";

void progress_init(struct progress *progress, bool rewrite, bool plain)
{
	const char *terminal = getenv("TERM");
	bool can = terminal && strcmp(terminal, "dumb");

	*progress =
		(struct progress){ .rewrite = rewrite && can, .plain = plain && !(rewrite && can) };
}

static void terminal_size(size_t *columns, size_t *rows)
{
	struct winsize size = { .ws_col = 0 };

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	*columns = size.ws_col ? size.ws_col : 80;
	*rows = size.ws_row ? size.ws_row : 24;
}

size_t progress_lay_out(const char *const *items, size_t count, size_t width, size_t most,
			char *lines, size_t size)
{
	/* The last column stays free: a line that fills it would wrap. */
	size_t room = width > NARROWEST ? width - 1 : NARROWEST - 1, used = 0, line = 0;

	if (room > size - 1)
		room = size - 1;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(items[i]);
		char *at;

		if (used && used + strlen(between) + length > room) {
			line++;
			used = 0;
		}
		if (line == most)
			break;
		at = lines + line * size;
		used = append_text(at, room + 1, used, "%s%s", used ? between : "", items[i]);
	}
	return line == most ? most : line + (used > 0);
}

/* Moves to the beginning of the present block. A terminal that became narrower has wrapped its
 * lines. */
static void go_to_begin(const struct progress *progress, size_t columns)
{
	size_t rows = 0;

	for (size_t i = 0; i < progress->lines; i++)
		rows += progress->lengths[i] ? (progress->lengths[i] + columns - 1) / columns : 1;
	fputc('\r', stderr);
	if (rows > 1)
		fprintf(stderr, "\033[%zuA", rows - 1);
}

static void draw(struct progress *progress, const char *const *items, size_t count)
{
	char lines[PROGRESS_LINES_MAX][LINE_SIZE] = { "" };
	size_t columns, rows, most, made;

	terminal_size(&columns, &rows);
	most = rows > 2 ? rows - 1 : 1;
	if (most > PROGRESS_LINES_MAX)
		most = PROGRESS_LINES_MAX;
	made = progress_lay_out(items, count, columns, most, lines[0], LINE_SIZE);
	go_to_begin(progress, columns);
	for (size_t i = 0; i < made; i++) {
		fprintf(stderr, "%s%s\033[K", i ? "\n" : "", lines[i]);
		progress->lengths[i] = strlen(lines[i]);
	}
	/* Erases the rest of a larger block. */
	if (made < progress->lines)
		fputs("\033[J", stderr);
	progress->lines = made;
	fflush(stderr);
}

static void print(const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", items[i]);
	fputc('\n', stderr);
}

bool progress_is_time(const struct progress *progress)
{
	uint64_t every = progress->rewrite ? 100000000 : 2000000000;

	return (progress->rewrite || progress->plain) && units_now() >= progress->shown + every;
}

void progress_items(struct progress *progress, const char *const *items, size_t count)
{
	if (!progress_is_time(progress))
		return;
	progress->shown = units_now();
	if (progress->rewrite)
		draw(progress, items, count);
	else
		print(items, count);
}

void progress_line(struct progress *progress, const char *line)
{
	progress_items(progress, &line, 1);
}

void progress_phase(struct progress *progress, const char *phase)
{
	char line[sizeof(progress->phase) + 8];
	const char *items[] = { line };

	snprintf(progress->phase, sizeof(progress->phase), "%s", phase);
	snprintf(line, sizeof(line), "%s ...", phase);
	if (progress->rewrite)
		draw(progress, items, 1);
	else if (progress->plain)
		print(items, 1);
}

void progress_end(struct progress *progress)
{
	size_t columns, rows;

	if (!progress->rewrite || !progress->lines)
		return;
	terminal_size(&columns, &rows);
	go_to_begin(progress, columns);
	fputs("\033[J", stderr);
	fflush(stderr);
	progress->lines = 0;
}
