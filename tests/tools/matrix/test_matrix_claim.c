/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims of cells by workers of which each knows the time by its own clock. */
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/matrix/matrix_claim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static struct matrix_claims claims = { scratch, 10ULL * SECOND };

static struct matrix_claim claim_of(const char *scenario)
{
	struct matrix_claim claim = { .number = 0 };

	matrix_claim_name(&claim, "6.18.9", "split-window", scenario);
	return claim;
}

static void one_owner(void)
{
	struct matrix_claim a = claim_of("one"), b = claim_of("one"), other = claim_of("another");

	CU_ASSERT_STRING_EQUAL(a.cell, b.cell);
	CU_ASSERT_STRING_NOT_EQUAL(a.cell, other.cell);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &a, 1), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, 1), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &other, 1), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_done(&claims, &a), 0);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, 1), CLAIM_DONE);
	CU_ASSERT_EQUAL(matrix_claim_done(&claims, &b), 0);
}

/* Their clocks have nothing to do with each other. */
static void dead_owner(void)
{
	const uint64_t begin = 7ULL * SECOND, later = 1000ULL * SECOND;
	struct matrix_claim dead = claim_of("dead"), b = dead, c = dead;

	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &dead, begin), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, later), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, later + claims.lease - 1), CLAIM_BUSY);
	/* While it touches its claim it lives. */
	CU_ASSERT_EQUAL(matrix_claim_beat(&claims, &dead, begin + 6ULL * SECOND), 0);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, later + claims.lease), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 1), CLAIM_BUSY);
	/* Two see it dead; one takes over, and is not dead for the other. */
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, later + 2 * claims.lease), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 1 + claims.lease), CLAIM_BUSY);
	CU_ASSERT_EQUAL(b.number, 2);
	/* It only slept. */
	CU_ASSERT_EQUAL(matrix_claim_beat(&claims, &dead, begin + 100ULL * SECOND), -ESTALE);
	CU_ASSERT_FALSE(dead.ours);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &dead, begin + 100ULL * SECOND), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_beat(&claims, &b, later + 3 * claims.lease), 0);
	/* The next one may die as well. */
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 2 + claims.lease), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 3 + 2 * claims.lease), CLAIM_OURS);
}

/* What one machine could not do another may; what none can do ends. */
static void failures(void)
{
	struct matrix_claim a = claim_of("failing"), b = a, c = a, d = a;

	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &a, 1), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, 1), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_failed(&claims, &a), 0);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &b, 2), CLAIM_OURS);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 2), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_failed(&claims, &c), 0); /* and it is not its own */
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 3), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_failed(&claims, &b), 0);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &c, 4), CLAIM_OURS);
	CU_ASSERT_EQUAL(c.number, MATRIX_CLAIMS_MAX);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &d, 4), CLAIM_BUSY);
	CU_ASSERT_EQUAL(matrix_claim_failed(&claims, &c), 0);
	CU_ASSERT_EQUAL(matrix_claim_take(&claims, &d, 5), CLAIM_DONE);
}

/* Many at the same instant, for a new cell and for that of a dead one: one has it. */
static void crowd(void)
{
	enum { WORKERS = 16, ROUNDS = 20 };
	char scenario[16];

	for (int round = 0; round < ROUNDS; round++) {
		int start[2], owners = 0, status;
		struct matrix_claim claim;

		snprintf(scenario, sizeof(scenario), "%d", round / 2);
		claim = claim_of(scenario);
		CU_ASSERT_EQUAL_FATAL(pipe(start), 0);
		/* In odd rounds the winner of the last one is dead for all. */
		if (round % 2)
			matrix_claim_take(&claims, &claim, 1);
		for (int i = 0; i < WORKERS; i++)
			if (!fork()) {
				close(start[1]);
				(void)!read(start[0], scenario, 1);
				_exit(matrix_claim_take(&claims, &claim, 1 + claims.lease) !=
				      CLAIM_OURS);
			}
		close(start[0]);
		close(start[1]);
		for (int i = 0; i < WORKERS; i++) {
			wait(&status);
			owners += !status;
		}
		CU_ASSERT_EQUAL(owners, 1);
	}
}

static void no_directory(void)
{
	const struct matrix_claims none = { "/none", SECOND };
	struct matrix_claim claim = claim_of("one");

	CU_ASSERT_EQUAL(matrix_claim_take(&none, &claim, 1), -ENOENT);
}

static CU_TestInfo tests[] = {
	{ "two claims of one cell", one_owner },
	{ "a dead owner's cell is taken over", dead_owner },
	{ "a cell that failed is free until it fails again and again", failures },
	{ "of many at once one has it", crowd },
	{ "a directory that is not there", no_directory },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_suite_in_scratch("matrix_claim", tests, NULL);
}
