/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for many words at once, at memory speed: one pass over a text finds all of them. A
 * machine's log has a million lines, of which a few hundred matter.
 */
#ifndef TOOLS_BASE_NEEDLES_H
#define TOOLS_BASE_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEEDLES_MAX = 250, NEEDLES_SLOTS = 4096 };

/* Zero it before the first needles_add(). */
struct needles {
	const char *words[NEEDLES_MAX];
	uint8_t lengths[NEEDLES_MAX];
	uint8_t next[NEEDLES_MAX];    /* in the same slot: number + 1; 0: none */
	uint8_t slots[NEEDLES_SLOTS]; /* by the first three bytes: number + 1; 0: none */
	uint8_t pairs[1 << 13];       /* bitmap of the first two bytes of the words */
	size_t count;
};

struct needle_match {
	size_t number; /* of the word, in the order in which they were added */
	const char *at;
};

/* Adds a word of 3 to 255 bytes, which must outlive `needles`. Aborts on any other length, or on
 * more than NEEDLES_MAX words. */
void needles_add(struct needles *needles, const char *word);

/*
 * Finds the first place at or after `from` where a word begins; of several words at that place, the
 * one added first. end: of the text. Returns false if there is none.
 */
bool needles_find(const struct needles *needles, const char *from, const char *end,
		  struct needle_match *match);

#endif
