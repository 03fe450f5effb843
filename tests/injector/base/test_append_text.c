/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tests/support/suite.h"

#include <string.h>

enum { SPACE = 16 };

/* Each text is there, and nothing behind its room has changed. */
static void cuts(void)
{
	static const struct {
		size_t size, used;
		const char *piece;
		size_t length;
		const char *text;
	} rows[] = {
		{ 8, 0, "", 0, "" },
		{ 8, 0, "abc", 3, "abc" },
		{ 8, 3, "", 3, "---" },
		{ 8, 3, "abc", 6, "---abc" },
		/* It fits exactly, is one byte too long, and much too long. */
		{ 8, 3, "abcd", 7, "---abcd" },
		{ 8, 3, "abcde", 7, "---abcd" },
		{ 8, 3, "abcdefghijklmnop", 7, "---abcd" },
		/* One byte for the piece, and none but that for the end. */
		{ 8, 6, "a", 7, "------a" },
		{ 8, 6, "ab", 7, "------a" },
		{ 8, 7, "", 7, "-------" },
		{ 8, 7, "a", 7, "-------" },
		{ 1, 0, "a", 0, "" },
		/* Nothing is written. */
		{ 0, 0, "a", 0, "----------------" },
		{ 8, 8, "a", 8, "----------------" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[SPACE + 1] = "----------------";
		size_t length = append_text(text, rows[i].size, rows[i].used, "%s", rows[i].piece);

		CU_ASSERT_EQUAL(length, rows[i].length);
		if (length != rows[i].length || strcmp(text, rows[i].text))
			printf("\n    row %zu: %s", i, text);
		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
		for (size_t k = rows[i].size; k < SPACE; k++)
			CU_ASSERT_EQUAL(text[k], '-');
	}
}

static void pieces(void)
{
	char text[12];
	size_t used = 0;

	for (int i = 0; i < 100; i++) {
		used = append_text(text, sizeof(text), used, "%s%d", i ? ", " : "", i);
		CU_ASSERT_EQUAL(used, strlen(text));
	}
	CU_ASSERT_STRING_EQUAL(text, "0, 1, 2, 3,");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "what does not fit is cut", cuts },
		{ "pieces in a row", pieces },
		CU_TEST_INFO_NULL,
	};

	return run_suite("append text", tests);
}
