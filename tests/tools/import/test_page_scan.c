/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files with the damage of a split, and files that only look like it. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/import/page_scan.h"
#include "tools/reading/stamp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGES = 1024, WORDS = PAGE_SCAN_PAGE / 8 };

static uint64_t words[PAGES * WORDS];
static struct page_scan scan;

/* No two pages are alike. */
static void fill(void)
{
	uint64_t state = 1;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
		words[i] = state;
	}
}

static void copy_page(size_t to, size_t from)
{
	memcpy(words + to * WORDS, words + from * WORDS, PAGE_SCAN_PAGE);
}

static void look(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0 && write(fd, words, sizeof(words)) == sizeof(words));
	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	close(fd);
}

enum { INTERIORS = 4, LEAVES = 2 + INTERIORS /* the first of them */ };

static unsigned char *bytes_at(size_t page)
{
	return (unsigned char *)(words + page * WORDS);
}

static void put(unsigned char *at, uint32_t value, unsigned int bytes)
{
	while (bytes--) {
		at[bytes] = (unsigned char)value;
		value >>= 8;
	}
}

/* Numbers of up to 14 bits, in two bytes. */
static void put_varint(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)(0x80 | value >> 7);
	at[1] = value & 0x7f;
}

/* Cells of 7 bytes, from a page to the next: what rows up to its own number lie in. */
static void make_interior(size_t page, size_t first, size_t end, size_t step)
{
	unsigned char *at = bytes_at(page);
	size_t cells = (end - first + step - 1) / step - 1;

	memset(at, 0, PAGE_SCAN_PAGE);
	at[0] = 5;
	put(at + 3, (uint32_t)cells, 2);
	for (size_t i = 0; i < cells; i++) {
		size_t child = step > 1 ? 2 + i : first + i, cell = 4096 - 7 * (i + 1);

		put(at + 12 + 2 * i, (uint32_t)cell, 2);
		put(at + cell, (uint32_t)child + 1, 4);
		put_varint(at + cell + 4, (uint32_t)(first + (i + 1) * step - 1));
	}
	put(at + 8, (uint32_t)(step > 1 ? 2 + cells : end - 1) + 1, 4);
}

/* A table of a row in each page from `first` on; those before it are free. */
static void make_database_from(size_t first)
{
	/* Length, number; types of the columns, and the columns. */
	static const unsigned char schema[] = { 14,  1,   6,   23,  15,  15,  1,   0,
						't', 'a', 'b', 'l', 'e', 't', 't', 2 };
	const size_t step = (PAGES - first + INTERIORS - 1) / INTERIORS;

	fill();
	memset(words, 0, PAGE_SCAN_PAGE);
	memcpy(words, "SQLite format 3", 16);
	put(bytes_at(0) + 16, PAGE_SCAN_PAGE, 2);
	bytes_at(0)[100] = 13;
	put(bytes_at(0) + 103, 1, 2);
	put(bytes_at(0) + 108, 4000, 2);
	memcpy(bytes_at(0) + 4000, schema, sizeof(schema));
	make_interior(1, first, PAGES, step);
	for (size_t i = 0; i < INTERIORS; i++)
		make_interior(2 + i, first + i * step,
			      first + (i + 1) * step < PAGES ? first + (i + 1) * step : PAGES, 1);
	for (size_t page = first; page < PAGES; page++) {
		static const unsigned char head[] = { 13, 0, 0, 0, 1, 0, 89, 0, 0, 89 };
		unsigned char *at = bytes_at(page);

		memcpy(at, head, sizeof(head));
		put_varint(at + 89, 4003);
		put_varint(at + 91, (uint32_t)page);
		at[93] = 3;
		put_varint(at + 94, 4000 * 2 + 12);
	}
}

static void make_database(void)
{
	make_database_from(LEAVES);
}

static void test_shifted(void)
{
	char text[300];

	make_database();
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "SQLite database");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.pages, PAGES);
	for (size_t i = 0; i < 128; i++)
		copy_page(0x280 + i, 0x200 + i);
	look();
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 128);
	CU_ASSERT_EQUAL_FATAL(scan.run_count, 1);
	CU_ASSERT_STRING_EQUAL(page_scan_format(&scan.runs[0], text, sizeof(text)),
			       "pages 0x280 to 0x2ff hold page 0x200 and on: XOR 0x80, the upper "
			       "half of a folio of order 8 served by the head of its lower half");
}

/* The head may be a page: then all that it serves is that page. */
static void test_small_head(void)
{
	char text[300];

	make_database();
	for (size_t i = 2; i < 16; i++)
		copy_page(0x110 + i, 0x110);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 14);
	CU_ASSERT_EQUAL_FATAL(scan.run_count, 1);
	CU_ASSERT_STRING_EQUAL(page_scan_format(&scan.runs[0], text, sizeof(text)),
			       "pages 0x112 to 0x11f hold page 0x110, the same: XOR 0xf, the upper "
			       "half of a folio of order 4 served by the head of its lower half");
}

static void test_what_repeats(void)
{
	/* Free pages. */
	make_database_from(0x380);
	/* As no split serves it, across 2 MiB, and of one value. */
	copy_page(0x106, 0x103);
	copy_page(0x300, 0x100);
	memset(words + 0x10 * (size_t)WORDS, 0x55, 4 * PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_EQUAL], 1);
	/* A copy of a run by addition has pages that a split might serve. */
	copy_page(0x207, 0x205);
	copy_page(0x206, 0x204);
	copy_page(0x205, 0x203);
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	/* What is not known may repeat. */
	fill();
	copy_page(0x81, 0x80);
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "not known");
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 1);
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
}

static void test_stamps(void)
{
	for (size_t page = 0; page < PAGES; page++)
		stamp_fill(words + page * WORDS,
			   stamp_base((struct stamp){ .file = 1, .page = page }));
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "stamped file");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	copy_page(0x253, 0x252);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_STAMP], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 0x253);
	CU_ASSERT_EQUAL(scan.runs[0].from, 0x252);
	/* Holes are no damage, and do not hide it. */
	memset(words, 0, 0x10 * (size_t)PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "stamped file");
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_STAMP], 1);
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 0);
}

/* A header as PostgreSQL 8.3 and later have it. */
static void make_postgres(size_t block)
{
	const uint32_t line = 6000 | 1 << 15 | (uint32_t)200 << 17;
	uint16_t *half = (uint16_t *)(words + block * 2 * WORDS);

	half[6] = 200;
	half[7] = 400;
	half[8] = 8192;
	half[9] = 8192 | 4;
	/* One row, in the second half. */
	memset(half + 12, 0, 200 - 24);
	memcpy(half + 12, &line, sizeof(line));
	half[6016 / 2] = 1;
	bytes_at(2 * block)[6000 + 22] = 24;
}

static void test_databases(void)
{
	fill();
	for (size_t block = 0; block < PAGES / 2; block++)
		make_postgres(block);
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "PostgreSQL relation");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	memset(words + (size_t)11 * WORDS, 0, PAGE_SCAN_PAGE);
	memset(words + (size_t)20 * WORDS, 0, 2 * PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 11);
	make_database_from(31);
	memset(words + (size_t)30 * WORDS, 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "SQLite database");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	memset(words + (size_t)31 * WORDS, 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
}

/* A page of another place in the file, beyond 2 MiB; a page above others; zeros. */
static void test_trees(void)
{
	make_database();
	copy_page(0x301, 0x101);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_BROKEN], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 0x301);
	CU_ASSERT_STRING_EQUAL(scan.runs[0].why, "rows of another page, by their numbers");
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	/* A page above is told as a copy, not what it leads to. */
	make_database();
	copy_page(3, 2);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 3);
	make_database();
	memset(bytes_at(0x40), 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 0x40);
	/* What a log beside it explains is no damage. */
	scan.unsure = true;
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
}

/* A row with two overflow pages, of which the last may be all zeros. */
static void test_chains(void)
{
	const size_t page = 0x3ff, chain = 0x101;
	unsigned char *at;

	make_database_from(0x300);
	at = bytes_at(page);
	memset(at, 0, PAGE_SCAN_PAGE);
	memcpy(at, "\15\0\0\0\1\0\x59\0\0\x59", 10);
	/* 489 bytes and two pages of 4092: 8673, of which 4 are the header. */
	memcpy(at + 89, "\xc3\x61", 2);
	put_varint(at + 91, (uint32_t)page);
	memcpy(at + 93, "\4\x81\x87\x46", 4);
	put(at + 93 + 489, (uint32_t)chain + 1, 4);
	put(bytes_at(chain), (uint32_t)chain + 2, 4);
	memset(bytes_at(chain + 1), 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	memset(bytes_at(chain), 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, chain);
}

/* A table: rows of 200 bytes, which know their block and item. */
static void make_table(void)
{
	enum { ROWS = 38, SIZE = 208 };

	fill();
	for (size_t block = 0; block < PAGES / 2; block++) {
		unsigned char *at = (unsigned char *)(words + block * 2 * WORDS);
		const uint16_t header[] = { 24 + 4 * ROWS, 8192 - ROWS * SIZE, 8192, 8192 | 4 };

		memcpy(at + 12, header, sizeof(header));
		for (uint32_t item = 0; item < ROWS; item++) {
			uint32_t offset = 8192 - (item + 1) * SIZE;
			uint32_t line = offset | 1 << 15 | (uint32_t)200 << 17;
			const uint16_t place[] = { 0, (uint16_t)block, (uint16_t)(item + 1) };

			memcpy(at + 24 + 4 * item, &line, sizeof(line));
			memset(at + offset + 4, 0, 4);
			memcpy(at + offset + 12, place, sizeof(place));
			at[offset + 22] = 24;
		}
	}
}

static void test_rows(void)
{
	const uint32_t updated = 700;
	char text[300];

	make_table();
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "PostgreSQL relation");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	/* Block 5 has what block 4 had before somebody wrote to that. */
	memcpy(words + (size_t)5 * 2 * WORDS, words + (size_t)4 * 2 * WORDS, 2 * PAGE_SCAN_PAGE);
	words[(size_t)4 * 2 * WORDS + 200] ^= 1;
	words[(size_t)4 * 2 * WORDS + WORDS + 100] ^= 1;
	look();
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_STAMP], 2);
	CU_ASSERT_EQUAL(scan.run_count, 1);
	CU_ASSERT_STRING_EQUAL(
		page_scan_format(&scan.runs[0], text, sizeof(text)),
		"pages 0xa to 0xb: by its own number page 0x8 and on: XOR 0x2, the "
		"upper half of a folio of order 2 served by the head of its lower half");
	/* Rows that were updated say where they are now. */
	make_table();
	for (size_t at = (size_t)5 * 8192 + 8192 - 208; at >= (size_t)5 * 8192 + 400; at -= 208) {
		memcpy((char *)words + at + 4, &updated, sizeof(updated));
		memset((char *)words + at + 14, 7, 1);
	}
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
}

/* Blocks of one row each, which says where it is, and whose second half is in all of them alike. */
static void make_wide_table(void)
{
	enum { ROW = 1168, SIZE = 7024 };

	fill();
	for (size_t block = 0; block < PAGES / 2; block++) {
		unsigned char *at = bytes_at(2 * block);
		const uint16_t header[] = { 28, ROW, 8192, 8192 | 4 };
		const uint32_t line = ROW | 1 << 15 | (uint32_t)SIZE << 17;
		const uint16_t place[] = { 0, (uint16_t)block, 1 };

		memcpy(at + 12, header, sizeof(header));
		memcpy(at + 24, &line, sizeof(line));
		memset(at + ROW + 4, 0, 4);
		memcpy(at + ROW + 12, place, sizeof(place));
		at[ROW + 22] = 24;
		copy_page(2 * block + 1, 1);
	}
}

/* What goes on in the second half of a block may be zeros, or the same as elsewhere. */
static void test_wide_rows(void)
{
	make_wide_table();
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "PostgreSQL relation");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_TRUE(scan.found[PAGE_SCAN_EQUAL] > 0);
	memset(bytes_at(21), 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	/* The first half knows its block. */
	make_wide_table();
	copy_page(0x86, 0x84);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 1);
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	make_wide_table();
	memset(bytes_at(0x86), 0, PAGE_SCAN_PAGE);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
}

/* Whose rows have all moved to another partition: none knows its block. */
static void test_moved_rows(void)
{
	make_table();
	for (size_t block = 0; block < PAGES / 2; block++)
		for (size_t at = 8192 - 208; at >= 8192 - 38 * 208; at -= 208)
			memset(bytes_at(2 * block) + at + 12, 0xfd, 6);
	for (size_t block = 1; block < PAGES / 2; block++)
		copy_page(2 * block + 1, 1);
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "PostgreSQL relation");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
}

/* Also where no page is equal any more: line pointers of other rows. A later file of a table has
 * blocks whose numbers go on. */
static void test_line_pointers(void)
{
	make_table();
	for (size_t block = 0; block < PAGES / 2; block++)
		for (size_t at = 8192 - 208; at >= 8192 - 38 * 208; at -= 208)
			bytes_at(2 * block)[at + 12] = 2;
	look();
	CU_ASSERT_STRING_EQUAL(scan.format, "PostgreSQL relation");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	copy_page(0x43, 0x42);
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 1);
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_BROKEN], 0);
	words[0x42 * (size_t)WORDS + 100] ^= 1;
	look();
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_SHIFTED], 0);
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_BROKEN], 2);
	CU_ASSERT_EQUAL(scan.runs[0].page, 0x42);
}

/* Rows whose update was rolled back, and that were frozen: they say where the new ones were. */
static void test_frozen_rows(void)
{
	make_table();
	for (size_t at = 8192 - 208; at >= 8192 - 38 * 208; at -= 208) {
		unsigned char *row = bytes_at(2 * 5) + at;

		row[14] = 4;
		row[21] = 0xb;
	}
	look();
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
}

/* A database of which less than one of its pages is left. */
static void test_stump(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	memset(words, 0, 3 * PAGE_SCAN_PAGE);
	memcpy(words, "SQLite format 3", 16);
	put(bytes_at(0) + 16, 1, 2); /* 64 KiB */
	CU_ASSERT_EQUAL_FATAL(write(fd, words, 2 * PAGE_SCAN_PAGE), 2 * PAGE_SCAN_PAGE);
	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	CU_ASSERT_STRING_EQUAL(scan.format, "SQLite database");
	CU_ASSERT_EQUAL(scan.pages, 2);
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(ftruncate(fd, 200), 0);
	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	CU_ASSERT_EQUAL(scan.pages, 0);
	close(fd);
}

static void test_odd_files(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	CU_ASSERT_EQUAL(scan.pages, 0);
	/* Holes are not read, however large. */
	CU_ASSERT_EQUAL(ftruncate(fd, (off_t)1 << 40), 0);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, ((off_t)1 << 39) + 12345), 1);
	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	CU_ASSERT_TRUE(scan.pages > 0 && scan.pages <= 1024);
	close(fd);
	CU_ASSERT_TRUE(page_scan_file(&scan, -1) < 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "shifted", test_shifted },
		{ "a head of one page", test_small_head },
		{ "what only repeats", test_what_repeats },
		{ "stamps", test_stamps },
		{ "databases", test_databases },
		{ "trees of a database", test_trees },
		{ "overflow chains", test_chains },
		{ "the stump of a database", test_stump },
		{ "empty, huge and no file", test_odd_files },
		{ "rows of a table", test_rows },
		{ "rows of more than a page", test_wide_rows },
		{ "rows that moved away", test_moved_rows },
		{ "line pointers", test_line_pointers },
		{ "rows that were frozen", test_frozen_rows },
		CU_TEST_INFO_NULL,
	};

	return run_suite("page_scan", tests);
}
