/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of page_scan: a set of functions for each format. */
#ifndef TOOLS_IMPORT_PAGE_SCAN_LOOK_H
#define TOOLS_IMPORT_PAGE_SCAN_LOOK_H

#include "tools/import/journal_damage.h"
#include "tools/import/page_scan.h"
#include "tools/import/sqlite_damage.h"

enum {
	PAGE_SCAN_BLOCK_PAGES = 512, /* a huge page, the largest folio considered */
	PAGE_SCAN_BLOCK = PAGE_SCAN_BLOCK_PAGES * PAGE_SCAN_PAGE,
	PAGE_SCAN_WORDS = PAGE_SCAN_PAGE / 8,
};

struct scanning {
	struct page_scan *scan;
	const struct page_scan_look *look; /* NULL: not known yet */
	int fd;
	uint64_t *words; /* the current block, PAGE_SCAN_BLOCK bytes */
	uint64_t sums[PAGE_SCAN_BLOCK_PAGES];
	uint16_t changes[PAGE_SCAN_BLOCK_PAGES]; /* words that differ from the previous word */
	bool equal[PAGE_SCAN_BLOCK_PAGES];       /* has an equal page */
	struct sqlite_damage sqlite;             /* SQLite only */
	uint8_t *sqlite_told;                    /* per page of the database: damage is reported */
	/* Journals only: */
	struct journal_damage journal;
	uint64_t *journal_sums; /* per page, 0: not telling; NULL: not known */
	uint8_t *journal_marks; /* per page: MARK_ZERO, MARK_TOLD */
};

/* The words of a page of the block. */
static inline const uint64_t *page_scan_at(const struct scanning *scanning, size_t page)
{
	return scanning->words + page * PAGE_SCAN_WORDS;
}

/* Whether all of `count` words are 0. */
bool page_scan_is_zero(const uint64_t *words, size_t count);

/* Whether a split can serve page `from` in place of `page`. */
bool page_scan_is_served(uint64_t page, uint64_t from);

/* Whether a page of the block has enough different words not to repeat by chance; call
 * page_scan_sum() before. lost: it is known to be damaged, so fewer are enough. */
bool page_scan_is_telling(const struct scanning *scanning, size_t page, bool lost);

/* Records a finding; called in the order of the pages. why: for PAGE_SCAN_BROKEN, a constant. */
void page_scan_found(struct scanning *scanning, enum page_scan_sort sort, uint64_t page,
		     uint64_t from, const char *why);

/*
 * The functions of a format. is: whether a file has it, by the first block; may prepare the scan.
 * look: scans a block, whose first page has number `first`. end: called after the last block, also
 * after an error; may be NULL.
 */
struct page_scan_look {
	const char *name;
	bool keeps_log; /* see struct page_scan */
	bool (*is)(struct scanning *scanning);
	void (*look)(struct scanning *scanning, size_t pages, uint64_t first);
	void (*end)(struct scanning *scanning);
};

/*
 * page_scan_sum() computes the sums of the block's pages. page_scan_compare() then calls take() for
 * each telling page with the first equal page of the block: the one that replaced others precedes
 * them. Both numbers are those in the file. lost: whether a page of the file is known to be
 * damaged; NULL: none is.
 */
void page_scan_sum(struct scanning *scanning, size_t pages);
void page_scan_compare(struct scanning *scanning, size_t pages, uint64_t first,
		       bool (*lost)(const struct scanning *scanning, uint64_t page),
		       void (*take)(struct scanning *scanning, uint64_t page, uint64_t from));

/* Does both, and records equal pages as PAGE_SCAN_SHIFTED or PAGE_SCAN_EQUAL. */
void page_scan_equals(struct scanning *scanning, size_t pages, uint64_t first);

extern const struct page_scan_look page_scan_journal, page_scan_postgres, page_scan_sqlite;

#endif
