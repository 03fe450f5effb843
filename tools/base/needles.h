/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many words searched for at once, at memory speed: one pass over a text finds all of them. The log
 * of a machine has a million lines, of which a few hundred count.
 */
#ifndef TOOLS_BASE_NEEDLES_H
#define TOOLS_BASE_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEEDLES_MAX = 250, NEEDLES_SLOTS = 4096 };

/* Zeroed before the first needles_add(). */
struct needles {
	const char *words[NEEDLES_MAX];
	uint8_t lengths[NEEDLES_MAX];
	uint8_t next[NEEDLES_MAX];    /* in the same slot: number + 1; 0: none */
	uint8_t slots[NEEDLES_SLOTS]; /* by the first three bytes: number + 1; 0: none */
	uint8_t pairs[1 << 13];       /* a bit for each first two bytes that a word has */
	size_t count;
};

struct needle_match {
	size_t number; /* of the word, in the order in which they were added */
	const char *at;
};

/* Adds a word of 3 to 255 bytes, which is kept by its address. More than NEEDLES_MAX abort. */
void needles_add(struct needles *needles, const char *word);

/*
 * The first place at or behind `from` where a word is; of several that begin there the one that was
 * added first. end: of the text. Returns false at the end.
 */
bool needles_find(const struct needles *needles, const char *from, const char *end,
		  struct needle_match *match);

#endif
