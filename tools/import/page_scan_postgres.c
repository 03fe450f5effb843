/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Relations of PostgreSQL: half-zero blocks, and rows that belong elsewhere. */
#include "tools/import/page_scan_look.h"

#include <string.h>

enum {
	POSTGRES_BLOCK = 8192,
	POSTGRES_SEGMENT = 131072, /* blocks in each file of a relation */
	POSTGRES_ROWS = 3,         /* that must agree on their block */
};

static const char no_rows[] = "line pointers that lead to no rows";

/* Where the rows in one of the two pages of a block claim to be. */
struct rows {
	unsigned int own, others, mixed, none;
	uint32_t from;
};

static uint16_t half_at(const unsigned char *block, unsigned int offset)
{
	uint16_t half;

	memcpy(&half, block + offset, sizeof(half));
	return half;
}

static uint32_t word_at(const unsigned char *block, unsigned int offset)
{
	uint32_t word;

	memcpy(&word, block + offset, sizeof(word));
	return word;
}

/* A row whose update was rolled back may have no t_xmax, but t_ctid still points to the new row. */
static bool is_frozen(const unsigned char *row)
{
	enum { FROZEN = 0x300, OLD_FROZEN = 2 };

	return (half_at(row, 20) & FROZEN) == FROZEN || word_at(row, 0) == OLD_FROZEN;
}

/*
 * A row that nobody has updated (t_xmax is 0) has its own place in t_ctid: block, and item from 1
 * (src/include/access/htup_details.h).
 */
static void take_row(const unsigned char *block, unsigned int item, uint32_t number,
		     struct rows *rows)
{
	enum { HEADER = 24, ROW = 23, LINE = 4, NORMAL = 1 };
	uint32_t line = word_at(block, HEADER + item * LINE), from;
	unsigned int at = line & 0x7fff, flags = line >> 15 & 3, length = line >> 17;
	unsigned int header;

	if (flags != NORMAL || length < ROW || at + length > POSTGRES_BLOCK)
		return;
	/* The data of a row begins at a multiple of 4 or 8 bytes. */
	header = block[at + 22];
	if (header < ROW || header > length || header % 4) {
		rows[at >= PAGE_SCAN_PAGE].none +=
			at / PAGE_SCAN_PAGE == (at + ROW - 1) / PAGE_SCAN_PAGE;
		return;
	}
	if (word_at(block, at + 4) || half_at(block, at + 16) != item + 1 || is_frozen(block + at))
		return;
	rows += at >= PAGE_SCAN_PAGE;
	from = (uint32_t)half_at(block, at + 12) << 16 | half_at(block, at + 14);
	from %= POSTGRES_SEGMENT;
	rows->own += from == number;
	rows->mixed += from != number && rows->others && rows->from != from;
	if (from != number) {
		rows->others++;
		rows->from = from;
	}
}

/* Blocks of indexes end with a special space, those of tables do not. */
static void look_at_rows(struct scanning *scanning, size_t page, uint64_t first)
{
	const unsigned char *block = (const unsigned char *)page_scan_at(scanning, page);
	uint32_t number = (uint32_t)((first + page) / 2 % POSTGRES_SEGMENT);
	unsigned int lower = half_at(block, 12);
	struct rows rows[2] = { { 0 } };

	if (half_at(block, 18) != (POSTGRES_BLOCK | 4) || half_at(block, 16) != POSTGRES_BLOCK ||
	    lower > half_at(block, 14))
		return;
	for (unsigned int item = 0; 24 + item * 4 + 4 <= lower && lower <= POSTGRES_BLOCK; item++)
		take_row(block, item, number, rows);
	/* Already explained by an equal page. */
	if (scanning->equal[page] || scanning->equal[page + 1])
		return;
	/* Invalid rows in the second half: either they or their line pointers are wrong. */
	rows[0].none += rows[1].none;
	for (unsigned int i = 0; i < 2; i++) {
		if (rows[i].none)
			page_scan_found(scanning, PAGE_SCAN_BROKEN, first + page + i, 0, no_rows);
		else if (!rows[i].own && !rows[i].mixed && rows[i].others >= POSTGRES_ROWS)
			page_scan_found(scanning, PAGE_SCAN_STAMP, first + page + i,
					(uint64_t)rows[i].from * 2 + i, NULL);
	}
}

/*
 * Whether an item begins in one of the two pages of a block, by its line pointers. known: only an
 * item of a table that knows its place. Rows moved to another partition, or inserted speculatively,
 * do not: those of two blocks may be alike.
 */
static bool has_items(const unsigned char *block, unsigned int half, bool known)
{
	enum { HEADER = 24, LINE = 4, NORMAL = 1, ROW = 23, INDEX = 8, ITEMS_MAX = 2048 };
	unsigned int lower = half_at(block, 12);
	bool table = half_at(block, 16) == POSTGRES_BLOCK;

	if (half_at(block, 18) != (POSTGRES_BLOCK | 4) || lower > POSTGRES_BLOCK)
		return false;
	for (unsigned int at = HEADER; at + LINE <= lower; at += LINE) {
		uint32_t line = word_at(block, at);
		unsigned int item = line & 0x7fff;

		if ((line >> 15 & 3) != NORMAL || item / PAGE_SCAN_PAGE != half ||
		    item % PAGE_SCAN_PAGE + (table ? ROW : INDEX) > PAGE_SCAN_PAGE)
			continue;
		if (!table || !known || half_at(block, item + 16) - 1U < ITEMS_MAX)
			return true;
	}
	return false;
}

/* The end of an index block tells the kind of index. */
static bool is_scattered(const unsigned char *block)
{
	enum { SPGIST = 0xff82 };

	return half_at(block, 16) < POSTGRES_BLOCK && half_at(block, 8190) == SPGIST;
}

/* Posting lists of a GIN index have no line pointers, and never repeat. */
static bool is_list(const unsigned char *block)
{
	enum { FLAGS = 8190, DATA = 1, KINDS = 0x1ff };

	return half_at(block, 16) == POSTGRES_BLOCK - 8 && half_at(block, FLAGS) & DATA &&
	       half_at(block, FLAGS) <= KINDS;
}

static bool differs(const struct scanning *scanning, uint64_t page)
{
	const uint64_t in_block = page % PAGE_SCAN_BLOCK_PAGES;
	const unsigned char *block =
		(const unsigned char *)page_scan_at(scanning, (size_t)(in_block & ~UINT64_C(1)));

	return !is_scattered(block) && (is_list(block) || has_items(block, in_block & 1, true));
}

/* A second half never equals a first half, which has the header. Pages with items differ; others
 * are the inside of a row or of a free space map. */
static void take(struct scanning *scanning, uint64_t page, uint64_t from)
{
	bool damage = page_scan_is_served(page, from) &&
		      ((page ^ from) & 1 || (differs(scanning, page) && differs(scanning, from)));

	/* Not needed any more: 0 marks mere repetition. */
	if (!damage)
		scanning->changes[page % PAGE_SCAN_BLOCK_PAGES] = 0;
	page_scan_found(scanning, damage ? PAGE_SCAN_SHIFTED : PAGE_SCAN_EQUAL, page, from, NULL);
}

static bool needs_tail(const unsigned char *block)
{
	unsigned int special = half_at(block, 16);

	if (half_at(block, 18) != (POSTGRES_BLOCK | 4) || half_at(block, 14) > special)
		return false;
	return (special > PAGE_SCAN_PAGE && special <= POSTGRES_BLOCK - 8) ||
	       has_items(block, 1, false);
}

/* A block has a header in its first half, and items or the special space of an index in its second;
 * the inside of a row may be zeros. */
static void look_at_postgres(struct scanning *scanning, size_t pages, uint64_t first)
{
	page_scan_sum(scanning, pages);
	page_scan_compare(scanning, pages, first, NULL, take);
	/* Rows are checked unless an equal page is damage already. */
	for (size_t page = 0; page < pages; page++)
		scanning->equal[page] = scanning->equal[page] && scanning->changes[page];
	for (size_t page = 0; page + 1 < pages; page += 2) {
		const uint64_t *words = page_scan_at(scanning, page);
		const unsigned char *block = (const unsigned char *)words;
		bool head = page_scan_is_zero(words, PAGE_SCAN_WORDS),
		     tail = page_scan_is_zero(words + PAGE_SCAN_WORDS, PAGE_SCAN_WORDS);

		if (head && !tail)
			page_scan_found(scanning, PAGE_SCAN_ZERO, first + page, 0, NULL);
		else if (!head && tail && needs_tail(block))
			page_scan_found(scanning, PAGE_SCAN_ZERO, first + page + 1, 0, NULL);
		else if (!head)
			look_at_rows(scanning, page, first);
	}
}

/* A page header of version 4 in a block of 8 KiB (src/include/storage/bufpage.h). */
static bool is_postgres(struct scanning *scanning)
{
	const uint16_t *half = (const uint16_t *)scanning->words;

	return half[9] == (POSTGRES_BLOCK | 4) && half[6] >= 24 && half[6] <= half[7] &&
	       half[7] <= half[8] && half[8] <= POSTGRES_BLOCK;
}

const struct page_scan_look page_scan_postgres = {
	.name = "PostgreSQL relation",
	.is = is_postgres,
	.look = look_at_postgres,
};
