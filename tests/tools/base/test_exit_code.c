/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors become exit codes and are read back from them. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/exit_code.h"

#include <errno.h>

static const struct {
	int error;
	enum exit_code code;
	int read_back;
	bool precondition;
} rows[] = {
	{ 0, EXIT_AS_EXPECTED, 0, false },           { -EINVAL, EXIT_USAGE, -EINVAL, false },
	{ -EPERM, EXIT_PRECONDITION, -EPERM, true }, { -ENOSPC, EXIT_PRECONDITION, -EPERM, true },
	{ -EIO, EXIT_RUN_ERROR, -EIO, false },       { -ENOENT, EXIT_RUN_ERROR, -EIO, false },
	{ -EACCES, EXIT_RUN_ERROR, -EIO, false },
};

static void test_errors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(exit_code_of_error(rows[i].error), (int)rows[i].code);
		CU_ASSERT_EQUAL(error_of_exit_code((int)rows[i].code), rows[i].read_back);
		CU_ASSERT_EQUAL(error_is_precondition(rows[i].error), rows[i].precondition);
	}
}

/* A verdict is no error; what no command of ours exits with is one. */
static void test_other_codes(void)
{
	CU_ASSERT_EQUAL(error_of_exit_code(EXIT_NOT_AS_EXPECTED), 0);
	CU_ASSERT_EQUAL(error_of_exit_code(EXIT_INCONCLUSIVE), 0);
	CU_ASSERT_EQUAL(error_of_exit_code(127), -EIO);
	CU_ASSERT_EQUAL(error_of_exit_code(-1), -EIO);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "errors", test_errors },
		{ "other_codes", test_other_codes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("exit_code", tests);
}
