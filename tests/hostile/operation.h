/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File operations as data: drawn at random, written down, read back. */
#ifndef TESTS_HOSTILE_OPERATION_H
#define TESTS_HOSTILE_OPERATION_H

#include "tests/hostile/world.h"

#include <stddef.h>
#include <stdint.h>

/* What it means is up to its kind: numbers that are too large are cut to what there is. */
struct operation {
	unsigned int kind;     /* of operation_kinds */
	uint32_t which, other; /* a handle or a name */
	uint32_t offset, length, value;
};

struct operation_kind {
	const char *name;
	unsigned int weight, weight_in_tree; /* how often it is drawn */
	/* Does it, in the world and in its model. Returns 0; -1 when the result is not what the
	 * model says, with the reason in world->why. */
	int (*run)(struct world *world, const struct operation *operation);
};

extern const struct operation_kind operation_kinds[];
extern const size_t operation_kind_count;

/* The next number of a generator whose state is seed. */
uint32_t operation_draw(uint64_t *seed);

/* Draws one. in_tree: from those for many names. */
struct operation operation_make(uint64_t *seed, bool in_tree);

/* Does it, and compares what it touched. Returns as `run`. */
int operation_run(struct world *world, const struct operation *operation);

/* Writes it as a line, without its end; reads such a line. Returns 0 or -1. */
void operation_print(const struct operation *operation, char *line, size_t size);
int operation_parse(const char *line, struct operation *operation);

#endif
