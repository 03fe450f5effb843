/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linked into everything with -DCOVERAGE=ON. Processes that end by _exit(), such as the worker of a
 * run, write their counts too. Processes without root cannot write them, and do not try. */
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

/* Called when a process ends by exit(); writes the counts. */
void __wrap___gcov_exit(void)
{
	if (!geteuid())
		__real___gcov_exit();
}
