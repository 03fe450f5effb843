/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many processes at work in one tree, without a model: what each byte may be depends on its
 * place. */
#ifndef TESTS_HOSTILE_CROWD_H
#define TESTS_HOSTILE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Lets `processes` make, write, read, move and remove files below `place` for so many seconds; of
 * four, one works beneath where that is allowed (mixed). Then compares the tree through the layer
 * with the one beneath. Returns the number of operations; -1 when something was wrong, reported on
 * standard error.
 */
int64_t crowd_run(const char *place, const char *beneath, bool mixed, unsigned int processes,
		  unsigned int seconds, uint64_t seed);

#endif
