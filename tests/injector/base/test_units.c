/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

static void sizes(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "4K", 0, 4096 },
		{ "64M", 0, 64 << 20 },
		{ "1G", 0, 1 << 30 },
		{ "7B", 0, 7 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "4k", -EINVAL, 0 },
		{ "-4K", -EINVAL, 0 },
		{ " 4K", -EINVAL, 0 },
		{ "1 page", 0, 4096 },
		{ "3 pages", 0, 12288 },
		{ "page", -EINVAL, 0 },
		{ "1page", -EINVAL, 0 },
		{ "4KB", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
		{ "8388608T", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 0;

		CU_ASSERT_EQUAL(units_parse_size(cases[i].text, &bytes), cases[i].result);
		CU_ASSERT_EQUAL(bytes, cases[i].bytes);
	}
}

static void parse_pages(void)
{
	uint64_t bytes = 0;

	page_size_choose(65536);
	CU_ASSERT_EQUAL(units_parse_size("2 pages", &bytes), 0);
	CU_ASSERT_EQUAL(bytes, 131072);
	page_size_choose(4096);
}

static void durations(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t nanoseconds;
	} cases[] = {
		{ "0", 0, 0 },
		{ "200us", 0, 200000 },
		{ "1.5ms", 0, 1500000 },
		{ "2s", 0, 2000000000 },
		{ "1m", 0, 60000000000 },
		{ "7ns", 0, 7 },
		{ "2", -EINVAL, 0 },
		{ "2 ms", -EINVAL, 0 },
		{ "ms", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 },
		{ "0x1p3s", -EINVAL, 0 },
		{ "infs", -EINVAL, 0 },
		{ "1.2.3s", -EINVAL, 0 },
		{ "99999999999h", -ERANGE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t nanoseconds = 0;

		CU_ASSERT_EQUAL(units_parse_duration(cases[i].text, &nanoseconds), cases[i].result);
		CU_ASSERT_EQUAL(nanoseconds, cases[i].nanoseconds);
	}
}

static void formats(void)
{
	char text[32];

	CU_ASSERT_STRING_EQUAL(units_format_size(2 << 20, text, sizeof(text)), "2M");
	CU_ASSERT_STRING_EQUAL(units_format_size(4097, text, sizeof(text)), "4097B");
	CU_ASSERT_STRING_EQUAL(units_format_size(0, text, sizeof(text)), "0B");
	CU_ASSERT_STRING_EQUAL(units_format_duration(1500000, text, sizeof(text)), "1.5ms");
	CU_ASSERT_STRING_EQUAL(units_format_duration(0, text, sizeof(text)), "0ns");
	CU_ASSERT_STRING_EQUAL(units_format_count(0, text, sizeof(text)), "0");
	CU_ASSERT_STRING_EQUAL(units_format_count(999, text, sizeof(text)), "999");
	CU_ASSERT_STRING_EQUAL(units_format_count(1000, text, sizeof(text)), "1,000");
	CU_ASSERT_STRING_EQUAL(units_format_count(UINT64_MAX, text, sizeof(text)),
			       "18,446,744,073,709,551,615");
}

/* A number alone is seconds; half a unit is not. */
static void seconds(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t nanoseconds;
	} cases[] = {
		{ "5", 0, 5000000000 },    { "0.5", 0, 500000000 },   { "0", 0, 0 },
		{ "5m", 0, 300000000000 }, { "90s", 0, 90000000000 }, { "20ms", 0, 20000000 },
		{ "5n", -EINVAL, 7 },      { "5 ", -EINVAL, 7 },      { "", -EINVAL, 7 },
		{ "-5", -EINVAL, 7 },      { "inf", -EINVAL, 7 },     { "1e30", -ERANGE, 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t nanoseconds = 7;

		CU_ASSERT_EQUAL(units_parse_seconds(cases[i].text, &nanoseconds), cases[i].result);
		CU_ASSERT_EQUAL(nanoseconds, cases[i].nanoseconds);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "sizes", sizes },         { "sizes in pages", parse_pages },
		{ "durations", durations }, { "seconds", seconds },
		{ "formats", formats },     CU_TEST_INFO_NULL,
	};

	return run_suite("units", tests);
}
