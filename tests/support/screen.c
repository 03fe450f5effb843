/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usage: screen COLUMNS <OUTPUT: prints what a terminal shows after that output. */
#include "tests/support/screen.h"

int main(int argc, char **argv)
{
	static struct screen screen;
	char *text = NULL;
	size_t size = 0;
	unsigned int columns = argc > 1 ? (unsigned int)atoi(argv[1]) : 80;

	if (columns < 1 || columns > SCREEN_COLUMNS_MAX)
		return 2;
	screen_init(&screen, columns);
	if (getdelim(&text, &size, '\0', stdin) > 0)
		screen_write(&screen, text);
	free(text);
	for (unsigned int row = 0; row <= screen.row; row++)
		puts(screen_row(&screen, row));
	return screen.unknown ? 1 : 0;
}
