/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a number of the command line, and what is not. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/number.h"

#include <errno.h>

enum { UNTOUCHED = 77 };

static void numbers(void)
{
	static const struct {
		const char *text;
		uint64_t least, most, number;
		int result;
	} rows[] = {
		{ "0", 0, 9, 0, 0 },
		{ "1", 1, 256, 1, 0 },
		{ "256", 1, 256, 256, 0 },
		{ "007", 0, 9, 7, 0 },
		{ "18446744073709551615", 0, UINT64_MAX, UINT64_MAX, 0 },
		{ "0", 1, 256, UNTOUCHED, -EINVAL },
		{ "257", 1, 256, UNTOUCHED, -EINVAL },
		/* Would be 1, and 4294967295, of 32 bits. */
		{ "4294967297", 1, 256, UNTOUCHED, -EINVAL },
		{ "-1", 0, UINT64_MAX, UNTOUCHED, -EINVAL },
		{ "-4294967295", 1, 256, UNTOUCHED, -EINVAL },
		{ "18446744073709551616", 0, UINT64_MAX, UNTOUCHED, -EINVAL },
		{ "18446744073709551617", 1, 256, UNTOUCHED, -EINVAL },
		{ "", 0, 9, UNTOUCHED, -EINVAL },
		{ " 1", 0, 9, UNTOUCHED, -EINVAL },
		{ "1 ", 0, 9, UNTOUCHED, -EINVAL },
		{ "+1", 0, 9, UNTOUCHED, -EINVAL },
		{ "1x", 0, 9, UNTOUCHED, -EINVAL },
		{ "0x1", 0, 9, UNTOUCHED, -EINVAL },
		{ "1.0", 0, 9, UNTOUCHED, -EINVAL },
		{ "two", 0, 9, UNTOUCHED, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t number = UNTOUCHED;

		CU_ASSERT_EQUAL(number_parse(rows[i].text, rows[i].least, rows[i].most, &number),
				rows[i].result);
		CU_ASSERT_EQUAL(number, rows[i].number);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "numbers", numbers },
		CU_TEST_INFO_NULL,
	};

	return run_suite("number", tests);
}
