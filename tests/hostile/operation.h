/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File operations as data: drawn at random, written as text, read back. */
#ifndef TESTS_HOSTILE_OPERATION_H
#define TESTS_HOSTILE_OPERATION_H

#include "tests/hostile/world.h"

#include <stddef.h>
#include <stdint.h>

/* The kind decides what the numbers mean. Numbers that are too large are reduced to the valid
 * range. */
struct operation {
	unsigned int kind;     /* index into operation_kinds */
	uint32_t which, other; /* a handle or a name */
	uint32_t offset, length, value;
};

struct operation_kind {
	const char *name;
	unsigned int weight, weight_in_tree; /* how often it is drawn */
	/* Runs the operation on the files and on the model. Returns 0; -1 if the result is not what
	 * the model says, with the reason in world->why. */
	int (*run)(struct world *world, const struct operation *operation);
};

extern const struct operation_kind operation_kinds[];
extern const size_t operation_kind_count;

/* The next number of a random number generator, whose state is *seed. */
uint32_t operation_draw(uint64_t *seed);

/* Draws an operation. in_tree: with weight_in_tree, for many names. */
struct operation operation_make(uint64_t *seed, bool in_tree);

/* Runs an operation, then compares what it touched. Returns as `run`. */
int operation_run(struct world *world, const struct operation *operation);

/* Writes an operation as a line without newline, and reads such a line. Parsing returns 0 or -1. */
void operation_print(const struct operation *operation, char *line, size_t size);
int operation_parse(const char *line, struct operation *operation);

#endif
