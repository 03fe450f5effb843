/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for the right moment of an action, when all that can be observed is whether a try came
 * too late. Each try waits for a random part of the longest wait, so earlier moments are tried
 * again and again. The longest wait adapts until half of the tries come too late, and so follows
 * the machine's speed.
 */
#ifndef INJECTOR_BASE_MOMENT_H
#define INJECTOR_BASE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum { MOMENT_LEAST = 1000, MOMENT_MOST = 5000000 }; /* ns, of the longest wait */

struct moment {
	uint64_t longest; /* ns */
	uint64_t seed, tries;
	unsigned int key;
};

/* Initializes a search. seed, key: of the random waits, see random.h. longest: initial longest
 * wait, ns. */
void moment_begin(struct moment *moment, uint64_t seed, unsigned int key, uint64_t longest);

/* The wait of the next try, ns: from 0 to the longest wait. */
uint64_t moment_next(struct moment *moment);

/* Adapts the longest wait to the outcome of the try. */
void moment_learn(struct moment *moment, bool too_late);

#endif
