/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary directory for a suite, removed with everything in it. */
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

/* The path of that name in the directory. Valid until the fourth call from now. */
static inline const char *in(const char *name)
{
	static char paths[4][192];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

/* Removes a file or directory tree, at any depth. */
static inline void wipe(const char *path)
{
	pid_t child = fork();

	if (!child) {
		execlp("rm", "rm", "-rf", path, NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

/* Makes the directory, with mode 0755, runs the tests and removes it. prepare: called before the
 * tests, returns whether it succeeded; or NULL. Returns the result of run_suite(), or 1 if the
 * preparation fails. */
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
