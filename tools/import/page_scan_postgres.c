/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Relations of PostgreSQL: blocks that are half zero, and rows that belong elsewhere. */
#include "tools/import/page_scan_look.h"

#include <string.h>

enum {
	POSTGRES_BLOCK = 8192,
	POSTGRES_SEGMENT = 131072, /* blocks of a relation in each of its files */
	POSTGRES_ROWS = 3,         /* that agree on where they are */
};

/* What the rows in one of the two pages of a block say of where they are. */
struct rows {
	unsigned int own, others, mixed;
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

/*
 * A row that nobody has updated (t_xmax is 0) has its own place in t_ctid: block, and item, counted
 * from 1 (src/include/access/htup_details.h).
 */
static void take_row(const unsigned char *block, unsigned int item, uint32_t number,
		     struct rows *rows)
{
	enum { HEADER = 24, ROW = 23, LINE = 4, NORMAL = 1 };
	uint32_t line = word_at(block, HEADER + item * LINE), from;
	unsigned int at = line & 0x7fff, flags = line >> 15 & 3, length = line >> 17;

	if (flags != NORMAL || length < ROW || at + ROW > POSTGRES_BLOCK ||
	    word_at(block, at + 4) || half_at(block, at + 16) != item + 1)
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

/* Tables have no special space at the end of a block, indexes do. */
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
	for (unsigned int i = 0; i < 2; i++)
		if (!rows[i].own && !rows[i].mixed && rows[i].others >= POSTGRES_ROWS &&
		    !scanning->equal[page + i])
			page_scan_found(scanning, PAGE_SCAN_STAMP, first + page + i,
					(uint64_t)rows[i].from * 2 + i, NULL);
}

/* A block has its header at its begin and rows at its end: none is half zero. */
static void look_at_postgres(struct scanning *scanning, size_t pages, uint64_t first)
{
	page_scan_equals(scanning, pages, first);
	for (size_t page = 0; page + 1 < pages; page += 2) {
		const uint64_t *words = page_scan_at(scanning, page);
		uint16_t lower = ((const uint16_t *)words)[6], upper = ((const uint16_t *)words)[7];
		bool head = page_scan_is_zero(words, PAGE_SCAN_WORDS),
		     tail = page_scan_is_zero(words + PAGE_SCAN_WORDS, PAGE_SCAN_WORDS);

		if (head && !tail)
			page_scan_found(scanning, PAGE_SCAN_ZERO, first + page, 0, NULL);
		/* Rows begin at pd_upper. */
		else if (!head && tail && lower > 24 && upper < POSTGRES_BLOCK)
			page_scan_found(scanning, PAGE_SCAN_ZERO, first + page + 1, 0, NULL);
		else if (!head)
			look_at_rows(scanning, page, first);
	}
}

/* A page header of version 4, for blocks of 8 KiB (src/include/storage/bufpage.h). */
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
