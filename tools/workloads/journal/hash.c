/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/hash.h"

#include <sodium/crypto_shorthash_siphash24.h>
#include <string.h>

_Static_assert(crypto_shorthash_siphash24_KEYBYTES == JOURNAL_KEY_SIZE, "size of the key");
_Static_assert(crypto_shorthash_siphash24_BYTES == sizeof(uint64_t), "size of the hash");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "journal files are little-endian");

struct state {
	uint32_t a, b, c;
};

static inline uint32_t turn(uint32_t value, unsigned int bits)
{
	return value << bits | value >> (32 - bits);
}

static void mix(struct state *s)
{
	static const unsigned char turns[] = { 4, 6, 8, 16, 19, 4 };

	for (size_t i = 0; i < sizeof(turns); i++) {
		uint32_t next = s->b;

		s->a = (s->a - s->c) ^ turn(s->c, turns[i]);
		s->c += s->b;
		/* The words take turns. After six steps they are at their places again. */
		s->b = s->c;
		s->c = s->a;
		s->a = next;
	}
}

static void finish(struct state *s)
{
	static const unsigned char turns[] = { 14, 11, 25, 16, 4, 14, 24 };

	for (size_t i = 0; i < sizeof(turns); i++) {
		uint32_t last = (s->c ^ s->b) - turn(s->b, turns[i]);

		*s = (struct state){ .a = s->b, .b = last, .c = s->a };
	}
	/* After seven steps the words are one place further. */
	*s = (struct state){ .a = s->c, .b = s->a, .c = s->b };
}

void journal_lookup3(const void *bytes, size_t length, uint32_t *first, uint32_t *second)
{
	const unsigned char *at = bytes;
	uint32_t start = 0xdeadbeef + (uint32_t)length + *first, word[3];
	struct state s = { start, start, start + *second };

	for (size_t left = length; left;) {
		size_t piece = left < sizeof(word) ? left : sizeof(word);

		memset(word, 0, sizeof(word));
		memcpy(word, at, piece);
		s.a += word[0];
		s.b += word[1];
		s.c += word[2];
		left -= piece;
		at += piece;
		if (left)
			mix(&s);
		else
			finish(&s);
	}
	*first = s.c;
	*second = s.b;
}

uint64_t journal_hash_plain(const void *bytes, size_t length)
{
	uint32_t first = 0, second = 0;

	journal_lookup3(bytes, length, &first, &second);
	return (uint64_t)first << 32 | second;
}

uint64_t journal_hash_keyed(const void *bytes, size_t length, const uint8_t *key)
{
	uint64_t hash;

	crypto_shorthash_siphash24((unsigned char *)&hash, bytes, length, key);
	return hash;
}
