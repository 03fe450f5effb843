/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/needles.h"

#include <stdlib.h>
#include <string.h>

static unsigned int slot_of(const char *text)
{
	uint32_t three = (uint8_t)text[0] | (uint32_t)(uint8_t)text[1] << 8 |
			 (uint32_t)(uint8_t)text[2] << 16;

	return three * 2654435761U >> 20;
}

static unsigned int pair_of(const char *text)
{
	return (uint8_t)text[0] | (unsigned int)(uint8_t)text[1] << 8;
}

void needles_add(struct needles *needles, const char *word)
{
	size_t length = strlen(word);
	uint8_t *link;

	if (needles->count == NEEDLES_MAX || length < 3 || length > UINT8_MAX)
		abort();
	for (link = &needles->slots[slot_of(word)]; *link; link = &needles->next[*link - 1])
		;
	needles->pairs[pair_of(word) >> 3] |= (uint8_t)(1U << (pair_of(word) & 7));
	needles->words[needles->count] = word;
	needles->lengths[needles->count] = (uint8_t)length;
	*link = (uint8_t)++needles->count;
}

bool needles_find(const struct needles *needles, const char *from, const char *end,
		  struct needle_match *match)
{
	for (const char *at = from; end - at >= 3; at++) {
		unsigned int pair = pair_of(at);

		if (!(needles->pairs[pair >> 3] >> (pair & 7) & 1))
			continue;
		for (unsigned int i = needles->slots[slot_of(at)]; i; i = needles->next[i - 1]) {
			size_t length = needles->lengths[i - 1];

			if ((size_t)(end - at) < length ||
			    memcmp(at, needles->words[i - 1], length))
				continue;
			*match = (struct needle_match){ .number = i - 1, .at = at };
			return true;
		}
	}
	return false;
}
