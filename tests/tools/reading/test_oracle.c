/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/reading/oracle.h"

#include <string.h>

enum { PAGES = 8, FILE_ID = 3 };

static struct target target;
static uint64_t page[STAMP_WORDS];

static uint64_t base_of(uint32_t file, uint32_t generation, uint64_t number)
{
	return stamp_base((struct stamp){ .file = file, .generation = generation, .page = number });
}

/* A region of 8 pages, the second of its file, stable in generation 1, with a hole in its page 5.
 */
static struct region *make_region(void)
{
	struct region *region;

	memset(&target, 0, sizeof(target));
	target.id = FILE_ID;
	target.mount_fd = target.backing_fd = -1;
	CU_ASSERT_EQUAL_FATAL(
		target_divide(&target, 0, 4UL * PAGES * STAMP_PAGE_SIZE, PAGES * STAMP_PAGE_SIZE),
		0);
	region = &target.regions[1];
	region_advance(region, REGION_REFILLING);
	region_set_hole(region,
			(struct hole){ .first = 5 * STAMP_PAGE_SIZE, .length = STAMP_PAGE_SIZE });
	region_advance(region, REGION_STABLE);
	return region;
}

/* Judges `page`, as read at page `number` of the region between two phases `passed` generations
 * apart. */
static struct judgement judge_between(struct region *region, unsigned int number,
				      enum region_phase from, enum region_phase to,
				      unsigned int passed)
{
	struct region_view before = region_view(region);
	struct judgement judgement;
	uint64_t generation = sequence_generation(before.sequence);

	before.sequence = generation << 2 | from;
	CU_ASSERT_EQUAL(oracle_judge(region, number * STAMP_PAGE_SIZE, page, &before,
				     (generation + passed) << 2 | to, &judgement),
			1);
	return judgement;
}

static enum wrong_class class_when_stable(struct region *region, unsigned int number)
{
	return judge_between(region, number, REGION_STABLE, REGION_STABLE, 0).class;
}

static void right_pages(void)
{
	struct region *region = make_region();

	for (unsigned int i = 0; i < PAGES; i++) {
		stamp_fill(page, base_of(FILE_ID, 1, PAGES + i));
		CU_ASSERT_EQUAL(class_when_stable(region, i), WRONG_NONE);
	}
	target_release(&target);
}

static void other_page(void)
{
	struct region *region = make_region();
	struct judgement judgement;

	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 2));
	judgement = judge_between(region, 3, REGION_STABLE, REGION_PUNCHED, 0);
	CU_ASSERT_EQUAL(judgement.class, WRONG_OTHER_PAGE);
	CU_ASSERT_EQUAL(judgement.got.page, PAGES + 2);
	CU_ASSERT_EQUAL(judgement.expected.page, PAGES + 3);
	CU_ASSERT_EQUAL(judgement.page_xor, 1);
	CU_ASSERT_EQUAL(judgement.folio_order, 1);
	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 1));
	judgement = judge_between(region, 6, REGION_PUNCHING, REGION_PUNCHED, 0);
	CU_ASSERT_EQUAL(judgement.page_xor, 7);
	CU_ASSERT_EQUAL(judgement.folio_order, 3);
	target_release(&target);
}

/* A wrong page is no less wrong because the region was refilled meanwhile. */
static void other_page_across_a_refill(void)
{
	struct region *region = make_region();

	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 2));
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_PUNCHED, REGION_STABLE, 1).class,
			WRONG_OTHER_PAGE);
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_REFILLING, REGION_REFILLING, 0).class,
			WRONG_OTHER_PAGE);
	target_release(&target);
}

static void other_file_and_old_generation(void)
{
	struct region *region = make_region();

	stamp_fill(page, base_of(FILE_ID + 1, 1, PAGES + 3));
	CU_ASSERT_EQUAL(class_when_stable(region, 3), WRONG_OTHER_FILE);
	stamp_fill(page, base_of(FILE_ID, 0, PAGES + 3));
	CU_ASSERT_EQUAL(class_when_stable(region, 3), WRONG_OLD_GENERATION);
	/* While it is refilled, the page of before is still right. */
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_REFILLING, REGION_STABLE, 0).class,
			WRONG_NONE);
	/* Generations begin anew after the last number that a stamp can hold. */
	atomic_store(&region->sequence, (uint64_t)STAMP_GENERATIONS << 2 | REGION_STABLE);
	stamp_fill(page, base_of(FILE_ID, STAMP_GENERATIONS - 1, PAGES + 3));
	CU_ASSERT_EQUAL(class_when_stable(region, 3), WRONG_OLD_GENERATION);
	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 3));
	CU_ASSERT_EQUAL(class_when_stable(region, 3), WRONG_GARBAGE);
	target_release(&target);
}

static void zeros(void)
{
	struct region *region = make_region();

	memset(page, 0, sizeof(page));
	CU_ASSERT_EQUAL(class_when_stable(region, 3), WRONG_ZEROS);
	CU_ASSERT_EQUAL(judge_between(region, 4, REGION_PUNCHING, REGION_PUNCHED, 0).class,
			WRONG_ZEROS);
	CU_ASSERT_EQUAL(class_when_stable(region, 5), WRONG_ZEROS);
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_STABLE, REGION_PUNCHING, 0).class,
			WRONG_NONE);
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_PUNCHED, REGION_PUNCHED, 0).class,
			WRONG_NONE);
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_PUNCHED, REGION_REFILLING, 1).class,
			WRONG_NONE);
	target_release(&target);
}

/* In a hole whose punch is over there is nothing but zeros; the bytes of before have no excuse. */
static void data_in_a_hole(void)
{
	struct region *region = make_region();

	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 5));
	CU_ASSERT_EQUAL(class_when_stable(region, 5), WRONG_NONE);
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_PUNCHING, REGION_PUNCHED, 0).class,
			WRONG_NONE);
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_PUNCHED, REGION_PUNCHED, 0).class,
			WRONG_OLD_GENERATION);
	stamp_fill(page, base_of(FILE_ID, 2, PAGES + 5));
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_PUNCHED, REGION_PUNCHED, 0).class,
			WRONG_GARBAGE);
	target_release(&target);
}

/* A copy that a punch or a refill overtook may be cut between any two bytes, but only of what is
 * allowed. */
static void cut_pages(void)
{
	struct region *region = make_region();

	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 5));
	memset((char *)page + 1001, 0, sizeof(page) - 1001);
	CU_ASSERT_EQUAL(judge_between(region, 5, REGION_PUNCHING, REGION_PUNCHING, 0).class,
			WRONG_NONE);
	CU_ASSERT_EQUAL(class_when_stable(region, 5), WRONG_TORN);
	stamp_fill(page, base_of(FILE_ID, 1, PAGES + 3));
	for (size_t i = 100; i < STAMP_WORDS; i++)
		page[i] = base_of(FILE_ID, 2, PAGES + 3) + i;
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_PUNCHED, REGION_STABLE, 1).class,
			WRONG_NONE);
	for (size_t i = 200; i < STAMP_WORDS; i++)
		page[i] = base_of(FILE_ID, 1, PAGES + 4) + i;
	CU_ASSERT_EQUAL(judge_between(region, 3, REGION_PUNCHED, REGION_STABLE, 1).class,
			WRONG_TORN);
	target_release(&target);
}

/* What overlaps a refill from generation 15 to 16 may hold zeros, and bytes of both. */
static int judge_overlapped(struct region *region, uint64_t own, enum region_phase from,
			    enum region_phase to, unsigned int passed, struct judgement *judgement)
{
	struct region_view before = region_view(region);

	region->offset = own * STAMP_PAGE_SIZE;
	before.sequence = (uint64_t)15 << 2 | from;
	return oracle_judge(region, 0, page, &before, (uint64_t)(15 + passed) << 2 | to, judgement);
}

static const struct {
	enum region_phase from, to;
	unsigned int passed;
} overlaps[] = {
	{ REGION_STABLE, REGION_REFILLING, 1 },
	{ REGION_PUNCHING, REGION_REFILLING, 1 },
	{ REGION_PUNCHED, REGION_REFILLING, 1 },
	{ REGION_PUNCHED, REGION_STABLE, 1 },
	{ REGION_PUNCHED, REGION_PUNCHED, 1 },
	{ REGION_REFILLING, REGION_REFILLING, 0 },
	{ REGION_REFILLING, REGION_STABLE, 0 },
	{ REGION_REFILLING, REGION_PUNCHED, 0 },
	{ REGION_REFILLING, REGION_REFILLING, 1 },
	{ REGION_STABLE, REGION_STABLE, 3 },
	/* Too many generations to know more than whose page it is. */
	{ REGION_STABLE, REGION_STABLE, 20 },
	{ REGION_REFILLING, REGION_PUNCHED, 1000 },
};

/* Where bytes of zeros and of stamps make up a page of another place. */
static void pages_made_of_right_bytes(void)
{
	static const struct {
		uint64_t own, other;
	} pages[] = {
		{ 128, 0 },     { 257, 1 },     { 384, 256 },     { 384, 128 },
		{ 1, 0 },       { 127, 64 },    { 1 << 15, 0 },   { (1 << 15) + 200, 200 },
		{ 1 << 23, 0 }, { 30291, 403 }, { 30290, 30291 }, { 0, 128 },
	};
	struct region *region = make_region();
	struct judgement judgement;

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		for (size_t j = 0; j < ARRAY_SIZE(overlaps); j++) {
			stamp_fill(page, base_of(FILE_ID, 15, pages[i].other));
			CU_ASSERT_EQUAL(judge_overlapped(region, pages[i].own, overlaps[j].from,
							 overlaps[j].to, overlaps[j].passed,
							 &judgement),
					1);
			CU_ASSERT_EQUAL(judgement.class, WRONG_OTHER_PAGE);
			CU_ASSERT_EQUAL(judgement.got.page, pages[i].other);
			CU_ASSERT_EQUAL(judgement.page_xor, pages[i].own ^ pages[i].other);
			CU_ASSERT(judgement.wrong_bytes >= STAMP_WORDS);
		}
	/* An older generation is made up of two that are right. */
	stamp_fill(page, base_of(FILE_ID, 0, 128));
	CU_ASSERT_EQUAL(judge_overlapped(region, 128, REGION_PUNCHED, REGION_STABLE, 1, &judgement),
			1);
	CU_ASSERT_EQUAL(judgement.class, WRONG_OLD_GENERATION);
	target_release(&target);
}

/* Nothing of what a page may hold, whole, in part, or cut within a word, is ever wrong. */
static void right_bytes_across_a_refill(void)
{
	struct region *region = make_region();
	struct judgement judgement;
	unsigned int wrong = 0, judged = 0, all = 0;
	static uint64_t parts[3][STAMP_WORDS];

	stamp_fill(parts[0], base_of(FILE_ID, 15, 128));
	stamp_fill(parts[1], base_of(FILE_ID, 16, 128));
	for (unsigned int pair = 0; pair < 9; pair++)
		for (size_t at = 0; at <= sizeof(page); at++, all++) {
			memcpy(page, parts[pair / 3], sizeof(page));
			memcpy((char *)page + at, (char *)parts[pair % 3] + at, sizeof(page) - at);
			judged += (unsigned int)judge_overlapped(region, 128, REGION_PUNCHED,
								 REGION_STABLE, 1, &judgement);
			wrong += judgement.class != WRONG_NONE;
		}
	CU_ASSERT_EQUAL(wrong, 0);
	/* The first word of the page that begins with zeros, five times with each generation, is
	 * one of page 0. */
	CU_ASSERT_EQUAL(all - judged, 2 * 5);
	target_release(&target);
}

/* A few words as of another page: a copy can have been cut there. So many, it cannot. */
static void too_many_cuts(void)
{
	struct region *region = make_region();
	struct judgement judgement;
	size_t words;

	for (words = 0; words <= STAMP_WORDS; words++) {
		int r;

		stamp_fill(page, base_of(FILE_ID, 16, 128));
		for (size_t i = 0; i < words; i++)
			page[i] = base_of(FILE_ID, 16, 0) + i;
		r = judge_overlapped(region, 128, REGION_PUNCHED, REGION_STABLE, 1, &judgement);
		CU_ASSERT_EQUAL(r, !words || words > ORACLE_CUTS);
		CU_ASSERT_EQUAL(judgement.class, words <= ORACLE_CUTS  ? WRONG_NONE
						 : words < STAMP_WORDS ? WRONG_TORN
								       : WRONG_OTHER_PAGE);
	}
	/* Where one word is beyond doubt, all are. */
	stamp_fill(page, base_of(FILE_ID, 16, 128));
	page[7] = base_of(FILE_ID, 16, 0) + 7;
	page[8] = base_of(FILE_ID, 16, 131) + 8;
	CU_ASSERT_EQUAL(judge_overlapped(region, 128, REGION_PUNCHED, REGION_STABLE, 1, &judgement),
			1);
	CU_ASSERT_EQUAL(judgement.class, WRONG_TORN);
	target_release(&target);
}

/* Each bit of a page is looked at. */
static void bit_flips(void)
{
	struct region *region = make_region();
	struct judgement judgement;
	unsigned int found = 0, named = 0;

	stamp_fill(page, base_of(FILE_ID, 1, PAGES));
	for (size_t bit = 0; bit < sizeof(page) * 8; bit++) {
		page[bit / 64] ^= 1ULL << bit % 64;
		judgement = judge_between(region, 0, REGION_STABLE, REGION_STABLE, 0);
		found += judgement.class == WRONG_BIT_FLIP;
		named += judgement.first_wrong == bit / 8 && judgement.wrong_bytes == 1;
		page[bit / 64] ^= 1ULL << bit % 64;
	}
	CU_ASSERT_EQUAL(found, sizeof(page) * 8);
	CU_ASSERT_EQUAL(named, sizeof(page) * 8);
	target_release(&target);
}

static void garbage_and_missing(void)
{
	struct region *region = make_region();
	struct region_view before = region_view(region);
	struct judgement judgement;

	memset(page, 0xa5, sizeof(page));
	CU_ASSERT_EQUAL(class_when_stable(region, 0), WRONG_GARBAGE);
	oracle_judge(region, 0, NULL, &before, before.sequence, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_MISSING);
	target.cuts = true;
	oracle_judge(region, 5 * STAMP_PAGE_SIZE, NULL, &before,
		     (before.sequence & ~3UL) | REGION_PUNCHING, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_NONE);
	target_release(&target);
}

static void too_many_generations(void)
{
	struct region *region = make_region();
	struct region_view before = region_view(region);
	struct judgement judgement;

	stamp_fill(page, base_of(FILE_ID, 1, PAGES));
	CU_ASSERT_EQUAL(oracle_judge(region, 0, page, &before,
				     before.sequence + ((uint64_t)ORACLE_GENERATIONS << 2),
				     &judgement),
			0);
	memset(page, 0, sizeof(page));
	CU_ASSERT_EQUAL(oracle_judge(region, 0, page, &before,
				     before.sequence + ((uint64_t)ORACLE_GENERATIONS << 2),
				     &judgement),
			0);
	CU_ASSERT_EQUAL(judgement.class, WRONG_NONE);
	target_release(&target);
}

static void stamps_say_where_they_are(void)
{
	const struct stamp stamp = { .file = 255,
				     .generation = STAMP_GENERATIONS - 1,
				     .page = (1 << 27) - 1 };
	struct stamp decoded;

	stamp_fill(page, stamp_base(stamp));
	CU_ASSERT_TRUE(stamp_check(page, stamp_base(stamp)));
	for (size_t i = 0; i < STAMP_WORDS; i++) {
		CU_ASSERT_TRUE(stamp_decode(page[i], i, &decoded));
		CU_ASSERT_EQUAL(decoded.file, stamp.file);
		CU_ASSERT_EQUAL(decoded.generation, stamp.generation);
		CU_ASSERT_EQUAL(decoded.page, stamp.page);
		CU_ASSERT_FALSE(stamp_decode(page[i], (i + 1) % STAMP_WORDS, &decoded));
	}
	CU_ASSERT_FALSE(stamp_decode(0, 0, &decoded));
}

/* Of a copy nothing but what it copied is right. */
static void copies(void)
{
	static char golden[4 * PAGES * STAMP_PAGE_SIZE];
	static const struct {
		int page; /* of the copy, that is read as page 10; -1: none; -2: none of them */
		enum wrong_class class;
		uint32_t wrong_bytes, first_wrong;
	} rows[] = {
		{ 10, WRONG_NONE, 0, 0 },
		{ 8, WRONG_OTHER_PAGE, STAMP_PAGE_SIZE, 0 },
		/* It ends in zeros. */
		{ 31, WRONG_ZEROS, STAMP_PAGE_SIZE, 0 },
		{ -1, WRONG_MISSING, STAMP_PAGE_SIZE, 0 },
		{ -2, WRONG_GARBAGE, 3, 100 },
	};
	struct region *region = make_region();
	struct region_view before = region_view(region);
	struct judgement judgement;

	for (unsigned int i = 0; i < 4 * PAGES - 1; i++)
		memset(golden + i * STAMP_PAGE_SIZE, (int)i + 1, STAMP_PAGE_SIZE);
	target.golden = golden;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *from =
			golden + (rows[i].page < 0 ? 10 : rows[i].page) * STAMP_PAGE_SIZE;

		memcpy(page, from, STAMP_PAGE_SIZE);
		if (rows[i].page == -2)
			memset((char *)page + 100, 99, 3);
		CU_ASSERT_EQUAL(oracle_judge(region, 2 * STAMP_PAGE_SIZE,
					     rows[i].page == -1 ? NULL : page, &before,
					     before.sequence, &judgement),
				1);
		CU_ASSERT_EQUAL(judgement.class, rows[i].class);
		CU_ASSERT_EQUAL(judgement.wrong_bytes, rows[i].wrong_bytes);
		CU_ASSERT_EQUAL(judgement.first_wrong, rows[i].first_wrong);
		CU_ASSERT_EQUAL(judgement.expected.page, 10);
		CU_ASSERT_EQUAL(judgement.got.page, rows[i].class == WRONG_OTHER_PAGE ? 8 : 0);
		CU_ASSERT_EQUAL(judgement.page_xor, rows[i].class == WRONG_OTHER_PAGE ? 2 : 0);
		CU_ASSERT_EQUAL(judgement.folio_order, rows[i].class == WRONG_OTHER_PAGE ? 2 : 0);
	}
	target_release(&target);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "stamps say where they are", stamps_say_where_they_are },
		{ "right pages", right_pages },
		{ "other page", other_page },
		{ "other page across a refill", other_page_across_a_refill },
		{ "other file, old generation", other_file_and_old_generation },
		{ "zeros", zeros },
		{ "data in a hole", data_in_a_hole },
		{ "cut pages", cut_pages },
		{ "pages made of right bytes", pages_made_of_right_bytes },
		{ "right bytes across a refill", right_bytes_across_a_refill },
		{ "too many cuts", too_many_cuts },
		{ "bit flips", bit_flips },
		{ "garbage and missing", garbage_and_missing },
		{ "too many generations", too_many_generations },
		{ "copies", copies },
		CU_TEST_INFO_NULL,
	};

	return run_suite("oracle", tests);
}
