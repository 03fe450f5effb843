/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delta debugging of a sequence of operations that fails. */
#ifndef TESTS_HOSTILE_SHRINK_H
#define TESTS_HOSTILE_SHRINK_H

#include "tests/hostile/operation.h"

/*
 * Leaves out operations as long as the rest still fails, for at most `seconds`. fails: runs `count`
 * operations on new files; returns the number of operations up to the failing one, or 0 if none
 * fails. Returns the number of operations left, at the beginning of `operations`.
 */
size_t shrink(struct operation *operations, size_t count, unsigned int seconds,
	      size_t (*fails)(void *context, const struct operation *operations, size_t count),
	      void *context);

#endif
