/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals: equal pages are damage unless the structure proves the opposite. It also shows which
 * page replaced the other. */
#include "tools/import/page_scan_look.h"
#include "tools/workloads/journal/format.h"

#include <stdlib.h>
#include <string.h>

enum {
	MARK_ZERO = 1,
	MARK_TOLD = 2,
};

static bool is_lost(const struct scanning *scanning, uint64_t page)
{
	return page < scanning->journal.page_count &&
	       scanning->journal.pages[page] & JOURNAL_PAGE_LOST;
}

static bool is_proven(const struct scanning *scanning, uint64_t page)
{
	return page < scanning->journal.page_count &&
	       scanning->journal.pages[page] & JOURNAL_PAGE_PROVEN;
}

static bool is_journal(struct scanning *scanning)
{
	struct journal_damage *journal = &scanning->journal;

	if (memcmp(scanning->words, JOURNAL_SIGNATURE, strlen(JOURNAL_SIGNATURE)))
		return false;
	/* Without the structure, pages are only compared. */
	if (journal_damage_find(journal, scanning->fd))
		return true;
	scanning->journal_sums = calloc(journal->page_count ?: 1, sizeof(*scanning->journal_sums));
	scanning->journal_marks = calloc(journal->page_count ?: 1, 1);
	if (!scanning->journal_sums || !scanning->journal_marks)
		journal->page_count = journal->count = 0;
	/* Holes are not read, so all pages begin as zero. */
	else
		memset(scanning->journal_marks, MARK_ZERO, journal->page_count);
	return true;
}

static void tell(struct scanning *scanning, enum page_scan_sort sort, uint64_t page, uint64_t from,
		 const char *why)
{
	if (page < scanning->journal.page_count)
		scanning->journal_marks[page] |= MARK_TOLD;
	page_scan_found(scanning, sort, page, from, why);
}

static void take(struct scanning *scanning, uint64_t page, uint64_t from)
{
	bool lost = is_lost(scanning, page);

	if (!lost && is_lost(scanning, from))
		tell(scanning, PAGE_SCAN_COPIED, from, page, NULL);
	else if (!lost && is_proven(scanning, page))
		return;
	else if (page_scan_is_served(page, from))
		tell(scanning, PAGE_SCAN_SHIFTED, page, from, NULL);
	else
		tell(scanning, lost ? PAGE_SCAN_COPIED : PAGE_SCAN_EQUAL, page, from, NULL);
}

/* Includes a partial page at the end of the file. */
static void mark_full(struct scanning *scanning, size_t page, uint64_t first)
{
	if (first + page < scanning->journal.page_count && page < PAGE_SCAN_BLOCK_PAGES &&
	    !page_scan_is_zero(page_scan_at(scanning, page), PAGE_SCAN_WORDS))
		scanning->journal_marks[first + page] &= (uint8_t)~MARK_ZERO;
}

static void look(struct scanning *scanning, size_t pages, uint64_t first)
{
	page_scan_sum(scanning, pages);
	for (size_t page = 0; page < pages && first + page < scanning->journal.page_count; page++)
		if (page_scan_is_telling(scanning, page, is_lost(scanning, first + page)))
			scanning->journal_sums[first + page] = scanning->sums[page];
	for (size_t page = 0; page <= pages; page++)
		mark_full(scanning, page, first);
	page_scan_compare(scanning, pages, first, is_lost, take);
}

/* Finds a page equal to one elsewhere in the file, which no split serves, and those that follow
 * both. */
static bool tell_copied(struct scanning *scanning, uint64_t page)
{
	const uint64_t *sums = scanning->journal_sums, count = scanning->journal.page_count;
	uint64_t from = 0;

	while (from < count && (from == page || sums[from] != sums[page]))
		from++;
	if (!sums[page] || from == count)
		return false;
	for (; page < count && from < count && sums[page] && sums[from] == sums[page];
	     page++, from++)
		if (!(scanning->journal_marks[page] & MARK_TOLD))
			tell(scanning, PAGE_SCAN_COPIED, page, from, NULL);
	return true;
}

static bool is_told(const struct scanning *scanning, const struct journal_loss *loss)
{
	for (uint64_t page = loss->first; page <= loss->last; page++)
		if (scanning->journal_marks[page] & MARK_TOLD)
			return true;
	return false;
}

/* Explains a loss by pages of zeros, or by pages from elsewhere. */
static bool explain(struct scanning *scanning, const struct journal_loss *loss)
{
	bool explained = false;

	for (uint64_t page = loss->first; page <= loss->last; page++) {
		if (scanning->journal_marks[page] & MARK_ZERO) {
			tell(scanning, PAGE_SCAN_ZERO, page, 0, NULL);
			explained = true;
		} else if (!(scanning->journal_marks[page] & MARK_TOLD)) {
			explained |= tell_copied(scanning, page);
		}
	}
	return explained;
}

/* Reports damage that no equal page has explained. */
static void end(struct scanning *scanning)
{
	const struct journal_damage *journal = &scanning->journal;

	for (size_t i = 0; i < journal->count; i++) {
		const struct journal_loss *loss = &journal->losses[i];

		if (is_told(scanning, loss) || explain(scanning, loss))
			continue;
		for (uint64_t page = loss->first; page <= loss->last; page++)
			tell(scanning, PAGE_SCAN_BROKEN, page, 0, loss->why);
	}
	for (uint64_t page = 0; page < journal->page_count; page++)
		if (scanning->journal_marks[page] == MARK_ZERO &&
		    journal->pages[page] & JOURNAL_PAGE_PACKED)
			tell(scanning, PAGE_SCAN_ZERO, page, 0, NULL);
	free(scanning->journal_sums);
	free(scanning->journal_marks);
	journal_damage_release(&scanning->journal);
}

const struct page_scan_look page_scan_journal = {
	.name = "systemd journal",
	.is = is_journal,
	.look = look,
	.end = end,
};
