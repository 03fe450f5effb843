/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tools/import/page_scan_look.h"
#include "tools/reading/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_stamped(const uint64_t *words)
{
	struct stamp stamp;

	return words[0] && stamp_decode(words[0], 0, &stamp) && stamp.file &&
	       stamp_check(words, stamp_base(stamp));
}

/* Each page contains its number. */
static void look_at_stamps(struct scanning *scanning, size_t pages, uint64_t first)
{
	for (size_t page = 0; page < pages; page++) {
		struct stamp stamp;

		if (!is_stamped(page_scan_at(scanning, page)))
			continue;
		stamp_decode(*page_scan_at(scanning, page), 0, &stamp);
		if (stamp.page != (first + page) % (STAMP_FILE_SIZE_MAX / STAMP_PAGE_SIZE))
			page_scan_found(scanning, PAGE_SCAN_STAMP, first + page, stamp.page, NULL);
	}
}

/* Pages before the first stamp may be holes. */
static bool is_of_stamps(struct scanning *scanning)
{
	size_t page = 0;

	while (page < PAGE_SCAN_BLOCK_PAGES - 1 && !*page_scan_at(scanning, page))
		page++;
	return is_stamped(page_scan_at(scanning, page));
}

static bool is_anything(struct scanning *scanning)
{
	(void)scanning;
	return true;
}

static const struct page_scan_look stamps = {
	.name = "stamped file",
	.is = is_of_stamps,
	.look = look_at_stamps,
};

static const struct page_scan_look anything = {
	.name = "not known",
	.is = is_anything,
	.look = page_scan_equals,
};

static const struct page_scan_look *const looks[] = {
	&page_scan_journal, &page_scan_sqlite, &page_scan_postgres, &stamps, &anything,
};

/* Reads up to a block. Returns the bytes read, or -errno. */
static ssize_t read_block(int fd, uint64_t *words, uint64_t offset)
{
	size_t filled = 0;

	while (filled < PAGE_SCAN_BLOCK) {
		ssize_t got = pread(fd, (char *)words + filled, PAGE_SCAN_BLOCK - filled,
				    (off_t)(offset + filled));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		filled += (size_t)got;
	}
	/* Fills up the last page with zeros. */
	memset((char *)words + filled, 0, PAGE_SCAN_BLOCK - filled);
	return (ssize_t)filled;
}

/* Finds the format by the first block; a file that begins with a hole may be stamped. */
static const struct page_scan_look *find_look(struct scanning *scanning, uint64_t offset)
{
	for (size_t i = 0; !offset && i < ARRAY_SIZE(looks); i++)
		if (looks[i]->is(scanning))
			return looks[i];
	return is_of_stamps(scanning) ? &stamps : &anything;
}

static int scan_blocks(struct scanning *scanning, int fd)
{
	uint64_t offset = 0;

	for (;;) {
		off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
		ssize_t got;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data > (off_t)offset)
			offset = (uint64_t)data / PAGE_SCAN_BLOCK * PAGE_SCAN_BLOCK;
		got = read_block(fd, scanning->words, offset);
		if (got <= 0)
			return (int)got;
		if (!scanning->look)
			scanning->look = find_look(scanning, offset);
		scanning->scan->format = scanning->look->name;
		scanning->scan->known = scanning->look != &anything;
		scanning->scan->keeps_log = scanning->look->keeps_log;
		scanning->scan->pages += (size_t)got / PAGE_SCAN_PAGE;
		scanning->look->look(scanning, (size_t)got / PAGE_SCAN_PAGE,
				     offset / PAGE_SCAN_PAGE);
		offset += PAGE_SCAN_BLOCK;
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
	scanning->fd = fd;
	scanning->words = malloc(PAGE_SCAN_BLOCK);
	if (scanning->words)
		r = scan_blocks(scanning, fd);
	if (scanning->look && scanning->look->end)
		scanning->look->end(scanning);
	free(scanning->words);
	free(scanning);
	return r;
}

bool page_scan_damaged(const struct page_scan *scan)
{
	if (scan->unsure)
		return false;
	return (scan->known && scan->found[PAGE_SCAN_SHIFTED]) || scan->found[PAGE_SCAN_STAMP] ||
	       scan->found[PAGE_SCAN_ZERO] || scan->found[PAGE_SCAN_COPIED] ||
	       scan->found[PAGE_SCAN_BROKEN];
}

const char *page_scan_format(const struct page_scan_run *run, char *text, size_t size)
{
	/* If all pages hold the same one, the last page has the longest distance. */
	uint64_t distance = (run->same ? run->page + run->count - 1 : run->page) ^ run->from;
	const char *behind = run->count == 1 ? "" : run->same ? ", the same" : " and on";
	char pages[80], order[120] = "";

	if (run->count == 1)
		snprintf(pages, sizeof(pages), "page 0x%" PRIx64, run->page);
	else
		snprintf(pages, sizeof(pages), "pages 0x%" PRIx64 " to 0x%" PRIx64, run->page,
			 run->page + run->count - 1);
	if (distance && run->from < run->page && page_scan_is_served(run->page, run->from))
		snprintf(order, sizeof(order),
			 ", the upper half of a folio of order %d served by the head of its lower "
			 "half",
			 64 - __builtin_clzll(distance));
	switch (run->sort) {
	case PAGE_SCAN_SHIFTED:
	case PAGE_SCAN_EQUAL:
		snprintf(text, size, "%s %s page 0x%" PRIx64 "%s: XOR 0x%" PRIx64 "%s%s", pages,
			 run->sort == PAGE_SCAN_EQUAL ? (run->count > 1 ? "equal" : "equals")
			 : run->count > 1             ? "hold"
						      : "holds",
			 run->from, behind, distance,
			 run->sort == PAGE_SCAN_EQUAL && *order ? "; may be content, or" : "",
			 order + (run->sort == PAGE_SCAN_EQUAL && *order));
		break;
	case PAGE_SCAN_STAMP:
		snprintf(text, size,
			 "%s: by its own number page 0x%" PRIx64 "%s: XOR 0x%" PRIx64 "%s", pages,
			 run->from, behind, distance, order);
		break;
	case PAGE_SCAN_COPIED:
		snprintf(text, size, "%s %s page 0x%" PRIx64 "%s, as no split serves it", pages,
			 run->count > 1 ? "hold" : "holds", run->from, behind);
		break;
	case PAGE_SCAN_BROKEN:
		snprintf(text, size, "%s%s: damaged: %s", run->count > 1 ? "some of " : "", pages,
			 run->why);
		break;
	default:
		snprintf(text, size, "%s: zeros within data", pages);
	}
	return text;
}
