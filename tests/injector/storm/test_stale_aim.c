/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/storm/stale_aim.h"
#include "tests/support/suite.h"

#include <string.h>

enum { ORDER = 9 }; /* 2 MiB */

/* Every interleaving that there can be. */
static void outcomes(void)
{
	static const struct {
		struct stale_meanwhile meanwhile;
		enum stale_outcome outcome;
	} cases[] = {
		/* order, seen, gone, shadow, locked */
		{ { 0, false, false, false, false }, STALE_ADDED },
		{ { ORDER, false, false, false, false }, STALE_REFUSED },
		{ { ORDER, true, false, false, false }, STALE_REFUSED },
		{ { ORDER, false, true, false, false }, STALE_ADDED },
		{ { ORDER, false, true, true, false }, STALE_ADDED },
		{ { ORDER, true, true, false, false }, STALE_NODE },
		{ { ORDER, true, true, true, false }, STALE_ALL },
		/* With the fix: what was seen is what is there. */
		{ { ORDER, true, false, false, true }, STALE_REFUSED },
		{ { ORDER, true, true, false, true }, STALE_ADDED },
		{ { ORDER, true, true, true, true }, STALE_ADDED },
		/* Below 64 pages no node is made, and above 4096 none can be. */
		{ { 5, true, true, false, false }, STALE_ADDED },
		{ { 6, true, true, false, false }, STALE_NODE },
		{ { 12, true, true, false, false }, STALE_NODE },
		{ { 13, true, true, false, false }, STALE_ADDED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CU_ASSERT_EQUAL(stale_outcome(&cases[i].meanwhile), cases[i].outcome);
}

/* What was measured on 6.1.192 without the fixes: page 100 of a folio of 512, other folios of the
 * same 4096 pages in the cache, and it is page 64 that the next reader never returns from. */
static void a_leaf(void)
{
	struct stale_slots slots;

	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 100, 600, &slots));
	CU_ASSERT_EQUAL(slots.first, 64);
	CU_ASSERT_EQUAL(slots.pages, 1);
	CU_ASSERT_EQUAL(slots.own, 36);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 63), -1);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 64), 0);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 100), 36);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 127), 63);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 128), -1);
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 4096 * 7 + 511, 4096 * 7 + 4095, &slots));
	CU_ASSERT_EQUAL(slots.first, 4096 * 7 + 448);
	CU_ASSERT_EQUAL(slots.own, 63);
}

static void a_node_above(void)
{
	struct stale_slots slots;

	/* The nearest page that is kept lies in other 4096: the node spans all of these. */
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 4096 + 600, 0, &slots));
	CU_ASSERT_EQUAL(slots.first, 4096);
	CU_ASSERT_EQUAL(slots.pages, 64);
	CU_ASSERT_EQUAL(slots.own, 9);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 4096 + 575), 8);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 4096 + 576), 9);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 4096 + 639), 9);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 8191), 63);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 8192), -1);
	CU_ASSERT_EQUAL(stale_slot_of(&slots, 0), -1);
	/* One level more for one kept page that far away. */
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 4096 + 600, 1 << 20, &slots));
	CU_ASSERT_EQUAL(slots.pages, 4096);
	CU_ASSERT_EQUAL(slots.first, 0);
	CU_ASSERT_EQUAL(slots.own, 1);
}

static void an_empty_tree(void)
{
	struct stale_slots slots;

	/* Its root is as high as the page needs. */
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 5, STALE_NO_PAGE, &slots));
	CU_ASSERT_EQUAL(slots.pages, 1);
	CU_ASSERT_EQUAL(slots.own, 5);
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 100, STALE_NO_PAGE, &slots));
	CU_ASSERT_EQUAL(slots.pages, 64);
	CU_ASSERT_EQUAL(slots.own, 1);
	CU_ASSERT_EQUAL(slots.first, 0);
	CU_ASSERT_TRUE_FATAL(stale_slots(ORDER, 5000, STALE_NO_PAGE, &slots));
	CU_ASSERT_EQUAL(slots.pages, 4096);
	CU_ASSERT_EQUAL(slots.own, 1);
}

static void none(void)
{
	struct stale_slots slots;

	memset(&slots, 0xa5, sizeof(slots));
	CU_ASSERT_FALSE(stale_slots(5, 100, 600, &slots));
	CU_ASSERT_FALSE(stale_slots(13, 100, 600, &slots));
	/* Its leaf is there. */
	CU_ASSERT_FALSE(stale_slots(ORDER, 100, 64, &slots));
	CU_ASSERT_EQUAL(slots.own, 0xa5a5a5a5);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "outcomes", outcomes },
		{ "a leaf", a_leaf },
		{ "a node above", a_node_above },
		{ "an empty tree", an_empty_tree },
		{ "none", none },
		CU_TEST_INFO_NULL,
	};

	return run_suite("the aim of the older family", tests);
}
