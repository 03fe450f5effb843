/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/seen_pages.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <stdlib.h>

enum { ORDER = 6, PAGES = 1 << ORDER };

static struct seen_pages *fresh(void)
{
	struct seen_pages *seen = calloc(1, sizeof(*seen));

	CU_ASSERT_PTR_NOT_NULL_FATAL(seen);
	return seen;
}

/* A split as a kernel of that shape makes it. */
static void see(struct seen_pages *seen, enum aim_shape shape, unsigned int order, unsigned int at)
{
	seen_pages_add(seen, order, at, split_exposed_parts(shape, order, 0, at));
}

/* Both splits of each punch were seen: what was seen is what the model says of that shape. */
static void test_as_the_model(void)
{
	struct seen_pages *seen = fresh();
	bool exposed[PAGES], pages[PAGES];
	unsigned int wrong = 0;

	seen_pages_use(seen);
	for (unsigned int order = 1; order <= ORDER; order++)
		for (unsigned int at = 0; at < 1U << order; at++)
			see(seen, AIM_INTERLEAVED, order, at);
	for (unsigned int at = 0; at < PAGES; at++)
		for (unsigned int count = 1; at + count <= PAGES && count < PAGES; count++) {
			const struct aim_punch punch = { ORDER, at, count };
			unsigned int outside = 0;

			aim_exposed(AIM_INTERLEAVED, &punch, exposed);
			for (unsigned int page = 0; page < PAGES; page++)
				wrong += seen_pages_has(seen, &punch, page) != exposed[page];
			for (unsigned int page = 0; page < PAGES; page++)
				outside += exposed[page] && page - at >= count;
			CU_ASSERT_EQUAL(seen_pages_of(seen, &punch, pages), outside);
			for (unsigned int page = 0; page < PAGES; page++)
				wrong += pages[page] != (exposed[page] && page - at >= count);
		}
	CU_ASSERT_EQUAL(wrong, 0);
	free(seen);
}

static void test_not_used(void)
{
	const struct aim_punch punch = { ORDER, 33, 1 };
	struct seen_pages *seen = fresh();
	bool pages[PAGES];

	see(seen, AIM_BATCHED, ORDER, 33);
	CU_ASSERT_EQUAL(atomic_load(&seen->version), 0);
	CU_ASSERT_FALSE(seen_pages_has(seen, &punch, PAGES - 1));
	CU_ASSERT_EQUAL(seen_pages_of(seen, &punch, pages), 0);
	/* What was seen before counts. */
	seen_pages_use(seen);
	CU_ASSERT_TRUE(seen_pages_has(seen, &punch, PAGES - 1));
	CU_ASSERT(seen_pages_of(seen, &punch, pages) >= PAGES / 4);
	CU_ASSERT_TRUE(pages[PAGES - 1] && !pages[33] && !pages[0]);
	/* Of another punch nothing was seen, and a storm may make none. */
	CU_ASSERT_EQUAL(seen_pages_of(seen, &(struct aim_punch){ ORDER, 17, 1 }, pages), 0);
	CU_ASSERT_EQUAL(seen_pages_of(seen, &(struct aim_punch){ ORDER, ~0U, 0 }, pages), 0);
	free(seen);
}

/* Readers make their list anew when the version changes. */
static void test_version(void)
{
	struct seen_pages *seen = fresh();
	uint32_t version;

	seen_pages_use(seen);
	version = atomic_load(&seen->version);
	CU_ASSERT(version > 0);
	see(seen, AIM_BATCHED, ORDER, 33);
	CU_ASSERT_NOT_EQUAL(atomic_load(&seen->version), version);
	version = atomic_load(&seen->version);
	see(seen, AIM_BATCHED, ORDER, 33);
	seen_pages_use(seen);
	CU_ASSERT_EQUAL(atomic_load(&seen->version), version);
	free(seen);
}

/* Of an interleaved kernel: any place until enough were seen, then the first one whose split
 * exposes all of the last quarter. */
static void test_plan(void)
{
	struct seen_pages *seen = fresh();

	for (unsigned int at = 0; at < SEEN_PLACES; at++)
		see(seen, AIM_INTERLEAVED, ORDER, at + 1);
	CU_ASSERT_EQUAL(seen_pages_plan(seen, ORDER, 1, 0), -ENODATA);
	free(seen);
	seen = fresh();
	seen_pages_use(seen);
	for (unsigned int at = PAGES - 1; at > PAGES - SEEN_PLACES; at--)
		see(seen, AIM_INTERLEAVED, ORDER, at);
	for (unsigned int value = 0; value < 2 * PAGES; value++)
		CU_ASSERT_EQUAL(seen_pages_plan(seen, ORDER, 1, value), (int)(value % PAGES));
	CU_ASSERT_EQUAL(seen_pages_plan(seen, ORDER, 3, PAGES - 2), 0);
	see(seen, AIM_INTERLEAVED, ORDER, PAGES / 2 + 3);
	for (unsigned int value = 0; value < 2 * PAGES; value++)
		CU_ASSERT_EQUAL(seen_pages_plan(seen, ORDER, 1, value), PAGES / 4 * 3);
	CU_ASSERT_EQUAL(seen_pages_plan(seen, ORDER - 1, 1, 5), 5);
	free(seen);
}

/* The largest folio, split at its last page. */
static void test_largest(void)
{
	const struct aim_punch punch = { AIM_ORDER_MAX, AIM_PAGES_MAX - 1, 1 };
	struct seen_pages *seen = fresh();

	seen_pages_use(seen);
	see(seen, AIM_INTERLEAVED, AIM_ORDER_MAX, AIM_PAGES_MAX - 1);
	CU_ASSERT_TRUE(seen_pages_has(seen, &punch, AIM_PAGES_MAX - 2));
	CU_ASSERT_FALSE(seen_pages_has(seen, &punch, 0));
	free(seen);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "as the model", test_as_the_model }, { "not used yet", test_not_used },
		{ "version", test_version },           { "plan", test_plan },
		{ "the largest folio", test_largest }, CU_TEST_INFO_NULL,
	};

	return run_suite("seen pages", tests);
}
