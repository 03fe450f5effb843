/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/utf8.h"

#include <string.h>

uint32_t utf8_decode(const char *text, size_t *length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = (const unsigned char *)text;
	uint32_t value = *c;

	*length = value < 0x80 ? 1 : value < 0xc0 ? 0 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : 4;
	if (value >= 0xf8)
		*length = 0;
	if (*length == 1)
		return value;
	if (*length)
		value &= 0x3fU >> (*length - 1);
	for (size_t i = 1; i < *length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			*length = 0;
		else
			value = value << 6 | (c[i] & 0x3f);
	}
	if (*length && value >= least[*length] && value < 0x110000 &&
	    (value < 0xd800 || value > 0xdfff))
		return value;
	*length = 1;
	return UTF8_INVALID;
}

char *utf8_valid(const char *text)
{
	char *copy = strdup(text);
	size_t length;

	for (char *c = copy; c && *c; c += length)
		if (utf8_decode(c, &length) == UTF8_INVALID)
			*c = '?';
	return copy;
}
