/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/page_scan.h"
#include "injector/base/array.h"
#include "tools/reading/stamp.h"
#include "tools/workloads/journal/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK_PAGES = 512, /* a huge page, the largest folio that is looked for */
	BLOCK = BLOCK_PAGES * PAGE_SCAN_PAGE,
	WORDS = PAGE_SCAN_PAGE / 8,
	TELLING =
		/* words of a page that differ from the one before: fewer repeat by themselves */
	64,
	POSTGRES_BLOCK = 8192,
	POSTGRES_SEGMENT = 131072, /* blocks of a relation in each of its files */
	POSTGRES_ROWS = 3,         /* that agree on where they are */
};

struct scanning {
	struct page_scan *scan;
	uint64_t *words; /* BLOCK bytes */
	uint64_t sums[BLOCK_PAGES];
	bool telling[BLOCK_PAGES];
	bool equal[BLOCK_PAGES];         /* to another, as was found */
	uint64_t zero_pages, free_pages; /* of an SQLite database: seen, and by its header */
	unsigned int sqlite_pages;       /* of 4 KiB, in one of the database */
};

static const uint64_t *page_at(const struct scanning *scanning, size_t page)
{
	return scanning->words + page * WORDS;
}

static void found(struct scanning *scanning, enum page_scan_sort sort, uint64_t page, uint64_t from)
{
	struct page_scan *scan = scanning->scan;
	struct page_scan_run *last = scan->run_count ? &scan->runs[scan->run_count - 1] : NULL;

	bool follows = last && last->sort == sort && last->page + last->count == page;
	bool same = follows && last->from == from && (last->same || last->count == 1);

	scan->found[sort]++;
	if (follows && (sort == PAGE_SCAN_ZERO || same ||
			(!last->same && (last->page ^ last->from) == (page ^ from)))) {
		last->same = same;
		last->count++;
		return;
	}
	if (scan->run_count < ARRAY_SIZE(scan->runs))
		scan->runs[scan->run_count++] = (struct page_scan_run){
			.sort = sort, .page = page, .count = 1, .from = from
		};
}

static bool is_zero(const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i])
			return false;
	return true;
}

static void sum_page(struct scanning *scanning, size_t page)
{
	const uint64_t *words = page_at(scanning, page);
	uint64_t sum = 0;
	unsigned int changes = 0;

	for (size_t i = 0; i < WORDS; i++) {
		sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
		changes += i && words[i] != words[i - 1] && words[i];
	}
	scanning->sums[page] = sum;
	scanning->telling[page] = changes >= TELLING;
}

/*
 * Whether a split can serve a page as another: the upper half of a folio is served by the part that
 * its lower half begins with, which may be as small as a page. So the one that came has none of the
 * bits between the lowest and the highest in which they differ.
 */
static bool is_served(uint64_t page, uint64_t from)
{
	uint64_t distance = page ^ from;
	uint64_t high = UINT64_C(1) << (63 - __builtin_clzll(distance));
	uint64_t low = distance & -distance;

	return !(from & (high | (high - low)));
}

/* The first page of the block that is the same, as the one that came in place of others lies before
 * them. first: number of the block's first page. */
static void compare_page(struct scanning *scanning, size_t page, uint64_t first)
{
	scanning->equal[page] = false;
	if (!scanning->telling[page])
		return;
	for (size_t other = 0; other < page; other++) {
		if (scanning->sums[other] != scanning->sums[page] ||
		    memcmp(page_at(scanning, other), page_at(scanning, page), PAGE_SCAN_PAGE))
			continue;
		scanning->equal[page] = true;
		found(scanning, is_served(page, other) ? PAGE_SCAN_SHIFTED : PAGE_SCAN_EQUAL,
		      first + page, first + other);
		return;
	}
}

static void look_at_equals(struct scanning *scanning, size_t pages, uint64_t first)
{
	for (size_t page = 0; page < pages; page++)
		sum_page(scanning, page);
	for (size_t page = 0; page < pages; page++)
		compare_page(scanning, page, first);
}

static bool is_stamped(const uint64_t *words)
{
	struct stamp stamp;

	return words[0] && stamp_decode(words[0], 0, &stamp) && stamp.file &&
	       stamp_check(words, stamp_base(stamp));
}

/* Each page has its number. */
static void look_at_stamps(struct scanning *scanning, size_t pages, uint64_t first)
{
	for (size_t page = 0; page < pages; page++) {
		struct stamp stamp;

		if (!is_stamped(page_at(scanning, page)))
			continue;
		stamp_decode(*page_at(scanning, page), 0, &stamp);
		if (stamp.page != first + page)
			found(scanning, PAGE_SCAN_STAMP, first + page, stamp.page);
	}
}

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
	const unsigned char *block = (const unsigned char *)page_at(scanning, page);
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
			found(scanning, PAGE_SCAN_STAMP, first + page + i,
			      (uint64_t)rows[i].from * 2 + i);
}

/* A block has its header at its begin and rows at its end: none is half zero. */
static void look_at_postgres(struct scanning *scanning, size_t pages, uint64_t first)
{
	look_at_equals(scanning, pages, first);
	for (size_t page = 0; page + 1 < pages; page += 2) {
		const uint64_t *words = page_at(scanning, page);
		uint16_t lower = ((const uint16_t *)words)[6], upper = ((const uint16_t *)words)[7];
		bool head = is_zero(words, WORDS), tail = is_zero(words + WORDS, WORDS);

		if (head && !tail)
			found(scanning, PAGE_SCAN_ZERO, first + page, 0);
		/* Rows begin at pd_upper. */
		else if (!head && tail && lower > 24 && upper < POSTGRES_BLOCK)
			found(scanning, PAGE_SCAN_ZERO, first + page + 1, 0);
		else if (!head)
			look_at_rows(scanning, page, first);
	}
}

/* Only free pages may be empty; and they may hold what was there before they were free, which is
 * somewhere else now. */
static void look_at_sqlite(struct scanning *scanning, size_t pages, uint64_t first)
{
	if (!scanning->free_pages)
		look_at_equals(scanning, pages, first);
	for (size_t page = 0; page < pages; page++) {
		if (!is_zero(page_at(scanning, page), WORDS))
			continue;
		scanning->zero_pages++;
		if (scanning->zero_pages > scanning->free_pages * scanning->sqlite_pages)
			found(scanning, PAGE_SCAN_ZERO, first + page, 0);
	}
}

static bool is_journal(struct scanning *scanning)
{
	return !memcmp(scanning->words, JOURNAL_SIGNATURE, 8);
}

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* https://sqlite.org/fileformat2.html: the page's size at 16, the number of free ones at 36. */
static bool is_sqlite(struct scanning *scanning)
{
	const unsigned char *bytes = (const unsigned char *)scanning->words;
	unsigned int size = (unsigned int)bytes[16] << 8 | bytes[17];

	if (memcmp(bytes, "SQLite format 3", 16))
		return false;
	size = size == 1 ? 65536 : size;
	scanning->sqlite_pages = size > PAGE_SCAN_PAGE ? size / PAGE_SCAN_PAGE : 1;
	scanning->free_pages = big_endian(bytes + 36);
	return true;
}

/* A page header of version 4, for blocks of 8 KiB (src/include/storage/bufpage.h). */
static bool is_postgres(struct scanning *scanning)
{
	const uint16_t *half = (const uint16_t *)scanning->words;

	return half[9] == (POSTGRES_BLOCK | 4) && half[6] >= 24 && half[6] <= half[7] &&
	       half[7] <= half[8] && half[8] <= POSTGRES_BLOCK;
}

static bool is_of_stamps(struct scanning *scanning)
{
	return is_stamped(scanning->words);
}

static bool is_anything(struct scanning *scanning)
{
	(void)scanning;
	return true;
}

static const struct format {
	const char *name;
	bool (*is)(struct scanning *scanning); /* of the file's first page */
	void (*look)(struct scanning *scanning, size_t pages, uint64_t first);
} formats[] = {
	{ "systemd journal", is_journal, look_at_equals },
	{ "SQLite database", is_sqlite, look_at_sqlite },
	{ "PostgreSQL relation", is_postgres, look_at_postgres },
	{ "stamped file", is_of_stamps, look_at_stamps },
	{ "not known", is_anything, look_at_equals },
};

/* Up to a block, at its place. Returns bytes or -errno. */
static ssize_t read_block(int fd, uint64_t *words, uint64_t offset)
{
	size_t filled = 0;

	while (filled < BLOCK) {
		ssize_t got =
			pread(fd, (char *)words + filled, BLOCK - filled, (off_t)(offset + filled));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		filled += (size_t)got;
	}
	/* The rest of the last page is of no file. */
	memset((char *)words + filled, 0, BLOCK - filled);
	return (ssize_t)filled;
}

static int scan_blocks(struct scanning *scanning, int fd)
{
	const struct format *format = NULL;
	uint64_t offset = 0;

	for (;;) {
		off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
		ssize_t got;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data > (off_t)offset)
			offset = (uint64_t)data / BLOCK * BLOCK;
		got = read_block(fd, scanning->words, offset);
		if (got <= 0)
			return (int)got;
		for (size_t i = 0; !format; i++)
			if (formats[i].is(scanning))
				format = &formats[i];
		scanning->scan->format = format->name;
		scanning->scan->known = format->is != is_anything;
		scanning->scan->pages += (size_t)got / PAGE_SCAN_PAGE;
		format->look(scanning, (size_t)got / PAGE_SCAN_PAGE, offset / PAGE_SCAN_PAGE);
		offset += BLOCK;
	}
}

int page_scan_file(struct page_scan *scan, int fd)
{
	struct scanning *scanning = calloc(1, sizeof(*scanning));
	int r = -ENOMEM;

	*scan = (struct page_scan){ .format = "not known" };
	if (!scanning)
		return r;
	scanning->scan = scan;
	scanning->words = malloc(BLOCK);
	if (scanning->words)
		r = scan_blocks(scanning, fd);
	free(scanning->words);
	free(scanning);
	return r;
}

bool page_scan_damaged(const struct page_scan *scan)
{
	return (scan->known && scan->found[PAGE_SCAN_SHIFTED]) || scan->found[PAGE_SCAN_STAMP] ||
	       scan->found[PAGE_SCAN_ZERO];
}

const char *page_scan_format(const struct page_scan_run *run, char *text, size_t size)
{
	/* Of pages that all hold one page the last has the longest way to it. */
	uint64_t distance = (run->same ? run->page + run->count - 1 : run->page) ^ run->from;
	const char *behind = run->count == 1 ? "" : run->same ? ", the same" : " and on";
	char pages[80], order[120] = "";

	if (run->count == 1)
		snprintf(pages, sizeof(pages), "page 0x%" PRIx64, run->page);
	else
		snprintf(pages, sizeof(pages), "pages 0x%" PRIx64 " to 0x%" PRIx64, run->page,
			 run->page + run->count - 1);
	if (distance && run->from < run->page && is_served(run->page, run->from))
		snprintf(order, sizeof(order),
			 ", the upper half of a folio of order %d served by the head of its lower "
			 "half",
			 64 - __builtin_clzll(distance));
	switch (run->sort) {
	case PAGE_SCAN_SHIFTED:
	case PAGE_SCAN_EQUAL:
		snprintf(text, size, "%s %s page 0x%" PRIx64 "%s: XOR 0x%" PRIx64 "%s", pages,
			 run->sort == PAGE_SCAN_EQUAL ? (run->count > 1 ? "equal" : "equals")
			 : run->count > 1             ? "hold"
						      : "holds",
			 run->from, behind, distance, order);
		break;
	case PAGE_SCAN_STAMP:
		snprintf(text, size,
			 "%s: by its own number page 0x%" PRIx64 "%s: XOR 0x%" PRIx64 "%s", pages,
			 run->from, behind, distance, order);
		break;
	default:
		snprintf(text, size, "%s: zeros within data", pages);
	}
	return text;
}
