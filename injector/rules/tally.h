/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tallies: how often a rule has matched and fired for each file, process or handle, where `nth` and
 * `times` are counted for each of them. A tally is made when it is first asked for, and stays until
 * it is dropped.
 */
#ifndef INJECTOR_RULES_TALLY_H
#define INJECTOR_RULES_TALLY_H

#include <pthread.h>
#include <stdint.h>

/* What is counted for: two numbers that together are unique. */
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

/* The tally of a key, which stays where it is until it is dropped. NULL without memory. */
struct tally *tallies_find(struct tallies *tallies, struct tally_key key);

/* Counts from the start: all tallies are as if none had been asked for. */
void tallies_reset(struct tallies *tallies);

/* Forgets a key that is counted no longer. */
void tallies_drop(struct tallies *tallies, struct tally_key key);

#endif
