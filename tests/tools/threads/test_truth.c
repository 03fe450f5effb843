/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/suite.h"
#include "tools/threads/truth.h"

#include <string.h>

enum { PAGES = 8, FILE_ID = 3, GENERATION = 7, NOT_JUDGED = -1 };

static struct truth truth;
static uint64_t page[STAMP_WORDS];
static const uint64_t whole = STAMP_PAGE_SIZE;

static void begin_anew(void)
{
	truth_release(&truth);
	CU_ASSERT_EQUAL_FATAL(truth_make(&truth, FILE_ID, PAGES * STAMP_PAGE_SIZE), 0);
	truth_fill(&truth, GENERATION);
}

static void fill_as(uint64_t number, uint32_t generation)
{
	stamp_fill(page, stamp_base((struct stamp){
				 .file = FILE_ID, .generation = generation, .page = number }));
}

/* How `page` is judged as page `number`, looked at now. */
static int judge(uint64_t number, const uint64_t *got, uint64_t before)
{
	struct judgement judgement;
	uint64_t offset = number * STAMP_PAGE_SIZE;

	return truth_judge(&truth, offset, got, before, truth_look(&truth, offset), &judgement)
		       ? (int)judgement.class
		       : NOT_JUDGED;
}

static int judge_now(uint64_t number, const uint64_t *got)
{
	return judge(number, got, truth_look(&truth, number * STAMP_PAGE_SIZE));
}

static int filled(uint64_t number)
{
	fill_as(number, GENERATION);
	return judge_now(number, page);
}

static int zeros(uint64_t number)
{
	memset(page, 0, sizeof(page));
	return judge_now(number, page);
}

static int stored(uint64_t number)
{
	truth_stamp(&truth, number * STAMP_PAGE_SIZE, page);
	return judge_now(number, page);
}

static struct truth_change change_of(uint64_t first, uint64_t pages, enum truth_content to)
{
	return (struct truth_change){ .offset = first * STAMP_PAGE_SIZE,
				      .length = pages * STAMP_PAGE_SIZE,
				      .to = to };
}

static void a_fresh_file(void)
{
	begin_anew();
	CU_ASSERT_EQUAL(filled(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_ZEROS);
	CU_ASSERT_EQUAL(judge_now(2, NULL), WRONG_MISSING);
	fill_as(3, GENERATION);
	CU_ASSERT_EQUAL(judge_now(2, page), WRONG_OTHER_PAGE);
	fill_as(2, GENERATION - 1);
	CU_ASSERT_EQUAL(judge_now(2, page), WRONG_OLD_GENERATION);
}

static void a_hole(void)
{
	struct truth_change hole = change_of(2, 2, TRUTH_ZEROS);

	begin_anew();
	truth_begin(&truth, &hole);
	CU_ASSERT_EQUAL(filled(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(1), WRONG_ZEROS);
	truth_end(&truth, &hole, false);
	CU_ASSERT_EQUAL(filled(3), WRONG_OLD_GENERATION);
	CU_ASSERT_EQUAL(zeros(3), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(4), WRONG_ZEROS);
}

static void a_hole_in_the_middle_of_an_access(void)
{
	struct truth_change hole = change_of(2, 1, TRUTH_ZEROS);
	uint64_t before;

	begin_anew();
	before = truth_look(&truth, 2 * whole);
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, false);
	fill_as(2, GENERATION);
	CU_ASSERT_EQUAL(judge(2, page, before), WRONG_NONE);
	memset(page, 0, sizeof(page));
	CU_ASSERT_EQUAL(judge(2, page, before), WRONG_NONE);
}

static void more_than_can_be_told(void)
{
	struct truth_change hole = change_of(2, 1, TRUTH_ZEROS),
			    store = change_of(2, 1, TRUTH_STORED);
	uint64_t before;

	begin_anew();
	before = truth_look(&truth, 2 * whole);
	truth_begin(&truth, &store);
	truth_end(&truth, &store, false);
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, false);
	truth_stamp(&truth, 2 * whole, page);
	CU_ASSERT_EQUAL(judge(2, page, before), NOT_JUDGED);
	CU_ASSERT_EQUAL(judge_now(2, page), WRONG_OLD_GENERATION);
}

static void a_part_of_a_page(void)
{
	struct truth_change hole = change_of(2, 1, TRUTH_ZEROS);

	begin_anew();
	hole.offset += 8;
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, false);
	CU_ASSERT_EQUAL(filled(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(3), WRONG_NONE);
}

static void two_at_once(void)
{
	struct truth_change hole = change_of(2, 1, TRUTH_ZEROS),
			    store = change_of(2, 1, TRUTH_STORED);

	begin_anew();
	truth_begin(&truth, &hole);
	truth_begin(&truth, &store);
	truth_end(&truth, &hole, false);
	truth_end(&truth, &store, false);
	CU_ASSERT_EQUAL(stored(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_NONE);
	/* The next one is alone. */
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, false);
	CU_ASSERT_NOT_EQUAL(stored(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_NONE);
}

static void one_that_fails(void)
{
	struct truth_change hole = change_of(2, 1, TRUTH_ZEROS);

	begin_anew();
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, true);
	CU_ASSERT_EQUAL(filled(2), WRONG_NONE);
	CU_ASSERT_EQUAL(zeros(2), WRONG_NONE);
}

static struct truth_change cut_to(uint64_t size)
{
	return (struct truth_change){ .offset = size,
				      .length = PAGES * whole - size,
				      .to = TRUTH_MISSING,
				      .size = size,
				      .cuts = true };
}

static void the_end_of_the_file(void)
{
	struct truth_change cut;

	begin_anew();
	cut = cut_to(4 * whole + 8);
	truth_begin(&truth, &cut);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_NONE);
	CU_ASSERT_EQUAL(filled(5), WRONG_NONE);
	truth_end(&truth, &cut, false);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_NONE);
	CU_ASSERT_NOT_EQUAL(filled(5), WRONG_NONE);
	CU_ASSERT_NOT_EQUAL(zeros(5), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(4, NULL), WRONG_MISSING);
	/* It grows again: with zeros. */
	cut = cut_to(7 * whole);
	truth_begin(&truth, &cut);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_NONE);
	truth_end(&truth, &cut, false);
	CU_ASSERT_EQUAL(zeros(5), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_MISSING);
	CU_ASSERT_EQUAL(judge_now(7, NULL), WRONG_NONE);
}

static void a_write_behind_the_end(void)
{
	struct truth_change cut, store = change_of(6, 1, TRUTH_STORED);

	begin_anew();
	cut = cut_to(4 * whole);
	truth_begin(&truth, &cut);
	truth_end(&truth, &cut, false);
	store.size = 7 * whole;
	truth_begin(&truth, &store);
	truth_end(&truth, &store, false);
	CU_ASSERT_EQUAL(stored(6), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(6, NULL), WRONG_MISSING);
	CU_ASSERT_EQUAL(zeros(5), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(7, NULL), WRONG_NONE);
}

static void cut_at(uint64_t size)
{
	struct truth_change cut = cut_to(size);

	truth_begin(&truth, &cut);
	truth_end(&truth, &cut, false);
}

static void a_write_overtaken_by_a_cut(void)
{
	struct truth_change cut, store = change_of(4, 4, TRUTH_STORED);

	begin_anew();
	cut_at(4 * whole);
	store.size = 8 * whole;
	truth_begin(&truth, &store);
	cut = cut_to(4 * whole);
	truth_begin(&truth, &cut);
	truth_end(&truth, &store, false);
	CU_ASSERT_EQUAL(judge_now(6, NULL), WRONG_NONE);
	truth_end(&truth, &cut, false);
	CU_ASSERT_EQUAL(judge_now(6, NULL), WRONG_NONE);
	CU_ASSERT_EQUAL(stored(6), WRONG_NONE);
	/* The next one is alone. */
	cut_at(4 * whole);
	CU_ASSERT_NOT_EQUAL(stored(6), WRONG_NONE);
}

/* The size that is to be is the one that it had: whether the file grows depends on who comes
 * first. */
static void an_allocation_while_it_is_cut(void)
{
	struct truth_change cut, allocation = { .offset = 7 * whole, .size = 8 * whole };

	for (int order = 0; order < 2; order++) {
		begin_anew();
		cut = cut_to(2 * whole);
		truth_begin(&truth, order ? &cut : &allocation);
		truth_begin(&truth, order ? &allocation : &cut);
		CU_ASSERT_EQUAL(zeros(4), WRONG_NONE);
		truth_end(&truth, &allocation, false);
		truth_end(&truth, &cut, false);
		CU_ASSERT_EQUAL(zeros(4), WRONG_NONE);
		CU_ASSERT_EQUAL(judge_now(4, NULL), WRONG_NONE);
		CU_ASSERT_NOT_EQUAL(zeros(1), WRONG_NONE);
	}
}

static void a_hole_behind_the_end(void)
{
	struct truth_change hole = change_of(3, 5, TRUTH_ZEROS);

	begin_anew();
	cut_at(4 * whole);
	truth_begin(&truth, &hole);
	truth_end(&truth, &hole, false);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(3, NULL), WRONG_MISSING);
	CU_ASSERT_NOT_EQUAL(filled(3), WRONG_NONE);
}

/* What a mapping stores behind the end is not of the file. */
static void a_store_to_the_last_page(void)
{
	struct truth_change store = change_of(4, 1, TRUTH_STORED);

	begin_anew();
	cut_at(4 * whole + 64);
	truth_begin(&truth, &store);
	truth_end(&truth, &store, false);
	CU_ASSERT_EQUAL(stored(4), WRONG_NONE);
	memset((char *)page + 64, 0, sizeof(page) - 64);
	CU_ASSERT_EQUAL(judge_now(4, page), WRONG_NONE);
}

static void a_copy_behind_the_end(void)
{
	struct truth_change copy = change_of(6, 2, TRUTH_ANY);

	begin_anew();
	cut_at(4 * whole);
	copy.size = 7 * whole;
	truth_begin(&truth, &copy);
	truth_end(&truth, &copy, false);
	CU_ASSERT_EQUAL(zeros(5), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_now(5, NULL), WRONG_NONE);
	CU_ASSERT_EQUAL(filled(6), NOT_JUDGED);
}

static void a_write_that_extends_is_no_hole(void)
{
	struct truth_change store = change_of(6, 1, TRUTH_STORED);

	begin_anew();
	cut_at(4 * whole);
	store.size = 7 * whole;
	truth_begin(&truth, &store);
	truth_end(&truth, &store, false);
	CU_ASSERT_NOT_EQUAL(zeros(6), WRONG_NONE);
}

static void more_generations_than_stamps_have(void)
{
	struct truth_change store = change_of(2, 1, TRUTH_STORED);

	begin_anew();
	for (uint32_t generation = TRUTH_WRITTEN; generation; generation *= 2) {
		truth_fill(&truth, generation + GENERATION);
		fill_as(2, generation + GENERATION);
		CU_ASSERT_EQUAL(judge_now(2, page), WRONG_NONE);
		CU_ASSERT_NOT_EQUAL(stored(2), WRONG_NONE);
		truth_begin(&truth, &store);
		truth_end(&truth, &store, false);
		CU_ASSERT_EQUAL(stored(2), WRONG_NONE);
	}
}

static void what_nobody_knows(void)
{
	struct truth_change shift = change_of(2, PAGES - 2, TRUTH_ANY);

	begin_anew();
	truth_begin(&truth, &shift);
	truth_end(&truth, &shift, false);
	CU_ASSERT_EQUAL(filled(5), NOT_JUDGED);
	CU_ASSERT_EQUAL(filled(1), WRONG_NONE);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a fresh file", a_fresh_file },
		{ "a hole", a_hole },
		{ "a hole in the middle of an access", a_hole_in_the_middle_of_an_access },
		{ "more than can be told", more_than_can_be_told },
		{ "a part of a page", a_part_of_a_page },
		{ "two at once", two_at_once },
		{ "one that fails", one_that_fails },
		{ "the end of the file", the_end_of_the_file },
		{ "a write behind the end", a_write_behind_the_end },
		{ "a write overtaken by a cut", a_write_overtaken_by_a_cut },
		{ "an allocation while it is cut", an_allocation_while_it_is_cut },
		{ "a hole behind the end", a_hole_behind_the_end },
		{ "a store to the last page", a_store_to_the_last_page },
		{ "a copy behind the end", a_copy_behind_the_end },
		{ "a write that extends is no hole", a_write_that_extends_is_no_hole },
		{ "more generations than stamps have", more_generations_than_stamps_have },
		{ "what nobody knows", what_nobody_knows },
		CU_TEST_INFO_NULL,
	};

	return run_suite("truth", tests);
}
