/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linked into everything with -DCOVERAGE=ON: a process that ends by _exit(), as the worker of a run
 * does, writes down what it has counted, like one that ends by exit(). */
#include <gcov.h>
#include <stdnoreturn.h>

noreturn void __real__exit(int code);
noreturn void __wrap__exit(int code);

void __wrap__exit(int code)
{
	__gcov_dump();
	__real__exit(code);
}
