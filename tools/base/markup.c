/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/markup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `text`. Returns it and sets its length in bytes; for a byte that begins
 * no character, returns UINT32_MAX and sets 1. */
static uint32_t decode(const unsigned char *text, size_t *length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value = *text;

	*length = value < 0x80 ? 1 : value < 0xc0 ? 0 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : 4;
	if (value >= 0xf8)
		*length = 0;
	if (*length == 1)
		return value;
	if (*length)
		value &= 0x3fU >> (*length - 1);
	for (size_t i = 1; i < *length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			*length = 0;
		else
			value = value << 6 | (text[i] & 0x3f);
	}
	if (*length && value >= least[*length])
		return value;
	*length = 1;
	return UINT32_MAX;
}

/* Whether XML 1.0 allows the character. */
static bool is_allowed(uint32_t value)
{
	return value == '\t' || value == '\n' || value == '\r' ||
	       (value >= 0x20 && value < 0xd800 && value != 0x7f) ||
	       (value >= 0xe000 && value < 0xfffe) || (value >= 0x10000 && value < 0x110000);
}

static const char *entity_of(uint32_t value)
{
	switch (value) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markup_escape(FILE *to, const char *text)
{
	size_t length;

	for (; text && *text; text += length) {
		uint32_t value = decode((const unsigned char *)text, &length);
		const char *entity = entity_of(value);

		if (entity)
			fputs(entity, to);
		else if (is_allowed(value))
			fwrite(text, 1, length, to);
		else
			fputc('?', to);
	}
}
