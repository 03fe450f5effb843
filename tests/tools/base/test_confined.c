/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a decoder has in its process, and how far it gets. */
#include "injector/base/array.h"
#include "injector/base/text_file.h"
#include "tests/support/suite.h"
#include "tools/base/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST = 1 << 20 };

static int secret; /* a descriptor that no decoder has */

static int alone(int from, int to)
{
	struct rlimit limit;
	char text[8] = "";

	if (getuid() == 0 || geteuid() == 0)
		return 1;
	if (fcntl(secret, F_GETFD) >= 0)
		return 2;
	if (getrlimit(RLIMIT_CPU, &limit) || limit.rlim_cur > 600)
		return 3;
	if (read(from, text, 4) != 4 || strcmp(text, "text") != 0)
		return 4;
	return write_whole(to, "decoded", 7) ? 5 : 0;
}

static int too_much(int from, int to)
{
	static const char block[1 << 16];
	int r = 0;

	(void)from;
	while (!r)
		r = write_whole(to, block, sizeof(block));
	return 0;
}

static int crash(int from, int to)
{
	(void)from;
	(void)to;
	abort();
}

static int fail(int from, int to)
{
	(void)from;
	(void)to;
	return 7;
}

static void decoders(void)
{
	static const struct {
		int (*decode)(int from, int to);
		int result;
		off_t size; /* exactly where decoding succeeds, else at most */
	} rows[] = {
		{ alone, 0, 7 },
		{ too_much, -EBADMSG, MOST },
		{ crash, -EBADMSG, 0 },
		{ fail, 7, 0 },
	};

	if (geteuid()) {
		skip_test("not root");
		return;
	}
	secret = memfd_create("secret", 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int from = memfd_create("from", MFD_CLOEXEC), to = memfd_create("to", MFD_CLOEXEC);
		off_t size;

		CU_ASSERT_EQUAL(pwrite(from, "text", 4, 0), 4);
		CU_ASSERT_EQUAL(confined_decode(rows[i].decode, from, to, MOST), rows[i].result);
		size = lseek(to, 0, SEEK_END);
		CU_ASSERT(rows[i].result ? size <= rows[i].size : size == rows[i].size);
		close(from);
		close(to);
	}
	close(secret);
	CU_ASSERT_EQUAL(geteuid(), 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a decoder is alone", decoders },
		CU_TEST_INFO_NULL,
	};

	return run_suite("confined", tests);
}
