/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "tests/support/suite.h"

#include <string.h>
#include <sys/stat.h>

static char path[] = "/tmp/foliostorm-test.XXXXXX";

static void write_file(const char *bytes, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
}

static void test_whole(void)
{
	_cleanup_free_ char *text = NULL, *big = calloc(1, 100001);
	size_t size = 7;

	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	memset(big, 'x', 100001);
	big[50000] = '\0';
	write_file(big, 100001);
	CU_ASSERT_EQUAL(text_file_read(path, &text, &size), 0);
	CU_ASSERT_EQUAL(size, 100001);
	CU_ASSERT_EQUAL(memcmp(text, big, 100001), 0);
	CU_ASSERT_EQUAL(text[100001], '\0');
}

static void test_empty(void)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 7;

	write_file("", 0);
	CU_ASSERT_EQUAL(text_file_read(path, &text, &size), 0);
	CU_ASSERT_EQUAL(size, 0);
	CU_ASSERT_STRING_EQUAL(text, "");
}

/* Files of /proc say that they are empty. */
static void test_kernel(void)
{
	_cleanup_free_ char *text = NULL;

	CU_ASSERT_EQUAL(text_file_read("/proc/self/status", &text, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Pid:"));
}

static void test_write(void)
{
	_cleanup_free_ char *text = NULL;

	write_file("longer", 6);
	CU_ASSERT_EQUAL(text_file_write(path, "one"), 0);
	CU_ASSERT_EQUAL(text_file_read(path, &text, NULL), 0);
	CU_ASSERT_STRING_EQUAL(text, "oneger");
	CU_ASSERT_EQUAL(text_file_write("/nonesuch", "one"), -ENOENT);
	CU_ASSERT_EQUAL(text_file_write("/dev/full", "one"), -ENOSPC);
}

static void test_refusals(void)
{
	char *text = path;

	CU_ASSERT_EQUAL(text_file_read("/nonesuch", &text, NULL), -ENOENT);
	CU_ASSERT_PTR_NULL(text);
	text = path;
	CU_ASSERT_EQUAL(text_file_read("/", &text, NULL), -EISDIR);
	CU_ASSERT_PTR_NULL(text);
}

/* What waits for somebody, or has no end, is not opened. */
static void test_regular(void)
{
	char fifo[64];
	FILE *file;
	int fd;

	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	CU_ASSERT_EQUAL_FATAL(mkfifo(fifo, 0600), 0);
	CU_ASSERT_EQUAL(text_file_open(fifo), -EINVAL);
	CU_ASSERT_EQUAL(text_file_open("/dev/zero"), -EINVAL);
	CU_ASSERT_EQUAL(text_file_open("/"), -EISDIR);
	CU_ASSERT_EQUAL(text_file_open("/nonesuch"), -ENOENT);
	CU_ASSERT_PTR_NULL(text_file_stream(fifo));
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_STRING_EQUAL(text_file_error(-errno), "is not a regular file");
	CU_ASSERT_STRING_EQUAL(text_file_error(-EISDIR), "is a directory; name a file");
	unlink(fifo);
	fd = text_file_open(path);
	CU_ASSERT_TRUE(fd >= 0);
	close(fd);
	file = text_file_stream("/proc/self/status");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "all of a file", test_whole },
		{ "an empty one", test_empty },
		{ "one of the kernel", test_kernel },
		{ "telling one", test_write },
		{ "what cannot be read", test_refusals },
		{ "regular files", test_regular },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), r;

	if (fd < 0)
		return 1;
	close(fd);
	r = run_suite("text_file", tests);
	unlink(path);
	return r;
}
