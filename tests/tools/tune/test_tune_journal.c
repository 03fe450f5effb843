/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal of a tuning: what is in it after a crash, and whose it is. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/tune/tune_journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/foliostorm-test.XXXXXX";
static json_t *begin;

static void write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

/* Opens it; returns how many trials there are, or the error. */
static int open_journal(bool strict, const char *says)
{
	char message[512] = "";
	json_t *trials;
	FILE *file;
	int r;

	report_capture(message, sizeof(message));
	r = tune_journal_open(path, begin, strict, &trials, &file);
	report_capture(NULL, 0);
	if (!r)
		r = (int)json_array_size(trials);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, says));
	json_decref(trials);
	if (file)
		fclose(file);
	return r;
}

static void test_going_on(void)
{
	json_t *trials, *line = json_pack("{s:i}", "trial", 1);
	FILE *file;

	write_text("");
	CU_ASSERT_EQUAL_FATAL(tune_journal_open(path, begin, true, &trials, &file), 0);
	CU_ASSERT_EQUAL(json_array_size(trials), 0);
	tune_journal_write(file, line);
	/* It is there before it is closed. */
	CU_ASSERT_EQUAL(open_journal(true, ""), 1);
	fclose(file);
	json_decref(trials);
	json_decref(line);
}

static void test_torn(void)
{
	json_t *trials, *line = json_pack("{s:i}", "trial", 2);
	FILE *file;

	write_text("{\"goal\":\"hits\",\"where\":\"here\"}\n{\"trial\":1}\n{\"trial\":2,\"cou");
	CU_ASSERT_EQUAL_FATAL(tune_journal_open(path, begin, true, &trials, &file), 0);
	CU_ASSERT_EQUAL(json_array_size(trials), 1);
	tune_journal_write(file, line);
	fclose(file);
	json_decref(trials);
	json_decref(line);
	CU_ASSERT_EQUAL(open_journal(true, ""), 2);
	/* A torn first line: nothing is there yet. */
	write_text("{\"goal\":\"hi");
	CU_ASSERT_EQUAL(open_journal(true, ""), 0);
	CU_ASSERT_EQUAL(open_journal(true, ""), 0);
}

/* The last line goes when it is damaged; one that others follow is the user's to repair. */
static void test_damaged(void)
{
	static const char damaged[] = "{\"goal\":\"hits\",\"where\":\"here\"}\n{\"trial\":1}\n"
				      "{\"trial\":#}\n{\"trial\":3}\n";
	char text[sizeof(damaged)] = "";
	FILE *file;

	write_text(damaged);
	CU_ASSERT_EQUAL(open_journal(true, ":3: damaged, and trials follow"), -EINVAL);
	file = fopen(path, "r");
	CU_ASSERT_EQUAL(fread(text, 1, sizeof(text), file), sizeof(damaged) - 1);
	CU_ASSERT_STRING_EQUAL(text, damaged);
	fclose(file);
	write_text("{\"goal\":\"hits\",\"where\":\"here\"}\n{\"trial\":1}\n{\"trial\":#}\n");
	CU_ASSERT_EQUAL(open_journal(true, ""), 1);
}

static void test_another(void)
{
	write_text("{\"goal\":\"exposures\",\"where\":\"here\"}\n");
	CU_ASSERT_EQUAL(open_journal(true, "its goal is another"), -EINVAL);
	write_text("{\"goal\":\"hits\",\"where\":\"6.18.9\"}\n{\"trial\":1}\n");
	CU_ASSERT_EQUAL(open_journal(true, "its where is another"), -EINVAL);
	CU_ASSERT_EQUAL(open_journal(false, ""), 1);
	write_text("trial,phase\n");
	CU_ASSERT_EQUAL(open_journal(true, "is not the journal of a tuning"), -EINVAL);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "going on", test_going_on },
		{ "a torn line", test_torn },
		{ "a damaged line", test_damaged },
		{ "another tuning", test_another },
		CU_TEST_INFO_NULL,
	};
	int r;

	close(mkstemp(path));
	begin = json_pack("{s:s, s:s}", "goal", "hits", "where", "here");
	r = run_suite("tune_journal", tests);
	json_decref(begin);
	unlink(path);
	return r;
}
