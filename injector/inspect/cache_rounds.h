/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds violations that persist over several rounds of inspecting files. A violation of one round
 * may be transient: marks follow flags only after a moment, and a running kernel may be in the
 * middle of a change.
 */
#ifndef INJECTOR_INSPECT_CACHE_ROUNDS_H
#define INJECTOR_INSPECT_CACHE_ROUNDS_H

#include "injector/inspect/cache_check.h"

enum {
	CACHE_ROUNDS = 4, /* rounds of one inspection */
	CACHE_KEPT = 512, /* violations of one round; others are ignored */
};

#define CACHE_ROUND_PAUSE UINT64_C(100000000) /* ns between two rounds */

struct cache_found {
	unsigned int file; /* the caller's number of the file */
	struct cache_violation violation;
};

struct cache_list {
	struct cache_found items[CACHE_KEPT];
	size_t count;
};

/* Initially zero. */
struct cache_rounds {
	unsigned int file;           /* set by the caller before cache_check() of each file */
	struct cache_list now, left; /* of this round; that persist */
};

/* Begins a round. */
void cache_rounds_begin(struct cache_rounds *rounds);

/* The visit function for cache_check(), whose context is the struct cache_rounds. */
void cache_rounds_visit(void *rounds, const struct cache_violation *violation);

/* Ends a round. first: it is the first one. Returns the number of violations left, which are in
 * rounds->left. */
size_t cache_rounds_end(struct cache_rounds *rounds, bool first);

/* Whether the list has the same violation of the same slot. */
bool cache_list_has(const struct cache_list *list, const struct cache_found *found);

/* Adds a violation, if there is room. */
void cache_list_add(struct cache_list *list, const struct cache_found *found);

#endif
