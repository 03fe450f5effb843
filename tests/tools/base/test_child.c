/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/suite.h"
#include "tools/base/child.h"

#include <signal.h>
#include <unistd.h>

static int exit_as(void *context)
{
	return *(int *)context;
}

static int wait_for_ever(void *context)
{
	(void)context;
	pause();
	return 0;
}

static void an_end(void)
{
	struct child child = { .pid = 0 };
	int code = 7;

	CU_ASSERT_TRUE(child_wait(&child, 0));
	CU_ASSERT_EQUAL_FATAL(child_start(&child, exit_as, &code), 0);
	CU_ASSERT_TRUE(child_wait(&child, 60000));
	CU_ASSERT_EQUAL(child_exit_code(&child), code);
}

/* A struct that had a child before knows nothing of that one any more. */
static void another_one(void)
{
	struct child child = { .pid = 0 };
	int code = 0;

	CU_ASSERT_EQUAL_FATAL(child_start(&child, exit_as, &code), 0);
	CU_ASSERT_TRUE(child_wait(&child, 60000));
	CU_ASSERT_EQUAL_FATAL(child_start(&child, wait_for_ever, NULL), 0);
	CU_ASSERT_FALSE(child_ended(&child));
	CU_ASSERT_EQUAL(child_exit_code(&child), -1);
	CU_ASSERT_TRUE(child_kill(&child, 60000));
	CU_ASSERT_EQUAL(child.status, SIGKILL);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "an end", an_end },
		{ "another one", another_one },
		CU_TEST_INFO_NULL,
	};

	return run_suite("child", tests);
}
