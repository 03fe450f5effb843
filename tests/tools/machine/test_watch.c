/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of /dev/kmsg, each by a read of its own. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void records(void)
{
	static const struct {
		const char *record;
		const char *line; /* or NULL: it is passed over */
		uint64_t lost;    /* by then */
	} rows[] = {
		{ "6,339,5140900,-;NET: Registered protocol family 10\n",
		  "NET: Registered protocol family 10", 0 },
		{ "4,340,5690716,c;udevd[80]: starting version 181\n SUBSYSTEM=acpi\n "
		  "DEVICE=+acpi:PNP0A03:00\n",
		  "udevd[80]: starting version 181", 0 },
		/* An empty line is none that ends the log. */
		{ "6,341,5690717,-;\n", "", 0 },
		/* Of programs: user, and daemon. */
		{ "12,342,5690718,-;a program quotes \"BUG: Bad page state in process "
		  "foliostorm\"\n",
		  NULL, 0 },
		{ "30,343,5690719,-;systemd[1]: Started.\n", NULL, 0 },
		{ "1,344,5690720,-;BUG: Bad page state in process foliostorm  pfn:1\n",
		  "BUG: Bad page state in process foliostorm  pfn:1", 0 },
		{ "6,350,5690721,-;five are missing\n", "five are missing", 5 },
		{ "14,353,5690722,-;of a program, and two more\n", NULL, 7 },
		{ "6,354,5690723,-;no newline", "no newline", 7 },
		{ "no record", NULL, 7 },
		{ "6,x,5690724,-;nor this\n", NULL, 7 },
	};
	struct watch watch = { .log = -1 };
	char line[100];
	int ends[2];

	CU_ASSERT_EQUAL(watch_line(&watch, line, sizeof(line)), -EAGAIN);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	watch.log = ends[0];
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL_FATAL(write(ends[1], rows[i].record, strlen(rows[i].record)),
				      (ssize_t)strlen(rows[i].record));
		CU_ASSERT_EQUAL_FATAL(watch_line(&watch, line, sizeof(line)),
				      rows[i].line ? 0 : -EAGAIN);
		if (rows[i].line)
			CU_ASSERT_STRING_EQUAL(line, rows[i].line);
		CU_ASSERT_EQUAL(watch.lost, rows[i].lost);
	}
	/* What is passed over does not hide what follows. */
	for (size_t i = 3; i < 6; i++)
		CU_ASSERT_TRUE(write(ends[1], rows[i].record, strlen(rows[i].record)) > 0);
	CU_ASSERT_EQUAL(watch_line(&watch, line, sizeof(line)), 0);
	CU_ASSERT_STRING_EQUAL(line, rows[5].line);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "records of the kernel log", records },
		CU_TEST_INFO_NULL,
	};

	return run_suite("watch", tests);
}
