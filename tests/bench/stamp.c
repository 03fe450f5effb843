/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast stamps are checked and made, beside memcmp() and memcpy() of the same buffers,
 * alternately in one run: the ratio counts, not the speed. Once over more memory than the caches
 * hold, as files are, and once over one page.
 *
 * usage: bench_stamp [ROUNDS]
 */
#include "tools/reading/stamp.h"
#include "injector/base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 256 << 20, PAGES = LARGE / STAMP_PAGE_SIZE, REPEATS = 20000 };

static uint64_t *one, *other;
static volatile bool right;
static volatile int difference;

static uint64_t base_of(size_t page)
{
	return stamp_base((struct stamp){ .file = 1, .generation = 1, .page = page });
}

static void check_large(void)
{
	bool all = true;

	for (size_t i = 0; i < PAGES; i++)
		all &= stamp_check(one + i * STAMP_WORDS, base_of(i));
	right = all;
}

static void compare_large(void)
{
	difference = memcmp(one, other, LARGE);
}

static void fill_large(void)
{
	for (size_t i = 0; i < PAGES; i++)
		stamp_fill(one + i * STAMP_WORDS, base_of(i));
}

static void copy_large(void)
{
	memcpy(one, other, LARGE);
}

static void check_page(void)
{
	for (int i = 0; i < REPEATS; i++)
		right = stamp_check(one, base_of(0));
}

static void compare_page(void)
{
	for (int i = 0; i < REPEATS; i++) {
		__asm__ volatile("" : : "r"(one) : "memory");
		difference = memcmp(one, other, STAMP_PAGE_SIZE);
	}
}

static double seconds(void (*work)(void))
{
	uint64_t began = units_now();

	work();
	return (double)(units_now() - began) / 1e9;
}

static void compare(const char *what, void (*ours)(void), void (*theirs)(void), double bytes,
		    int rounds)
{
	double best_ours = 1e9, best_theirs = 1e9;

	for (int i = 0; i < rounds; i++) {
		double a = seconds(ours), b = seconds(theirs);

		best_ours = a < best_ours ? a : best_ours;
		best_theirs = b < best_theirs ? b : best_theirs;
	}
	printf("%-32s %6.1f GB/s, the other %6.1f GB/s, ratio %.2f\n", what,
	       bytes / best_ours / 1e9, bytes / best_theirs / 1e9, best_theirs / best_ours);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 7;

	one = aligned_alloc(STAMP_PAGE_SIZE, LARGE);
	other = aligned_alloc(STAMP_PAGE_SIZE, LARGE);
	if (!one || !other)
		return 1;
	fill_large();
	memcpy(other, one, LARGE);
	compare("check, 256M (memcmp)", check_large, compare_large, LARGE, rounds);
	compare("fill, 256M (memcpy)", fill_large, copy_large, LARGE, rounds);
	compare("check, one page (memcmp)", check_page, compare_page,
		(double)STAMP_PAGE_SIZE * REPEATS, rounds);
	free(one);
	free(other);
	return right && !difference ? 0 : 1;
}
