/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal with the few control sequences that progress uses: what its screen shows after some
 * output. */
#ifndef TESTS_SUPPORT_SCREEN_H
#define TESTS_SUPPORT_SCREEN_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCREEN_ROWS = 200, SCREEN_COLUMNS_MAX = 250 };

struct screen {
	unsigned int columns, row, column;
	bool pending; /* the last column is filled: the next character wraps */
	char cell[SCREEN_ROWS][SCREEN_COLUMNS_MAX + 1];
	unsigned int unknown; /* number of sequences not understood */
};

static inline void screen_init(struct screen *screen, unsigned int columns)
{
	memset(screen, 0, sizeof(*screen));
	screen->columns = columns;
	for (int row = 0; row < SCREEN_ROWS; row++)
		memset(screen->cell[row], ' ', columns);
}

static inline void screen_erase(struct screen *screen, unsigned int row, unsigned int column)
{
	memset(screen->cell[row] + column, ' ', screen->columns - column);
}

/* Handles a sequence "ESC [ number letter", or ignores a colour "ESC [ number ; number m". Returns
 * the text after it. */
static inline const char *screen_sequence(struct screen *screen, const char *text)
{
	const char *end = text + 2 + strspn(text + 2, "0123456789;");
	unsigned long number = strtoul(text + 2, NULL, 10);

	if (*end == 'm')
		return end + 1;
	screen->pending = false;
	switch (*end) {
	case 'A':
		number = number ? number : 1;
		screen->row -= number < screen->row ? (unsigned int)number : screen->row;
		break;
	case 'K':
		screen_erase(screen, screen->row, screen->column);
		break;
	case 'J':
		screen_erase(screen, screen->row, screen->column);
		for (unsigned int row = screen->row + 1; row < SCREEN_ROWS; row++)
			screen_erase(screen, row, 0);
		break;
	default:
		screen->unknown++;
		break;
	}
	return *end ? end + 1 : end;
}

static inline void screen_put(struct screen *screen, char c)
{
	if (screen->pending) {
		screen->row++;
		screen->column = 0;
		screen->pending = false;
	}
	screen->cell[screen->row][screen->column] = c;
	screen->pending = screen->column + 1 == screen->columns;
	screen->column += !screen->pending;
}

static inline void screen_write(struct screen *screen, const char *text)
{
	while (*text && screen->row + 1 < SCREEN_ROWS) {
		if (text[0] == '\033' && text[1] == '[') {
			text = screen_sequence(screen, text);
			continue;
		}
		if (*text == '\r' || *text == '\n')
			screen->pending = false;
		if (*text == '\r')
			screen->column = 0;
		else if (*text == '\n')
			screen->row++;
		else
			screen_put(screen, *text);
		text++;
	}
}

/* A row without trailing spaces, which are cut off in place. */
static inline const char *screen_row(struct screen *screen, unsigned int row)
{
	for (unsigned int i = screen->columns; i && screen->cell[row][i - 1] == ' '; i--)
		screen->cell[row][i - 1] = '\0';
	return screen->cell[row];
}

#endif
