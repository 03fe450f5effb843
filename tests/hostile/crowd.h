/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many processes working in one tree. There is no model: the offset alone determines each byte,
 * unless it is in a hole. */
#ifndef TESTS_HOSTILE_CROWD_H
#define TESTS_HOSTILE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Lets `processes` (at most 64) make, write, read, move and remove files below `place` for
 * `seconds`. If `mixed`, every fourth one works beneath the layer instead. Then compares the tree
 * through the layer with the one beneath. Returns the number of operations, or -1 after an
 * unexpected error or difference, reported on standard error.
 */
int64_t crowd_run(const char *place, const char *beneath, bool mixed, unsigned int processes,
		  unsigned int seconds, uint64_t seed);

#endif
