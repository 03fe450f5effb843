/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs have in common that make operations at random, in episodes: options, and what
 * becomes of an episode that fails. */
#ifndef TESTS_HOSTILE_EPISODES_H
#define TESTS_HOSTILE_EPISODES_H

#include "tests/hostile/operation.h"

#include <stdbool.h>
#include <stdint.h>

struct episode_options {
	uint64_t seed;      /* -s */
	const char *script; /* -r: a file of operations, which are made instead; or NULL */
	bool flawed;        /* -f: something is done wrong, to see that it is noticed */
};

/* For getopt(). */
#define EPISODE_OPTIONS "s:r:f"

/* Takes one of them. Returns false where it is another option. */
bool episode_option(struct episode_options *options, int option, const char *argument);

/* An episode that fails. */
struct failure {
	/* Runs it again, as shrink() has it; fills in `why`. */
	size_t (*run)(void *context, const struct operation *operations, size_t count);
	void *context;
	const char *why;
	const char *setting; /* of the program, for script_print() */
	unsigned int value;
};

/* Cuts it down to the fewest operations that still fail, in up to a minute, and prints them. */
void failure_print(const struct failure *failure, struct operation *operations, size_t count);

#endif
