/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of a folio an inspector saw exposed, for each order of the folio and each page at
 * which it was split. Once a kernel was seen to expose other pages than the aim model says, readers
 * of exposed pages read these, and a storm whose aim is "auto" punches where most were seen.
 */
#ifndef INJECTOR_STORM_SEEN_PAGES_H
#define INJECTOR_STORM_SEEN_PAGES_H

#include "injector/probe/split_parts.h"
#include "injector/storm/aim.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SEEN_PLACES = 20 }; /* places that are tried before the best of them is chosen */

/* Shared by the process that takes the inspector's events, which adds to it, and those that punch
 * and read; initially zero. */
struct seen_pages {
	/* 0: the model counts; else it changes whenever something new was seen. */
	_Atomic uint32_t version;
	_Atomic bool followed; /* a reader has read pages because they were seen */
	/* Bit k: part k of split_parts.h was seen exposed. The place of a split is
	 * 2^order + its page, so each order has 2^order of them. */
	_Atomic uint32_t parts[2 << SPLIT_ORDER_MAX];
};

/*
 * Adds what was seen of a split: of a folio of `order` up to SPLIT_ORDER_MAX, at page `at` of it.
 * parts: a bit for each part with an exposed page. Of a smallest part of several pages only page
 * `at` is taken. Only one thread calls this and seen_pages_use().
 */
void seen_pages_add(struct seen_pages *seen, unsigned int order, unsigned int at, uint32_t parts);

/* Makes readers and storm go by what was and will be seen. Each takes it up at its next region. */
void seen_pages_use(struct seen_pages *seen);

/* Whether the model does not count any more, and the page was seen exposed in one of the two splits
 * of such a punch. punch: one that aim_exposed() accepts. page: of the folio. */
bool seen_pages_has(const struct seen_pages *seen, const struct aim_punch *punch,
		    unsigned int page);

/*
 * Finds the pages outside of the punch that seen_pages_has(). Some may be served as a page of the
 * hole: that is not known. punch: as above, or one of no pages. pages: 2^order entries, all set.
 * Returns how many: 0 while the model counts, or if nothing was seen of such a punch.
 */
unsigned int seen_pages_of(const struct seen_pages *seen, const struct aim_punch *punch,
			   bool *pages);

/*
 * Finds where to punch `count` pages, fewer than the folio of `order` has. Until SEEN_PLACES places
 * of such folios were seen, `value`, a random number, draws one; then it is where most pages
 * outside of the punch were seen. Returns the first page; -ENODATA while the model counts.
 */
int seen_pages_plan(const struct seen_pages *seen, unsigned int order, unsigned int count,
		    uint64_t value);

#endif
