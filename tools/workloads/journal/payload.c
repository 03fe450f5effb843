/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/payload.h"

#include <string.h>

enum { FILE_DIGITS = 2, GENERATION_DIGITS = 5, NUMBER_DIGITS = 8 };

static const char digits[] = "0123456789abcdef";

static char *put(char *at, uint64_t value, unsigned int count)
{
	for (unsigned int i = count; i--; value >>= 4)
		at[i] = digits[value & 15];
	return at + count;
}

static void make_cell(char *cell, struct payload_owner owner, uint64_t number)
{
	cell = put(cell, owner.file, FILE_DIGITS);
	cell = put(cell, owner.generation % PAYLOAD_GENERATIONS, GENERATION_DIGITS);
	cell = put(cell, number, NUMBER_DIGITS);
	*cell = '.';
}

/* Returns the bytes of the cell at `offset`, at most `length`. */
static size_t piece_of(uint64_t offset, size_t length)
{
	size_t room = PAYLOAD_CELL - offset % PAYLOAD_CELL;

	return room < length ? room : length;
}

void payload_fill(void *to, struct payload_owner owner, uint64_t offset, size_t length)
{
	char cell[PAYLOAD_CELL], *at = to;

	while (length) {
		size_t piece = piece_of(offset, length);

		make_cell(cell, owner, offset / PAYLOAD_CELL);
		memcpy(at, cell + offset % PAYLOAD_CELL, piece);
		at += piece;
		offset += piece;
		length -= piece;
	}
}

size_t payload_check(const void *from, struct payload_owner owner, uint64_t offset, size_t length)
{
	const char *at = from;
	char cell[PAYLOAD_CELL];
	size_t right = 0;

	while (right < length) {
		size_t piece = piece_of(offset + right, length - right);
		const char *want = cell + (offset + right) % PAYLOAD_CELL;

		make_cell(cell, owner, (offset + right) / PAYLOAD_CELL);
		if (memcmp(at + right, want, piece)) {
			while (at[right] == *want++)
				right++;
			return right;
		}
		right += piece;
	}
	return length;
}

static bool get(const char **at, unsigned int count, uint64_t *value)
{
	*value = 0;
	for (unsigned int i = 0; i < count; i++, (*at)++) {
		const char *digit = **at ? strchr(digits, **at) : NULL;

		if (!digit)
			return false;
		*value = *value << 4 | (uint64_t)(digit - digits);
	}
	return true;
}

bool payload_decode(const void *cell, struct payload_place *place)
{
	const char *at = cell;
	uint64_t file, generation, number;

	if (!get(&at, FILE_DIGITS, &file) || !get(&at, GENERATION_DIGITS, &generation) ||
	    !get(&at, NUMBER_DIGITS, &number) || *at != '.' || !file)
		return false;
	*place = (struct payload_place){
		.owner = { .file = (uint32_t)file, .generation = (uint32_t)generation },
		.offset = number * PAYLOAD_CELL,
	};
	return true;
}
