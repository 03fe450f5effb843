/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/markup.h"
#include "tools/base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether XML 1.0 allows the character. */
static bool is_allowed(uint32_t value)
{
	return value == '\t' || value == '\n' || value == '\r' ||
	       (value >= 0x20 && value < 0xfffe && value != 0x7f) ||
	       (value >= 0x10000 && value != UTF8_INVALID);
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
		uint32_t value = utf8_decode(text, &length);
		const char *entity = entity_of(value);

		if (entity)
			fputs(entity, to);
		else if (is_allowed(value))
			fwrite(text, 1, length, to);
		else
			fputc('?', to);
	}
}
