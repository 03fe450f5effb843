/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways to spoil bytes on their way: each is a row of corruption_kinds[]. */
#ifndef INJECTOR_RULES_CORRUPTION_H
#define INJECTOR_RULES_CORRUPTION_H

#include <stddef.h>
#include <stdint.h>

struct corruption_kind;

struct corruption {
	const struct corruption_kind *kind;
	uint64_t amount; /* of flip: bits; of shift: bytes; of fill: the byte */
	uint64_t span;   /* bytes that are spoilt, in one piece; 0: all */
};

/* What was done to a buffer. */
struct corruption_report {
	uint64_t first;  /* the first byte that was touched */
	uint64_t length; /* of the piece */
};

struct corruption_kind {
	const char *name;
	/* Spoils `size` > 0 bytes. seed: of what is random in it. */
	void (*spoil)(const struct corruption *what, unsigned char *data, size_t size,
		      uint64_t seed);
};

/* "flip", "zero", "fill", "duplicate", "shift"; ended by a row without a name. */
extern const struct corruption_kind corruption_kinds[];

/* The row of that name; NULL when there is none. */
const struct corruption_kind *corruption_kind_find(const char *name);

/*
 * Spoils a piece of `size` > 0 bytes: `span` of them, at a place that the seed chooses, or all.
 * The same seed, size and corruption do the same.
 */
struct corruption_report corruption_apply(const struct corruption *what, void *data, size_t size,
					  uint64_t seed);

#endif
