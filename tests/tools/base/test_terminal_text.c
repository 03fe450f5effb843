/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for a terminal: where lines are broken, and what has which colour. */
#include "tests/support/suite.h"
#include "tools/base/terminal_text.h"

#include <stdlib.h>
#include <string.h>

static void check(unsigned int width, bool color, const char *text, const char *wanted)
{
	char *shown = NULL;
	size_t size;
	FILE *memory = open_memstream(&shown, &size);
	FILE *stream = terminal_text_make(memory, width, color);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	fputs(text, stream);
	fclose(stream);
	fclose(memory);
	CU_ASSERT_STRING_EQUAL(shown, wanted);
	if (strcmp(shown, wanted) != 0)
		fprintf(stderr, "shown:\n%s\nwanted:\n%s\n", shown, wanted);
	free(shown);
}

static void test_plain(void)
{
	check(0, false, "kernel     6.18.9\nverdict    HIT, expected HIT: so\n",
	      "kernel     6.18.9\nverdict    HIT, expected HIT: so\n");
	check(40, false, "short\n\nno end", "short\n\nno end");
}

static void test_wrapped(void)
{
	check(30, false, "witness    one two three four five\n",
	      "witness    one two three four\n           five\n");
	check(30, false, "  punch 1: load read page 472 of it\n",
	      "  punch 1: load read page 472\n    of it\n");
	check(20, false, "           abcdefghijklmnopqrstuvw\n",
	      "           abcdefghi\n           jklmnopqr\n           stuvw\n");
	/* No character is cut: bytes 18 to 20 are one. */
	check(20, false, "abcdefghijklmnopqr\u20acst\n",
	      "abcdefghijklmnopqr\n           \u20acst\n");
	check(20, false, "abcdefghijklmnop\x80\x80\x80\x80\x80\n",
	      "abcdefghijklmnop\x80\x80\x80\x80\n           \x80\n");
	check(20, false, "abcdefghijklmnopqrst\n", "abcdefghijklmnopqrst\n");
	/* As many blanks as there are columns. */
	check(24, false, "                        abcdef\n",
	      "                        \n           abcdef\n");
}

static void test_colored(void)
{
	check(0, true, "verdict    HIT, expected HIT: so\n",
	      "verdict    \033[1;32mHIT\033[0m, expected HIT: so\n");
	check(0, true, "verdict    HIT, expected CLEAN: so\n",
	      "verdict    \033[1;31mHIT\033[0m, expected CLEAN: so\n");
	check(0, true, "verdict    VERIFIED, expected CLEAN: so\n",
	      "verdict    \033[1;32mVERIFIED\033[0m, expected CLEAN: so\n");
	check(32, true, "verdict    INCONCLUSIVE, expected HIT: for so\n",
	      "verdict    \033[1;33mINCONCLUSIVE\033[0m,\n           expected HIT: for so\n");
	check(0, true, "scenario   verdict\n", "scenario   verdict\n");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "plain", test_plain },
		{ "wrapped", test_wrapped },
		{ "colored", test_colored },
		CU_TEST_INFO_NULL,
	};

	return run_suite("terminal_text", tests);
}
