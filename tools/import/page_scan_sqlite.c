/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite databases. */
#include "tools/import/page_scan_look.h"

#include <string.h>

/* Only free pages may be empty; and they may hold what was there before they were free, which is
 * somewhere else now. */
static void look_at_sqlite(struct scanning *scanning, size_t pages, uint64_t first)
{
	if (!scanning->free_pages)
		page_scan_equals(scanning, pages, first);
	for (size_t page = 0; page < pages; page++) {
		if (!page_scan_is_zero(page_scan_at(scanning, page), PAGE_SCAN_WORDS))
			continue;
		scanning->zero_pages++;
		if (scanning->zero_pages > scanning->free_pages * scanning->sqlite_pages)
			page_scan_found(scanning, PAGE_SCAN_ZERO, first + page, 0, NULL);
	}
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

const struct page_scan_look page_scan_sqlite = {
	.name = "SQLite database",
	.is = is_sqlite,
	.look = look_at_sqlite,
};
