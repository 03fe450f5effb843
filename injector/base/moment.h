/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for the right moment of an action when only one thing can be observed: whether a try
 * came too late. Each try waits for a random part of the longest wait, so all earlier moments are
 * tried again and again. The longest wait is adjusted until half of the tries come too late, and
 * follows changes in the machine's speed.
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
