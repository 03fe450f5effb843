/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all importers share: lines of files of any size, and the account. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/import_lines.h"
#include "tools/import/import_account.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int memory_file(const char *data, size_t size)
{
	int fd = memfd_create("input", 0);

	CU_ASSERT_FATAL(fd >= 0 && write(fd, data, size) == (ssize_t)size && !lseek(fd, 0, 0));
	return fd;
}

static void test_lines(void)
{
	static const char text[] = "one\n\nthree\0and more\nlast";
	int fd = memory_file(text, sizeof(text) - 1);
	struct import_lines lines;
	struct import_line line;

	CU_ASSERT_FATAL(!import_lines_open(&lines, fd));
	CU_ASSERT(import_lines_next(&lines, &line) && !strcmp(line.text, "one") && !line.last);
	CU_ASSERT(import_lines_next(&lines, &line) && line.length == 0);
	CU_ASSERT(import_lines_next(&lines, &line) && line.length == 14);
	CU_ASSERT_EQUAL(lines.number, 3);
	CU_ASSERT(import_lines_next(&lines, &line) && !strcmp(line.text, "last") && line.last);
	CU_ASSERT(!import_lines_next(&lines, &line));
	CU_ASSERT_EQUAL(lines.error, 0);
	import_lines_close(&lines);
	close(fd);
}

/* Lines around every limit there is: the buffer's, and that of a line. */
static void test_long_lines(void)
{
	static const size_t lengths[] = {
		IMPORT_LINE_MAX - 1,    IMPORT_LINE_MAX,    IMPORT_LINE_MAX + 1,
		IMPORT_BUFFER_SIZE - 1, IMPORT_BUFFER_SIZE, IMPORT_BUFFER_SIZE + 1,
		3 * IMPORT_BUFFER_SIZE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		for (int ended = 0; ended < 2; ended++) {
			size_t length = lengths[i], size = 4 + length + (ended ? 5 : 0);
			char *text = malloc(size);
			struct import_lines lines;
			struct import_line line;
			int fd;

			CU_ASSERT_FATAL(text != NULL);
			memcpy(text, "one\n", 4);
			memset(text + 4, 'x', length);
			if (ended)
				memcpy(text + 4 + length, "\ntwo\n", 5);
			fd = memory_file(text, size);
			CU_ASSERT_FATAL(!import_lines_open(&lines, fd));
			CU_ASSERT(import_lines_next(&lines, &line) && !strcmp(line.text, "one"));
			CU_ASSERT(import_lines_next(&lines, &line));
			CU_ASSERT_EQUAL(line.cut, length > IMPORT_LINE_MAX);
			CU_ASSERT_EQUAL(line.length, line.cut ? (size_t)IMPORT_LINE_MAX : length);
			CU_ASSERT_EQUAL(strspn(line.text, "x"), line.length);
			CU_ASSERT_EQUAL(line.last, !ended);
			if (ended)
				CU_ASSERT(import_lines_next(&lines, &line) &&
					  !strcmp(line.text, "two"));
			CU_ASSERT(!import_lines_next(&lines, &line));
			import_lines_close(&lines);
			close(fd);
			free(text);
		}
}

static void test_account(void)
{
	struct import_account account = { .note_count = 0 };
	char *text = NULL;
	size_t size;
	FILE *to;

	import_note(&account, IMPORT_NOT_USED, 1, 7, "call of a\x01\xff");
	CU_ASSERT(!account.used);
	import_note(&account, IMPORT_NOT_USED, 2, 9, "call of a??");
	import_note(&account, IMPORT_UNDERSTOOD, 5, 1, "calls");
	import_note(&account, IMPORT_UNDERSTOOD, 0, 1, "nothing");
	CU_ASSERT(account.used);
	for (int i = 0; i < 2 * IMPORT_NOTES_MAX; i++)
		import_note(&account, IMPORT_REMARK, 1, 1, "remark %d", i);
	to = open_memstream(&text, &size);
	CU_ASSERT_FATAL(to != NULL);
	import_account_print(to, &account);
	fclose(to);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "           3  call of a?? (first: line 7)\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "understood\n           5  calls\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "         122  of other sorts\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "nothing"));
	free(text);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "lines", test_lines },
		{ "long lines are cut", test_long_lines },
		{ "the account counts, and holds only so much", test_account },
		CU_TEST_INFO_NULL,
	};

	return run_suite("import", tests);
}
