/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the programs that run random operations in episodes: options, and the report of a
 * failed episode. */
#ifndef TESTS_HOSTILE_EPISODES_H
#define TESTS_HOSTILE_EPISODES_H

#include "tests/hostile/operation.h"

#include <stdbool.h>
#include <stdint.h>

struct episode_options {
	uint64_t seed;      /* -s: of the random numbers */
	const char *script; /* -r: a file of operations to run instead; or NULL */
	bool flawed;        /* -f: does something wrong, to see that it is noticed */
};

/* For getopt(). */
#define EPISODE_OPTIONS "s:r:f"

/* Handles one of these options. Returns false for any other. */
bool episode_option(struct episode_options *options, int option, const char *argument);

/* An episode that failed. */
struct failure {
	/* Runs it again, as `fails` of shrink(), and fills in the text `why`. */
	size_t (*run)(void *context, const struct operation *operations, size_t count);
	void *context;
	const char *why;
	const char *setting; /* name of the program's setting, for script_print() */
	unsigned int value;  /* its value */
};

/* Reduces the episode to few operations that still fail, for up to 60 seconds, and prints them.
 * Changes `operations`. */
void failure_print(const struct failure *failure, struct operation *operations, size_t count);

#endif
