/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for a moment that nobody can see, by what each try shows: that it came too late, or did
 * not. The longest wait moves until half of the tries are too late; each try waits for a random
 * part of it, so that all moments before are tried again and again, however the machine's speed
 * changes.
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

/* seed, key: of the random parts, see random.h. longest: ns to begin with. */
void moment_begin(struct moment *moment, uint64_t seed, unsigned int key, uint64_t longest);

/* How long to wait this time, ns. */
uint64_t moment_next(struct moment *moment);

/* What became of it. */
void moment_learn(struct moment *moment, bool too_late);

#endif
