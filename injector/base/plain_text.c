/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/plain_text.h"

char *plain_text(char *text, bool lines)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c == '\t' || (lines && *c == '\n'))
			continue;
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
	return text;
}
