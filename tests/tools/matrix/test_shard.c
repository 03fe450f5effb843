/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which shard a worker is, by its option and by what schedulers say. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/matrix/shard.h"

#include <errno.h>
#include <string.h>

/* "NAME=VALUE", NULL after the last. */
static const char *const *environment;

static char *look_up(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; environment[i]; i++)
		if (!strncmp(environment[i], name, length) && environment[i][length] == '=')
			return (char *)environment[i] + length + 1;
	return NULL;
}

enum { VARIABLES = 5 };

static const struct {
	const char *text;
	const char *environment[VARIABLES];
	unsigned int number, count; /* 0: an error */
	const char *why;            /* has that */
} rows[] = {
	{ "1/1", { NULL }, 1, 1, NULL },
	{ "2/3", { NULL }, 2, 3, NULL },
	{ "65536/65536", { NULL }, 65536, 65536, NULL },
	{ "0/3", { NULL }, 0, 0, "from 1 to N" },
	{ "4/3", { NULL }, 0, 0, "from 1 to N" },
	{ "1", { NULL }, 0, 0, "from 1 to N" },
	{ "/", { NULL }, 0, 0, "from 1 to N" },
	{ "-1/3", { NULL }, 0, 0, "from 1 to N" },
	{ "1/3/3", { NULL }, 0, 0, "from 1 to N" },
	{ "100000000000000000001/3", { NULL }, 0, 0, "from 1 to N" },
	{ "1/65537", { NULL }, 0, 0, "from 1 to N" },
	{ "auto", { NULL }, 0, 0, "CI_NODE_INDEX and CI_NODE_TOTAL" },
	{ "auto", { "FOLIOSTORM_SHARD=2", "FOLIOSTORM_SHARDS=5" }, 2, 5, NULL },
	{ "auto",
	  { "SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_MIN=0" },
	  1,
	  4,
	  NULL },
	{ "auto",
	  { "SLURM_ARRAY_TASK_ID=7", "SLURM_ARRAY_TASK_COUNT=4", "SLURM_ARRAY_TASK_MIN=1",
	    "SLURM_ARRAY_TASK_STEP=2" },
	  4,
	  4,
	  NULL },
	/* --array=1,3,7: the third of three, which its number does not tell */
	{ "auto",
	  { "SLURM_ARRAY_TASK_ID=7", "SLURM_ARRAY_TASK_COUNT=3", "SLURM_ARRAY_TASK_MIN=1" },
	  0,
	  0,
	  "SLURM_ARRAY_TASK_ID=7 of SLURM_ARRAY_TASK_COUNT=3, SLURM_ARRAY_TASK_MIN=1" },
	{ "auto", { "JOB_COMPLETION_INDEX=2", "FOLIOSTORM_SHARDS=3" }, 3, 3, NULL },
	{ "auto", { "JOB_COMPLETION_INDEX=2" }, 0, 0, "FOLIOSTORM_SHARDS=" },
	{ "auto", { "CI_NODE_INDEX=2", "CI_NODE_TOTAL=2" }, 2, 2, NULL },
	{ "auto", { "CI_NODE_INDEX=0", "CI_NODE_TOTAL=2" }, 0, 0, "of GitLab" },
	{ "auto", { "BUILDKITE_PARALLEL_JOB=0", "BUILDKITE_PARALLEL_JOB_COUNT=2" }, 1, 2, NULL },
	{ "auto", { "CIRCLE_NODE_INDEX=3", "CIRCLE_NODE_TOTAL=4" }, 4, 4, NULL },
	{ "auto", { "CIRCLE_NODE_INDEX=4", "CIRCLE_NODE_TOTAL=4" }, 0, 0, "CIRCLE_NODE_INDEX=4" },
	{ "auto", { "CIRCLE_NODE_INDEX=", "CIRCLE_NODE_TOTAL=4" }, 0, 0, "CIRCLE_NODE_INDEX= " },
};

static void parsed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct shard shard = { 0, 0 };
		char why[512] = "";
		int r;

		environment = rows[i].environment;
		r = shard_parse(&shard, rows[i].text, look_up, why, sizeof(why));
		CU_ASSERT_EQUAL(r, rows[i].count ? 0 : -EINVAL);
		CU_ASSERT_EQUAL(shard.number, rows[i].number);
		CU_ASSERT_EQUAL(shard.count, rows[i].count);
		CU_ASSERT(!rows[i].why == !*why && (!rows[i].why || strstr(why, rows[i].why)));
	}
}

/* As many workers as a scheduler starts are each another shard. */
static void whole(void)
{
	bool seen[8] = { false };

	for (int i = 0; i < 8; i++) {
		char id[32];
		const char *const said[] = { id, "SLURM_ARRAY_TASK_COUNT=8",
					     "SLURM_ARRAY_TASK_MIN=5", "SLURM_ARRAY_TASK_STEP=3",
					     NULL };
		struct shard shard = { 0, 0 };
		char why[512];

		snprintf(id, sizeof(id), "SLURM_ARRAY_TASK_ID=%d", 5 + 3 * i);
		environment = said;
		CU_ASSERT_EQUAL_FATAL(shard_parse(&shard, "auto", look_up, why, sizeof(why)), 0);
		CU_ASSERT_FALSE(seen[shard.number - 1]);
		seen[shard.number - 1] = true;
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "options and schedulers", parsed },
		{ "an array of jobs is all shards", whole },
		CU_TEST_INFO_NULL,
	};

	return run_suite("shard", tests);
}
