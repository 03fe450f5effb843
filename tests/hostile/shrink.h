/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delta debugging of a sequence of operations that fails. */
#ifndef TESTS_HOSTILE_SHRINK_H
#define TESTS_HOSTILE_SHRINK_H

#include "tests/hostile/operation.h"

/*
 * Leaves out operations as long as the rest still fails, for at most `seconds`. fails: runs the
 * first `count` of them from nothing, and returns how many it takes to the one that fails; 0: none
 * does. Returns how many are left, at the beginning of `operations`.
 */
size_t shrink(struct operation *operations, size_t count, unsigned int seconds,
	      size_t (*fails)(void *context, const struct operation *operations, size_t count),
	      void *context);

#endif
