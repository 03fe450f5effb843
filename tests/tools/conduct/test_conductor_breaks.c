/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A schedule with more points than there are breakpoints. */
#include "tests/support/suite.h"
#include "tools/conduct/conductor_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A stub that takes everything. */
static int agree(void)
{
	char answers[2 * BREAKS_MAX][6];
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	for (int i = 0; i < 2 * BREAKS_MAX; i++)
		memcpy(answers[i], "$OK#9a", sizeof(answers[i]));
	CU_ASSERT_EQUAL(write(ends[1], answers, sizeof(answers)), sizeof(answers));
	shutdown(ends[1], SHUT_WR);
	return ends[0];
}

static void more_than_there_are(void)
{
	static const struct code_point of_return = { .kind = POINT_RETURN, .function = "f" };
	struct conductor *c = calloc(1, sizeof(*c));

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->stub = (struct gdb_stub){ .fd = agree(), .patience = 1000000000 };
	c->plan.point_count = c->plan.watched = PLAN_POINTS;
	c->state.under_way = true;
	for (unsigned int i = 0; i < PLAN_POINTS; i++) {
		c->plan.points[i] = (struct plan_point){ .point = &of_return,
							 .count = 1,
							 .address = { 0x1000 + i } };
		c->entered[i].comes_back = 0x9000 + i;
	}
	CU_ASSERT_EQUAL(conductor_set_breaks(c), -ENOSPC);
	CU_ASSERT_EQUAL(c->break_count, 0);
	/* As many as there are. */
	c->plan.point_count = BREAKS_MAX / 2 - 1;
	CU_ASSERT_EQUAL(conductor_set_breaks(c), 0);
	CU_ASSERT_EQUAL(c->break_count, BREAKS_MAX - 2);
	close(c->stub.fd);
	free(c);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "more than there are", more_than_there_are },
		CU_TEST_INFO_NULL,
	};

	return run_suite("breakpoints", tests);
}
