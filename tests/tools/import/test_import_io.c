/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records, and logs of fio and blkparse as people send them: below a title, quoted, numbered, in
 * JSON. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char message[800];

/* Imports a text. Returns what import_fd() does; the account is the caller's. */
static int import(const char *kind, const char *text, size_t size, char **account)
{
	static const struct import_options options;
	int fd = memfd_create("input", MFD_CLOEXEC), r;
	size_t length;
	FILE *to = open_memstream(account, &length);

	CU_ASSERT_FATAL(fd >= 0 && to && write(fd, text, size) == (ssize_t)size &&
			!lseek(fd, 0, SEEK_SET));
	*message = '\0';
	report_capture(message, sizeof(message));
	r = import_fd(importer_find(kind), &options, fd, to, NULL, NULL);
	report_capture(NULL, 0);
	fclose(to);
	close(fd);
	return r;
}

/* says: of the account, or where it fails of the message. */
static void expect(const char *kind, const char *text, int wanted, const char *const *says)
{
	char *account = NULL;
	int r = import(kind, text, strlen(text), &account);

	CU_ASSERT_EQUAL(r, wanted);
	for (; *says; says++)
		if (!strstr(wanted ? message : account, *says)) {
			CU_FAIL("not said");
			printf("\n%s: no \"%s\" of %s: %s\n%s", kind, *says, text, message,
			       account);
		}
	free(account);
}

/* Lines between two texts, below another. */
struct dressing {
	const char *title, *before, *behind;
};

/* The account says the same, however the lines are dressed. */
static void expect_dressed(const char *kind, const struct dressing *dressing,
			   const char *const *lines, size_t count, const char *const *says)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(to);
	fputs(dressing->title, to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s%s%s", dressing->before, lines[i], dressing->behind);
	fclose(to);
	expect(kind, text, 0, says);
	free(text);
}

static void test_iolog(void)
{
	static const char *const lines[] = {
		"fio version 3 iolog",   "20 /d/a add",          "100 /d/a open",
		"120 /d/a write 0 4096", "150 /d/a read 0 4096", "170 /d/a sync",
		"180 /d/a trim 0 4096",  "200 /d/a close",
	};
	static const char *const says[] = { "1  calls of open",
					    "1  calls of pread",
					    "1  calls of pwrite",
					    "1  calls of fsync",
					    "1  calls of fallocate",
					    "1  calls of close",
					    NULL };
	static const struct dressing dressings[] = {
		{ "", "", "\n" },
		{ "", "", "\r\n" },
		{ "", "", "\n\n" },
		{ "\n\n", "", "\n" },
		{ "\xef\xbb\xbf", "", "\n" },
		{ "# of host db01\n", "", "\n" },
		{ "```\n", "", "\n" },
		{ "", "> ", "\n" },
		{ "", "\t", "\n" },
		{ "Here it is:\n\n", "    ", "\n" },
	};
	static const char *const far[] = { "the file b gets as large as 2T; expected up to 512G",
					   NULL };
	static const char *const trims[] = { "1  calls of fallocate", NULL };
	static const char *const begins[] = { "its first line is not that of such a log", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(dressings); i++)
		expect_dressed("iolog", &dressings[i], lines, ARRAY_SIZE(lines), says);
	expect("iolog", "fio version 2 iolog\n/d/b write 2199023251456 4096\n", -EINVAL, far);
	expect("iolog", "fio version 2 iolog\n/d/b write 0 512\n/d/b trim 0 4294967296\n", 0,
	       trims);
	expect("iolog", "[global]\nioengine=libaio\n", -EINVAL, begins);
}

static void test_blkparse(void)
{
	static const char *const lines[] = {
		"  8,16   1        1     0.000000000   697  Q  WS 2048 + 8 [fio]",
		"  8,16   1        2     0.000010000   697  D  WS 2048 + 8 [fio]",
		"  8,16   1        3     0.000040000   697  Q   R 4096 + 8 [fio]",
	};
	static const char *const says[] = { "2  requests", "1  calls of pread",
					    "1  calls of pwrite", NULL };
	static const struct dressing dressings[] = {
		{ "", "", "\n" },
		{ "", "", "\r\n" },
		{ "```\n", "", "\n" },
		{ "", "> ", "\n" },
		{ "", "12:", "\n" },
		{ "", "    12\t", "\n" },
		{ "", "Feb 04 12:00:00 db01 blktrace[812]: ", "\n" },
		{ "", "{\"log\":\"", "\\n\",\"stream\":\"stdout\"}\n" },
	};
	static const char *const none[] = { "there is no request in it", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(dressings); i++)
		expect_dressed("blkparse", &dressings[i], lines, ARRAY_SIZE(lines), says);
	expect("blkparse", "0.000000000 697 Q WS 2048 8 fio\n", -EINVAL, none);
}

/* Returns the trace, or with `storm` the scenario, which the caller frees. */
static char *import_to(const char *kind, const char *under, bool storm, const char *text)
{
	const struct import_options options = { .under = under, .storm = storm };
	int fd = memfd_create("input", MFD_CLOEXEC);
	char *scenario = NULL, *trace = NULL;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
			!lseek(fd, 0, SEEK_SET));
	CU_ASSERT_EQUAL(import_fd(importer_find(kind), &options, fd, NULL, &scenario, &trace), 0);
	close(fd);
	CU_ASSERT_FATAL(scenario && trace);
	free(storm ? trace : scenario);
	return storm ? scenario : trace;
}

static void expect_trace(const char *kind, const char *under, const char *text, const char *there,
			 const char *not_there)
{
	char *trace = import_to(kind, under, false, text);
	bool good = strstr(trace, there) && !(not_there && strstr(trace, not_there));

	CU_ASSERT_TRUE(good);
	if (!good)
		printf("\n%s", trace);
	free(trace);
}

/* A directory whose name begins as that of another one; a first file without a directory. */
static void test_directories(void)
{
	static const char log[] = "fio version 2 iolog\n/d/a read 0 1\n/dd/b read 0 1\n";

	expect_trace("iolog", "/d", log, "name 1 a\n", "name 2");
	expect_trace("iolog", "/d/", log, "name 1 a\n", "name 2");
	expect_trace("iolog", NULL, "fio version 2 iolog\ndata read 0 1\n/mnt/data read 0 1\n",
		     "name 2 mnt/data\n", NULL);
}

static void is_in_order(const char *name, const char *log, size_t size)
{
	char *account = NULL;

	CU_ASSERT_EQUAL(import(name, log, size, &account), 0);
	CU_ASSERT_PTR_NULL(strstr(account, "before their thread's last one had ended"));
	free(account);
}

/* Behind a gap, the second part of a request does not begin before the first. */
static void test_gap(void)
{
	static const char log[] =
		"  8,16   1        1     0.000000000   697  Q  WS 2048 + 8 [fio]\n"
		"  8,16   1        2  9000.000000000   697  Q  WS 4092 + 8 [fio]\n";
	static const char *const says[] = { "gaps of more than an hour", NULL };

	expect("blkparse", log, 0, says);
	is_in_order("blkparse", log, sizeof(log) - 1);
}

/* Calls that the record does not have, ahead of one that it has, are not out of order. */
static void test_made_calls(void)
{
	static const char log[] = "foliostorm-record 1\n"
				  "1 1000 50000 read 5 0 100 0 100 old\n"
				  "1 90000 50000 read 5 0 100 0 100 new\nend 2\n";
	static const char *const says[] = { "1  calls of open", "1  calls of rename", NULL };

	expect("record", log, 0, says);
	is_in_order("record", log, sizeof(log) - 1);
}

/* A file that is made anew after a rename has nothing of the old one. */
static void test_rotation(void)
{
	expect_trace("record", NULL,
		     "foliostorm-record 1\n"
		     "1 1000 10 create 1 0 0 8042 0 log log\n"
		     "1 2000 10 write 5 0 100 0 100 log\n"
		     "1 3000 10 rename 1 0 0 0 0 log log\n"
		     "1 4000 10 create 1 0 0 8042 0 log log\n"
		     "1 5000 10 write 6 0 10 0 10 log\n"
		     "1 6000 10 write 5 100 100 0 100 log.1\n"
		     "end 6\n",
		     "name 2 log.renamed-1\n1 3000 0 rename 1 1 2 0 0 0 0\n1 3000 10 open 2 ",
		     NULL);
}

static void test_page_size(void)
{
	char *scenario;

	page_size_choose(65536);
	scenario = import_to("iolog", NULL, true,
			     "fio version 2 iolog\nb write 0 4194304\nb trim 1114112 65536\n");
	page_size_choose(4096);
	CU_ASSERT_PTR_NOT_NULL(strstr(scenario, "aim = 17; length = \"64K\""));
	free(scenario);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "iolog", test_iolog },
		{ "blkparse", test_blkparse },
		{ "directories", test_directories },
		{ "a gap before a request of two parts", test_gap },
		{ "calls that are not recorded", test_made_calls },
		{ "a log that is rotated", test_rotation },
		{ "pages of another size", test_page_size },
		CU_TEST_INFO_NULL,
	};

	return run_suite("import_io", tests);
}
