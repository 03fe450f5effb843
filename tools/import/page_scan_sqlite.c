/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite databases: tables, overflow pages and free pages may be alike. So equal pages and zeros
 * are damage only if the structure of the database says so. */
#include "injector/base/array.h"
#include "tools/import/page_scan_look.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_lost(const struct scanning *scanning, uint64_t page)
{
	return page < scanning->sqlite.page_count && scanning->sqlite.whys[page];
}

/* One finding explains the damage of a whole page of the database. */
static void explain(struct scanning *scanning, uint64_t page)
{
	if (page < scanning->sqlite.page_count)
		scanning->sqlite_told[page / scanning->sqlite.group] = true;
}

static void tell(struct scanning *scanning, enum page_scan_sort sort, uint64_t page, uint64_t from)
{
	explain(scanning, page);
	page_scan_found(scanning, sort, page, from, NULL);
}

/* Cells of the same tree differ. */
static bool is_same_tree(const struct scanning *scanning, uint64_t page, uint64_t from)
{
	const struct sqlite_damage *sqlite = &scanning->sqlite;
	bool same = false;

	if (page >= sqlite->page_count || from >= sqlite->page_count)
		return false;
	for (unsigned int i = 0; i < sqlite->units; i++) {
		uint32_t tree = sqlite->trees[page * sqlite->units + i];

		same |= tree && tree == sqlite->trees[from * sqlite->units + i];
	}
	return same;
}

static void take(struct scanning *scanning, uint64_t page, uint64_t from)
{
	bool served = page_scan_is_served(page, from);

	if (is_lost(scanning, page) || is_same_tree(scanning, page, from)) {
		/* Both lead to the same page, and only the copy is wrong. */
		if (is_lost(scanning, page) && is_lost(scanning, from) && served)
			explain(scanning, from);
		tell(scanning, served ? PAGE_SCAN_SHIFTED : PAGE_SCAN_COPIED, page, from);
	} else if (is_lost(scanning, from)) {
		tell(scanning, PAGE_SCAN_COPIED, from, page);
	} else {
		page_scan_found(scanning, PAGE_SCAN_EQUAL, page, from, NULL);
	}
}

static void look_at_sqlite(struct scanning *scanning, size_t pages, uint64_t first)
{
	page_scan_sum(scanning, pages);
	page_scan_compare(scanning, pages, first, is_lost, take);
	for (size_t page = 0; page < pages; page++)
		if (is_lost(scanning, first + page) &&
		    page_scan_is_zero(page_scan_at(scanning, page), PAGE_SCAN_WORDS))
			tell(scanning, PAGE_SCAN_ZERO, first + page, 0);
}

static bool is_sqlite(struct scanning *scanning)
{
	if (memcmp(scanning->words, "SQLite format 3", 16))
		return false;
	/* Without the structure, nothing is certain. */
	if (sqlite_damage_find(&scanning->sqlite, scanning->fd))
		return true;
	scanning->sqlite_told = calloc(scanning->sqlite.page_count, 1);
	if (!scanning->sqlite_told)
		scanning->sqlite.page_count = 0;
	return true;
}

/* Reports damage that no equal page has explained, and zeros in holes, which are not read. */
static void end(struct scanning *scanning)
{
	struct sqlite_damage *sqlite = &scanning->sqlite;

	for (uint64_t page = 0; page < sqlite->page_count; page++)
		if (sqlite->whys[page] && !scanning->sqlite_told[page / sqlite->group])
			page_scan_found(scanning, PAGE_SCAN_BROKEN, page, 0, sqlite->whys[page]);
	free(scanning->sqlite_told);
	sqlite_damage_release(sqlite);
}

const struct page_scan_look page_scan_sqlite = {
	.name = "SQLite database",
	.keeps_log = true,
	.is = is_sqlite,
	.look = look_at_sqlite,
	.end = end,
};

bool page_scan_has_log(const char *path)
{
	static const char *const ends[] = { "-wal", "-journal" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char name[PATH_MAX], first = 0;
		int fd;

		if (snprintf(name, sizeof(name), "%s%s", path, ends[i]) >= (int)sizeof(name))
			continue;
		fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		/* An applied journal may remain, and then begins with zeros. */
		if (fd >= 0 && read(fd, &first, 1) != 1)
			first = 0;
		if (fd >= 0)
			close(fd);
		if (first)
			return true;
	}
	return false;
}
