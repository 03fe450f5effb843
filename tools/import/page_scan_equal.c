/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds equal pages within a block. */
#include "tools/import/page_scan_look.h"

#include <string.h>

bool page_scan_is_zero(const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i])
			return false;
	return true;
}

static void sum_page(struct scanning *scanning, size_t page)
{
	const uint64_t *words = page_scan_at(scanning, page);
	uint64_t sum = 0;
	unsigned int changes = 0;

	for (size_t i = 0; i < PAGE_SCAN_WORDS; i++) {
		sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
		changes += i && words[i] != words[i - 1] && words[i];
	}
	scanning->sums[page] = sum;
	scanning->changes[page] = (uint16_t)changes;
}

void page_scan_sum(struct scanning *scanning, size_t pages)
{
	for (size_t page = 0; page < pages; page++)
		sum_page(scanning, page);
}

/*
 * The upper half of a folio is served by the part at the start of its lower half, which may be as
 * small as a page. So the page that came has none of the bits between the lowest and the highest in
 * which the two differ.
 */
bool page_scan_is_served(uint64_t page, uint64_t from)
{
	uint64_t distance = page ^ from;
	uint64_t high = UINT64_C(1) << (63 - __builtin_clzll(distance));
	uint64_t low = distance & -distance;

	return !(from & (high | (high - low)));
}

static bool is_same(const struct scanning *scanning, size_t one, size_t other)
{
	return scanning->sums[one] == scanning->sums[other] &&
	       !memcmp(page_scan_at(scanning, one), page_scan_at(scanning, other), PAGE_SCAN_PAGE);
}

bool page_scan_is_telling(const struct scanning *scanning, size_t page, bool lost)
{
	enum { TELLING = 64, TELLING_LOST = 16 }; /* changes */

	return scanning->changes[page] >= (lost ? TELLING_LOST : TELLING);
}

void page_scan_compare(struct scanning *scanning, size_t pages, uint64_t first,
		       bool (*lost)(const struct scanning *scanning, uint64_t page),
		       void (*take)(struct scanning *scanning, uint64_t page, uint64_t from))
{
	for (size_t page = 0; page < pages; page++) {
		scanning->equal[page] = false;
		if (!page_scan_is_telling(scanning, page, lost && lost(scanning, first + page)))
			continue;
		for (size_t other = 0; other < page && !scanning->equal[page]; other++) {
			if (!is_same(scanning, page, other))
				continue;
			scanning->equal[page] = true;
			take(scanning, first + page, first + other);
		}
	}
}

static void take(struct scanning *scanning, uint64_t page, uint64_t from)
{
	page_scan_found(scanning,
			page_scan_is_served(page, from) ? PAGE_SCAN_SHIFTED : PAGE_SCAN_EQUAL, page,
			from, NULL);
}

void page_scan_equals(struct scanning *scanning, size_t pages, uint64_t first)
{
	page_scan_sum(scanning, pages);
	page_scan_compare(scanning, pages, first, NULL, take);
}
