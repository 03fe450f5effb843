/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tallies: how often a rule has matched and fired for each file, process or handle, if it counts
 * `nth` and `times` for each. A tally is made when it is first looked up, and stays until it is
 * dropped.
 */
#ifndef INJECTOR_RULES_TALLY_H
#define INJECTOR_RULES_TALLY_H

#include <pthread.h>
#include <stdint.h>

/* Identifies a file, process or handle by a pair of numbers. */
struct tally_key {
	uint64_t first, second;
};

struct tally {
	struct tally_key key;
	_Atomic uint64_t matched, fired;
};

struct tallies {
	pthread_mutex_t lock;
	void *tree; /* of tsearch(3) */
};

void tallies_init(struct tallies *tallies);
void tallies_destroy(struct tallies *tallies);

/* The tally of a key, made if it is new; valid until it is dropped. NULL without memory. */
struct tally *tallies_find(struct tallies *tallies, struct tally_key key);

/* Sets all counts to 0. */
void tallies_reset(struct tallies *tallies);

/* Frees the tally of a key, if there is one. No other thread may use that tally. */
void tallies_drop(struct tallies *tallies, struct tally_key key);

#endif
