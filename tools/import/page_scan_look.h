/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For page_scan: what each format looks at. */
#ifndef TOOLS_IMPORT_PAGE_SCAN_LOOK_H
#define TOOLS_IMPORT_PAGE_SCAN_LOOK_H

#include "tools/import/journal_damage.h"
#include "tools/import/page_scan.h"
#include "tools/import/sqlite_damage.h"

enum {
	PAGE_SCAN_BLOCK_PAGES = 512, /* a huge page, the largest folio that is looked for */
	PAGE_SCAN_BLOCK = PAGE_SCAN_BLOCK_PAGES * PAGE_SCAN_PAGE,
	PAGE_SCAN_WORDS = PAGE_SCAN_PAGE / 8,
};

struct scanning {
	struct page_scan *scan;
	const struct page_scan_look *look; /* once it is known */
	int fd;
	uint64_t *words; /* PAGE_SCAN_BLOCK bytes */
	uint64_t sums[PAGE_SCAN_BLOCK_PAGES];
	uint16_t changes[PAGE_SCAN_BLOCK_PAGES]; /* words of a page that differ from the one before
						  */
	bool equal[PAGE_SCAN_BLOCK_PAGES];       /* to another, as was found */
	struct sqlite_damage sqlite;             /* of such a database */
	uint8_t *sqlite_told; /* of each of its pages: what is wrong with it is known */
	/* Of a journal: */
	struct journal_damage journal;
	uint64_t *journal_sums; /* of all its pages that say something; NULL: not known */
	uint8_t *journal_marks; /* of each page: it is zero, or what is wrong with it is known */
};

/* A page of the block. */
static inline const uint64_t *page_scan_at(const struct scanning *scanning, size_t page)
{
	return scanning->words + page * PAGE_SCAN_WORDS;
}

/* Whether all of `count` words are 0. */
bool page_scan_is_zero(const uint64_t *words, size_t count);

/* Whether a split can serve a page as another. */
bool page_scan_is_served(uint64_t page, uint64_t from);

/* Whether a page of the block, whose sum is there, says enough not to repeat by itself. lost: it is
 * damaged anyway. */
bool page_scan_is_telling(const struct scanning *scanning, size_t page, bool lost);

/* Takes down what was found, in the order of the pages. why: of PAGE_SCAN_BROKEN, a constant. */
void page_scan_found(struct scanning *scanning, enum page_scan_sort sort, uint64_t page,
		     uint64_t from, const char *why);

/*
 * What a format looks at. is: whether a file is one, by the first block; may begin a look at it.
 * look: at a block; first: number of its first page. end: when all was looked at, and also after an
 * error; may be NULL.
 */
struct page_scan_look {
	const char *name;
	bool keeps_log; /* see struct page_scan */
	bool (*is)(struct scanning *scanning);
	void (*look)(struct scanning *scanning, size_t pages, uint64_t first);
	void (*end)(struct scanning *scanning);
};

/*
 * Sums of the block's pages. Then finds for each the first page of the block that is the same, as
 * the one that came in place of others lies before them. Pages that do not tell are left out. lost:
 * whether a page of the file is known to be damaged; NULL: of none. take: gets both numbers.
 */
void page_scan_sum(struct scanning *scanning, size_t pages);
void page_scan_compare(struct scanning *scanning, size_t pages, uint64_t first,
		       bool (*lost)(const struct scanning *scanning, uint64_t page),
		       void (*take)(struct scanning *scanning, uint64_t page, uint64_t from));

/* The same for pages that say enough by themselves, found as such. */
void page_scan_equals(struct scanning *scanning, size_t pages, uint64_t first);

extern const struct page_scan_look page_scan_journal, page_scan_postgres, page_scan_sqlite;

#endif
