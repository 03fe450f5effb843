/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_base64.h"

#include <stdint.h>
#include <string.h>

/* Longer than any word; a line of mail has 76. */
enum { FIRST = 60, LEAST = 80, LOOKED_AT = 600 };

static int value_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static size_t length_of(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && value_of(*at) >= 0)
		at++;
	return (size_t)(at - from);
}

/* Length of the separator of two lines: a newline, or one escaped as in JSON. */
static size_t break_at(const char *at, const char *end)
{
	static const char *const breaks[] = { "\r\n", "\n", "\\r\\n", "\\n" };

	for (size_t i = 0; i < sizeof(breaks) / sizeof(*breaks); i++) {
		size_t length = strlen(breaks[i]);

		if ((size_t)(end - at) > length && !memcmp(at, breaks[i], length))
			return length;
	}
	return 0;
}

/* End of a part that begins here: lines of one width, of which the last may be shorter. */
static const char *end_of(const char *at, const char *end)
{
	size_t width = length_of(at, end), length = width;

	if (width < FIRST)
		return at;
	while (length == width) {
		size_t skip;

		at += length;
		skip = break_at(at, end);
		length = skip ? length_of(at + skip, end) : 0;
		if (!length || length > width)
			return at;
		at += skip;
	}
	return at + length;
}

/* Decodes at most `most` bytes into `to`, which may be the same place. */
static size_t decode(const char *at, const char *end, char *to, size_t most)
{
	uint32_t bits = 0;
	unsigned int count = 0;
	size_t size = 0;

	while (at < end && size < most) {
		size_t skip = break_at(at, end);

		if (skip) {
			at += skip;
			continue;
		}
		bits = bits << 6 | (uint32_t)value_of(*at++);
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		to[size++] = (char)(bits >> count & 0xff);
	}
	return size;
}

/* Whether it decodes to text: hashes and paths look like base64, too, but give random bytes. */
static bool holds_text(const char *at, const char *end)
{
	char begin[LOOKED_AT];
	size_t size = decode(at, end, begin, sizeof(begin)), odd = 0;

	if (size / 3 < LEAST / 4)
		return false;
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)begin[i];

		odd += byte >= 0x7f || (byte < ' ' && !strchr("\t\n\r\033", byte));
	}
	return odd * 20 < size || !memcmp(begin, "\x1f\x8b\x08", 3);
}

size_t log_base64_undo(char *text, size_t size, bool *found)
{
	const char *at = text, *end = text + size;
	char *to = text;

	*found = false;
	while (at < end) {
		const char *stop;
		size_t word;

		if (value_of(*at) < 0) {
			*to++ = *at++;
			continue;
		}
		stop = end_of(at, end);
		if (stop == at || !holds_text(at, stop)) {
			word = length_of(at, end);
			memmove(to, at, word);
			to += word;
			at += word;
			continue;
		}
		*found = true;
		/* Replaces the quote before it, so that decoding in place does not overtake
		 * reading. */
		if (to > text)
			to[-1] = '\n';
		to += decode(at, stop, to, SIZE_MAX);
		for (at = stop; at < end && *at == '='; at++)
			;
		*to++ = '\n';
	}
	return (size_t)(to - text);
}
