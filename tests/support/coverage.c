/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linked into everything with -DCOVERAGE=ON. Processes that end by _exit(), as the worker of a run
 * does, write down what they have counted, like those that end by exit(); those that may not write
 * the counts, for they are not root, do not complain about it. */
#include <gcov.h>
#include <stdnoreturn.h>
#include <unistd.h>

noreturn void __real__exit(int code);
noreturn void __wrap__exit(int code);
void __real___gcov_exit(void);
void __wrap___gcov_exit(void);

void __wrap__exit(int code)
{
	if (!geteuid())
		__gcov_dump();
	__real__exit(code);
}

/* What writes the counts when a process ends by exit(). */
void __wrap___gcov_exit(void)
{
	if (!geteuid())
		__real___gcov_exit();
}
