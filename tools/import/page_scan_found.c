/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collects the findings of a scan in runs. */
#include "injector/base/array.h"
#include "tools/import/page_scan_look.h"

#include <string.h>

/* Whether a page continues the run before it. slides: its distance to its source is the same. */
static bool joins(const struct page_scan_run *last, enum page_scan_sort sort, uint64_t from,
		  const char *why, bool slides)
{
	if (last->sort != sort)
		return false;
	if (sort == PAGE_SCAN_ZERO || sort == PAGE_SCAN_BROKEN)
		return last->why == why;
	return last->same ? last->from == from : slides || (last->count == 1 && last->from == from);
}

/* A split serves adjacent pages at the same XOR distance. Pages at the same difference but another
 * XOR distance are a copy, and so is the run before. */
static enum page_scan_sort slide(struct page_scan *scan, enum page_scan_sort sort)
{
	struct page_scan_run *last = &scan->runs[scan->run_count - 1];
	enum page_scan_sort both = last->sort == PAGE_SCAN_SHIFTED ? sort : last->sort;

	if (last->sort != PAGE_SCAN_SHIFTED && sort != PAGE_SCAN_SHIFTED)
		return sort;
	scan->found[last->sort] -= last->count;
	scan->found[both] += last->count;
	last->sort = both;
	return both;
}

/* Drops the last run of mere repetition to make room for damage. */
static void make_room(struct page_scan *scan)
{
	size_t i = scan->run_count;

	while (i && scan->runs[i - 1].sort != PAGE_SCAN_EQUAL)
		i--;
	if (!i)
		return;
	memmove(&scan->runs[i - 1], &scan->runs[i], (scan->run_count - i) * sizeof(*scan->runs));
	scan->run_count--;
}

void page_scan_found(struct scanning *scanning, enum page_scan_sort sort, uint64_t page,
		     uint64_t from, const char *why)
{
	struct page_scan *scan = scanning->scan;
	struct page_scan_run *last = scan->run_count ? &scan->runs[scan->run_count - 1] : NULL;
	bool follows = last && last->page + last->count == page;
	bool copied =
		sort == PAGE_SCAN_SHIFTED || sort == PAGE_SCAN_EQUAL || sort == PAGE_SCAN_COPIED;
	bool slides = follows && !last->same && page - from == last->page - last->from;

	if (copied && slides && last->from != from && last->sort != sort)
		sort = slide(scan, sort);
	scan->found[sort]++;
	if (follows && joins(last, sort, from, why, slides)) {
		last->same =
			last->from == from && sort != PAGE_SCAN_ZERO && sort != PAGE_SCAN_BROKEN;
		last->count++;
		return;
	}
	if (scan->run_count == ARRAY_SIZE(scan->runs) && sort != PAGE_SCAN_EQUAL)
		make_room(scan);
	if (scan->run_count < ARRAY_SIZE(scan->runs))
		scan->runs[scan->run_count++] = (struct page_scan_run){
			.sort = sort, .page = page, .count = 1, .from = from, .why = why
		};
}
