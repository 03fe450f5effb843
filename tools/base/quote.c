/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/quote.h"

void quote_word(FILE *to, const char *word)
{
	fputc('\'', to);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", to);
		else
			fputc(*word, to);
	fputc('\'', to);
}
