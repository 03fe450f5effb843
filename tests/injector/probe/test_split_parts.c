/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What BPF programs know of the aim model, against the model itself. */
#include "injector/probe/split_parts.h"
#include "injector/storm/aim.h"
#include "tests/support/suite.h"

enum { ORDER = 9, PAGES = 1 << ORDER };

_Static_assert((int)SPLIT_BATCHED == (int)AIM_BATCHED, "the same bit");
_Static_assert((int)SPLIT_INTERLEAVED == (int)AIM_INTERLEAVED, "the same bit");
_Static_assert((int)SPLIT_ORDER_MAX == (int)AIM_ORDER_MAX, "the same bound");

/* Up to the end of the folio the kernel splits once; all of it is not split at all. */
static void exposes_what_the_model_exposes(void)
{
	bool exposed[AIM_PAGES_MAX];

	for (unsigned int shape = AIM_BATCHED; shape <= AIM_BOTH; shape++)
		for (unsigned int order = 1; order <= ORDER; order++)
			for (unsigned int at = 0; at < 1U << order; at++) {
				const struct aim_punch punch = { order, at, (1U << order) - at };
				unsigned int wrong = 0;

				CU_ASSERT(aim_exposed((enum aim_shape)shape, &punch, exposed) >= 0);
				for (unsigned int page = 0; page < 1U << order; page++)
					wrong += exposed[page] !=
						 split_exposes(shape, order, 0, at, page);
				CU_ASSERT_EQUAL(wrong, 0);
			}
}

static void parts_cover_the_folio_once(void)
{
	for (unsigned int order = 1; order <= ORDER; order++)
		for (unsigned int last = 0; last < order; last++)
			for (unsigned int at = 0; at < 1U << order; at++) {
				unsigned int times[PAGES] = { 0 }, wrong = 0;

				for (unsigned int part = last; part <= order; part++) {
					unsigned int first =
						split_part_first(order, last, at, part);
					unsigned int size = 1U
							    << split_part_order(order, last, part);

					for (unsigned int page = first; page < first + size; page++)
						wrong += ++times[page] != 1 ||
							 split_part_of(order, last, at, page) !=
								 part;
					CU_ASSERT_EQUAL(at - first < size, part == order);
				}
				for (unsigned int page = 0; page < 1U << order; page++)
					wrong += times[page] != 1;
				CU_ASSERT_EQUAL(wrong, 0);
			}
}

/* A part is exposed as a whole or not at all. */
static void pages_of_a_part_share_its_fate(void)
{
	for (unsigned int shape = AIM_BATCHED; shape <= AIM_BOTH; shape++)
		for (unsigned int at = 0; at < PAGES; at++) {
			unsigned int parts = split_exposed_parts(shape, ORDER, 0, at), wrong = 0;

			for (unsigned int part = 0; part <= ORDER; part++) {
				unsigned int first = split_part_first(ORDER, 0, at, part);
				unsigned int size = 1U << split_part_order(ORDER, 0, part);

				for (unsigned int page = first; page < first + size; page++)
					wrong += split_exposes(shape, ORDER, 0, at, page) !=
						 (parts >> part & 1);
			}
			CU_ASSERT_EQUAL(wrong, 0);
			/* Anywhere but at the start, whatever the shape. */
			CU_ASSERT_EQUAL(parts != 0, at >= 2);
		}
}

/* A split into larger parts is one of fewer, larger pages. */
static void scales_with_the_last_order(void)
{
	for (unsigned int last = 1; last < ORDER; last++)
		for (unsigned int at = 0; at < PAGES; at += 1U << last)
			CU_ASSERT_EQUAL(
				split_exposed_parts(AIM_BATCHED, ORDER, last, at),
				split_exposed_parts(AIM_BATCHED, ORDER - last, 0, at >> last)
					<< last);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "exposes what the model exposes", exposes_what_the_model_exposes },
		{ "parts cover the folio once", parts_cover_the_folio_once },
		{ "pages of a part share its fate", pages_of_a_part_share_its_fate },
		{ "scales with the last order", scales_with_the_last_order },
		CU_TEST_INFO_NULL,
	};

	return run_suite("split_parts", tests);
}
