/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/episodes.h"
#include "tests/hostile/script.h"
#include "tests/hostile/shrink.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHRINK_SECONDS = 60 };

bool episode_option(struct episode_options *options, int option, const char *argument)
{
	switch (option) {
	case 's':
		options->seed = strtoull(argument, NULL, 10);
		return true;
	case 'r':
		options->script = argument;
		return true;
	case 'f':
		options->flawed = true;
		return true;
	default:
		return false;
	}
}

void failure_print(const struct failure *failure, struct operation *operations, size_t count)
{
	fflush(stdout);
	count = shrink(operations, count, SHRINK_SECONDS, failure->run, failure->context);
	failure->run(failure->context, operations, count);
	script_print(failure->why, failure->setting, failure->value, operations, count);
}
