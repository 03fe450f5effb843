/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/suite.h"
#include "tools/base/program_path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/foliostorm-test.XXXXXX", program[64], other[64];

static void test_path(void)
{
	char search[128], path[128];

	snprintf(search, sizeof(search), "/nonesuch:%s:/usr/bin", directory);
	setenv("PATH", search, 1);
	CU_ASSERT(program_path("sh", path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, program);
	CU_ASSERT_FALSE(program_path("no-such-program", path, sizeof(path)));
}

static void test_others(void)
{
	char path[128];

	setenv("PATH", directory, 1);
	CU_ASSERT_FALSE(program_path("data", path, sizeof(path)));
	CU_ASSERT_FALSE(program_path(other, path, sizeof(path)));
}

static void test_slash(void)
{
	char path[128];

	setenv("PATH", "/nonesuch", 1);
	CU_ASSERT(program_path(program, path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, program);
}

static void test_sbin(void)
{
	char path[128];

	setenv("PATH", "/nonesuch", 1);
	CU_ASSERT(program_path("losetup", path, sizeof(path)));
	CU_ASSERT_PTR_NOT_NULL(strstr(path, "sbin/losetup"));
	unsetenv("PATH");
	CU_ASSERT(program_path("env", path, sizeof(path)));
}

static int make_files(void)
{
	if (!mkdtemp(directory))
		return -1;
	snprintf(program, sizeof(program), "%s/sh", directory);
	snprintf(other, sizeof(other), "%s/data", directory);
	return symlink("/bin/sh", program) || symlink("/etc/passwd", other);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "PATH", test_path },    { "files that are no programs", test_others },
		{ "a path", test_slash }, { "programs of administrators", test_sbin },
		CU_TEST_INFO_NULL,
	};
	int r;

	if (make_files())
		return 1;
	r = run_suite("program_path", tests);
	unlink(program);
	unlink(other);
	rmdir(directory);
	return r;
}
