/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/schedule/schedule.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

static void reads_and_writes_conditions(void)
{
	static const struct {
		const char *text;
		struct schedule_condition condition;
		const char *written; /* NULL: the same */
	} rows[] = {
		{ "page >= exposed", { SUBJECT_PAGE, 0, COMPARE_AT_LEAST, true, 0 }, NULL },
		{ "page == 257", { SUBJECT_PAGE, 0, COMPARE_EQUAL, false, 257 }, NULL },
		{ " page<=0x101 ",
		  { SUBJECT_PAGE, 0, COMPARE_AT_MOST, false, 257 },
		  "page <= 257" },
		{ "argument 2 != 9", { SUBJECT_ARGUMENT, 2, COMPARE_NOT_EQUAL, false, 9 }, NULL },
		{ "argument 6 > exposed", { SUBJECT_ARGUMENT, 6, COMPARE_MORE, true, 0 }, NULL },
		{ "return < 0", { SUBJECT_RETURN, 0, COMPARE_LESS, false, 0 }, NULL },
		{ "return == -11", { SUBJECT_RETURN, 0, COMPARE_EQUAL, false, -11 }, NULL },
		{ "return == -0xb",
		  { SUBJECT_RETURN, 0, COMPARE_EQUAL, false, -11 },
		  "return == -11" },
		{ "return == 0xfffffffffffffff5",
		  { SUBJECT_RETURN, 0, COMPARE_EQUAL, false, -11 },
		  "return == -11" },
		{ "return == -9223372036854775808",
		  { SUBJECT_RETURN, 0, COMPARE_EQUAL, false, INT64_MIN },
		  NULL },
		{ "nth == 3", { SUBJECT_NTH, 0, COMPARE_EQUAL, false, 3 }, NULL },
	};
	struct schedule_condition read;
	char text[64], why[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct schedule_condition *wanted = &rows[i].condition;

		CU_ASSERT_EQUAL(schedule_parse_condition(rows[i].text, &read, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(read.subject, wanted->subject);
		CU_ASSERT_EQUAL(read.argument, wanted->argument);
		CU_ASSERT_EQUAL(read.comparison, wanted->comparison);
		CU_ASSERT_EQUAL(read.exposed, wanted->exposed);
		CU_ASSERT_EQUAL(read.value, wanted->value);
		CU_ASSERT_STRING_EQUAL(schedule_condition_text(&read, text, sizeof(text)),
				       rows[i].written ?: rows[i].text);
	}
}

static void refuses_other_conditions(void)
{
	static const char *const wrong[] = {
		"",
		"page",
		"page >=",
		"page = 7",
		"page => 7",
		"pages == 7",
		"page == seven",
		"page == 7x",
		"page == 7 8",
		"page == 18446744073709551616",
		"page == -9223372036854775809",
		"page == --1",
		"page == 0x",
		"page == exposedly",
		"argument == 7",
		"argument 0 == 7",
		"argument 7 == 7",
		"argument 12 == 7",
		"nth == 0",
		"nth == -1",
		"nth == exposed",
		"7 == page",
	};
	struct schedule_condition read = { .argument = 77 };
	char why[256];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int r = schedule_parse_condition(wrong[i], &read, why, sizeof(why));

		if (r != -EINVAL)
			printf("\n    \"%s\" is taken", wrong[i]);
		CU_ASSERT_EQUAL(r, -EINVAL);
		CU_ASSERT_EQUAL(read.argument, 77);
	}
	schedule_parse_condition("page = 7", &read, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why,
			       "\"page = 7\" is not a condition; allowed: page, argument 1 to "
			       "argument 6, return or nth; ==, !=, <, <=, > or >=; a number or "
			       "(not for nth) exposed");
}

static void meets_conditions(void)
{
	static const struct {
		const char *condition;
		bool below, equal, above; /* -1, 0 and 1 from the value on */
	} rows[] = {
		{ "page == 257", false, true, false },    { "page != 257", true, false, true },
		{ "page <= 257", true, true, false },     { "page < 257", true, false, false },
		{ "page >= 257", false, true, true },     { "page > 257", false, false, true },
		{ "page >= exposed", false, true, true },
	};
	struct schedule_condition read;
	char why[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(
			schedule_parse_condition(rows[i].condition, &read, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(schedule_condition_met(&read, 256, 257), rows[i].below);
		CU_ASSERT_EQUAL(schedule_condition_met(&read, 257, 257), rows[i].equal);
		CU_ASSERT_EQUAL(schedule_condition_met(&read, 258, 257), rows[i].above);
	}
	schedule_parse_condition("return < 0", &read, why, sizeof(why));
	CU_ASSERT(schedule_condition_met(&read, -11, 257));
	CU_ASSERT_FALSE(schedule_condition_met(&read, 0, 257));
}

static void reads_and_writes_events(void)
{
	static const char *const right[] = {
		"read enters filemap_get_entry",
		"split calls xas_try_split in __folio_split",
		"read begins",
		"a-reader_2 reaches f+0x10",
	};
	static const struct {
		const char *text, *why; /* why: how it begins */
	} wrong[] = {
		{ "",
		  "\"\" is not an event; allowed: a role and what it does, such as \"read enters "
		  "filemap_get_entry\"" },
		{ "read", "\"read\" is not an event" },
		{ "a_role_of_16_let enters f", "\"a_role_of_16_let enters f\" is not an event" },
		{ "+ enters f", "\"+ enters f\" is not an event" },
		{ "enters f", "\"f\" is not what a role can do; allowed: begins, enters F" },
		{ "read entry of f", "\"entry of f\" is not what a role can do" },
		{ "read begin", "\"begin\" is not what a role can do" },
	};
	struct schedule_event read;
	char text[64], why[512], role[SCHEDULE_ROLE];

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CU_ASSERT_EQUAL(schedule_parse_event(right[i], &read, why, sizeof(why)), 0);
		CU_ASSERT_STRING_EQUAL(schedule_event_text(&read, text, sizeof(text)), right[i]);
	}
	CU_ASSERT_STRING_EQUAL(schedule_event_text(&read, text, 5), "a-re");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CU_ASSERT_EQUAL(schedule_parse_event(wrong[i].text, &read, why, sizeof(why)),
				-EINVAL);
		CU_ASSERT_PTR_EQUAL(strstr(why, wrong[i].why), why);
	}
	CU_ASSERT_EQUAL(schedule_parse_role("split", role, why, sizeof(why)), 0);
	CU_ASSERT_STRING_EQUAL(role, "split");
	CU_ASSERT_EQUAL(schedule_parse_role("split read", role, why, sizeof(why)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(why, "\"split read\" is not the name of a role; allowed: up to 15 "
				    "letters, digits, _ and -");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "reads and writes conditions", reads_and_writes_conditions },
		{ "refuses other conditions", refuses_other_conditions },
		{ "meets conditions", meets_conditions },
		{ "reads and writes events", reads_and_writes_events },
		CU_TEST_INFO_NULL,
	};

	return run_suite("schedules", tests);
}
