/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Corrupts data in transit. Each way to do it is a row of corruption_kinds[]. */
#ifndef INJECTOR_RULES_CORRUPTION_H
#define INJECTOR_RULES_CORRUPTION_H

#include <stddef.h>
#include <stdint.h>

struct corruption_kind;

struct corruption {
	const struct corruption_kind *kind;
	uint64_t amount; /* of flip: bits; of shift: bytes; of fill: the byte */
	uint64_t span;   /* length of the corrupted piece in bytes; 0: all */
};

/* The piece of a buffer that was corrupted, in bytes. */
struct corruption_report {
	uint64_t first;
	uint64_t length;
};

struct corruption_kind {
	const char *name;
	/* Corrupts `size` > 0 bytes. seed: of its random choices. */
	void (*spoil)(const struct corruption *what, unsigned char *data, size_t size,
		      uint64_t seed);
};

/* "flip", "zero", "fill", "duplicate", "shift"; ended by a row without a name. */
extern const struct corruption_kind corruption_kinds[];

/* The row of that name; NULL if there is none. */
const struct corruption_kind *corruption_kind_find(const char *name);

/*
 * Corrupts `span` of `size` > 0 bytes, at a place that the seed chooses, or all of them. The same
 * seed, size and corruption have the same effect.
 */
struct corruption_report corruption_apply(const struct corruption *what, void *data, size_t size,
					  uint64_t seed);

#endif
