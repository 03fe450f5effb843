/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Violations that stay: those of one look at some files that were there in the looks before, too.
 * Marks and flags follow each other only after a moment, and in a kernel that runs on meanwhile all
 * may be half done.
 */
#ifndef INJECTOR_INSPECT_CACHE_ROUNDS_H
#define INJECTOR_INSPECT_CACHE_ROUNDS_H

#include "injector/inspect/cache_check.h"

enum {
	CACHE_ROUNDS = 4, /* looks */
	CACHE_KEPT = 512, /* violations of one; what is beyond is not kept */
};

#define CACHE_ROUND_PAUSE UINT64_C(100000000) /* ns between two */

struct cache_found {
	unsigned int file; /* the caller's number */
	struct cache_violation violation;
};

struct cache_list {
	struct cache_found items[CACHE_KEPT];
	size_t count;
};

/* In zeroed memory. */
struct cache_rounds {
	unsigned int file; /* that is looked at, for cache_rounds_visit() */
	struct cache_list now, left;
};

/* A look begins. */
void cache_rounds_begin(struct cache_rounds *rounds);

/* For cache_check(), with the rounds as its context. */
void cache_rounds_visit(void *rounds, const struct cache_violation *violation);

/* It is over. first: there was none before. Returns how many violations are left, in
 * rounds->left. */
size_t cache_rounds_end(struct cache_rounds *rounds, bool first);

/* Whether the list has the same violation of the same slot. */
bool cache_list_has(const struct cache_list *list, const struct cache_found *found);

/* Adds it, if there is room. */
void cache_list_add(struct cache_list *list, const struct cache_found *found);

#endif
