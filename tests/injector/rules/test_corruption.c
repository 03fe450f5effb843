/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each way to spoil bytes does what it says, and the same again with the same seed. */
#include "injector/rules/corruption.h"
#include "tests/support/suite.h"

#include <string.h>

enum { SIZE = 4096 };

static unsigned char before[SIZE], after[SIZE], again[SIZE];

static struct corruption_report spoil(const char *kind, uint64_t amount, uint64_t span, size_t size,
				      uint64_t seed)
{
	const struct corruption what = {
		.kind = corruption_kind_find(kind),
		.amount = amount,
		.span = span,
	};
	struct corruption_report report;

	for (size_t i = 0; i < SIZE; i++)
		before[i] = again[i] = after[i] = (unsigned char)(i * 7 + i / 256 + 1);
	report = corruption_apply(&what, after, size, seed);
	corruption_apply(&what, again, size, seed);
	CU_ASSERT_EQUAL(memcmp(after, again, SIZE), 0);
	CU_ASSERT_FATAL(report.first <= size && report.length <= size - report.first);
	/* Nothing outside the piece. */
	CU_ASSERT_EQUAL(memcmp(after, before, report.first), 0);
	CU_ASSERT_EQUAL(memcmp(after + report.first + report.length,
			       before + report.first + report.length,
			       SIZE - report.first - report.length),
			0);
	return report;
}

static int different_bits(void)
{
	int bits = 0;

	for (size_t i = 0; i < SIZE; i++)
		bits += __builtin_popcount(before[i] ^ after[i]);
	return bits;
}

static void test_flip(void)
{
	for (uint64_t bits = 1; bits <= 64; bits++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			spoil("flip", bits, 0, SIZE, seed);
			CU_ASSERT_EQUAL(different_bits(), (int)bits);
		}
	/* All of them, when there are no more. */
	spoil("flip", 100, 1, SIZE, 1);
	CU_ASSERT_EQUAL(different_bits(), 8);
}

static void test_patterns(void)
{
	struct corruption_report report = spoil("zero", 1, 512, SIZE, 3);

	CU_ASSERT_EQUAL(report.length, 512);
	for (size_t i = 0; i < 512; i++)
		CU_ASSERT_EQUAL(after[report.first + i], 0);
	spoil("fill", 0xa5, 0, SIZE, 3);
	for (size_t i = 0; i < SIZE; i++)
		CU_ASSERT_EQUAL(after[i], 0xa5);
	spoil("duplicate", 1, 0, SIZE, 3);
	for (size_t i = 512; i < SIZE; i++)
		CU_ASSERT_EQUAL(after[i], before[i % 512]);
	for (uint64_t by = 1; by < 3000; by += 123) {
		spoil("shift", by, 0, SIZE, 3);
		for (size_t i = 0; i < SIZE; i++)
			CU_ASSERT_EQUAL(after[(i + by) % SIZE], before[i]);
	}
}

static void test_small(void)
{
	for (const struct corruption_kind *kind = corruption_kinds; kind->name; kind++)
		for (size_t size = 1; size < 5; size++)
			spoil(kind->name, 3, 2, size, size);
	CU_ASSERT_PTR_NULL(corruption_kind_find("melt"));
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "flipped bits", test_flip },
		{ "patterns", test_patterns },
		{ "a few bytes", test_small },
		CU_TEST_INFO_NULL,
	};

	return run_suite("corruption", tests);
}
