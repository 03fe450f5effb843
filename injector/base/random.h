/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reproducible random values: a value depends on the seed, the purpose and its number, never on
 * which thread asks first. The stream of one thread is number 0, 1, 2, ... of its own key.
 */
#ifndef INJECTOR_BASE_RANDOM_H
#define INJECTOR_BASE_RANDOM_H

#include <stdint.h>

/* Purposes: equal numbers of different purposes give different values. */
enum random_key {
	RANDOM_AIM = 1,
	RANDOM_STALE = 2,         /* + the hold, up to 8 */
	RANDOM_MEETING = 10,      /* readers that read where others do */
	RANDOM_EXPLORE = 11,      /* orders of threads */
	RANDOM_READER = 0x100,    /* + the reader's number */
	RANDOM_RULE = 0x10000,    /* + the rule's number * 16 + the action's */
	RANDOM_LOSE = 0x40000000, /* + the inode number */
};

/* A uniform value of 64 bits: the finalizer of SplitMix64 over all three arguments. */
static inline uint64_t random_value(uint64_t seed, uint64_t key, uint64_t number)
{
	uint64_t x =
		seed * 0xd1342543de82ef95 + key * 0x2545f4914f6cdd1d + number * 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

#endif
