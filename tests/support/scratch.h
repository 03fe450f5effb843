/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of the suite's own, which goes with all that is in it. */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include "tests/support/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[] = "/tmp/foliostorm-test.XXXXXX";

/* The path of what has that name in it. It stays as it is until the fourth call from now. */
static inline const char *in(const char *name)
{
	static char paths[4][192];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

/* Removes it, or what else has that path, however deep it is. */
static inline void wipe(const char *path)
{
	pid_t child = fork();

	if (!child) {
		execlp("rm", "rm", "-rf", path, NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

/* Makes the directory, with mode 0755, and what the suite needs; runs the tests, and removes it.
 * prepare: makes more, and returns whether that is there; or NULL. Returns as run_suite(). */
static inline int run_suite_in_scratch(const char *name, CU_TestInfo *tests, bool (*prepare)(void))
{
	int code = 1;

	if (!mkdtemp(scratch))
		return 1;
	if (!chmod(scratch, 0755) && (!prepare || prepare()))
		code = run_suite(name, tests);
	wipe(scratch);
	return code;
}

#endif
