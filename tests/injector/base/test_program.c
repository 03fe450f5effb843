/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are run to their end. */
#include "injector/base/program.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <signal.h>

static int run(const char *script)
{
	int status = -1, r;

	r = program_run((const char *[]){ "sh", "-c", script, NULL }, &status);
	CU_ASSERT_EQUAL(r, 0);
	return status;
}

static void test_status(void)
{
	CU_ASSERT_EQUAL(run("exit 0"), 0);
	CU_ASSERT_EQUAL(run("exit 7"), 7);
	CU_ASSERT_EQUAL(run("kill -TERM $$"), 128 + SIGTERM);
	/* It has an output, which nobody reads. */
	CU_ASSERT_EQUAL(
		run("test \"$(readlink /proc/self/fd/1)\" && echo said && test -w /dev/stdout"), 0);
}

static void test_missing(void)
{
	int status = 5;

	CU_ASSERT_EQUAL(program_run((const char *[]){ "no-such-program", NULL }, &status), -ENOENT);
	CU_ASSERT_EQUAL(program_run((const char *[]){ "/", NULL }, &status), -EACCES);
	CU_ASSERT_EQUAL(status, 5);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "how it ended", test_status },
		{ "no such program", test_missing },
		CU_TEST_INFO_NULL,
	};

	return run_suite("program", tests);
}
