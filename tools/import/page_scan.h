/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds damage that races of the page cache leave in a file, without knowing its content:
 *
 * - A page that equals an earlier one of the same 2 MiB, at a distance that is the XOR of their
 *   numbers. That is the signature of the split race: readers of the upper half of a folio got the
 *   head of its lower half, a part that may be as small as a page, and wrote down what they read.
 *   Pages with hardly more than one value do not count.
 * - A page or block that contains its own number, and lies elsewhere: stamped files of this
 *   testbed, and tables of PostgreSQL, whose rows know their block.
 * - Zeros where a block of a known format cannot have them: half a block of PostgreSQL.
 * - Violations of the structure of a journal or an SQLite database. The structure also tells
 *   repeated content from a page that replaced another, and which of two equal pages that is.
 *
 * Pages are compared within 2 MiB; holes are not read.
 */
#ifndef TOOLS_IMPORT_PAGE_SCAN_H
#define TOOLS_IMPORT_PAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_SCAN_PAGE = 4096, PAGE_SCAN_RUNS = 64 };

enum page_scan_sort {
	PAGE_SCAN_SHIFTED, /* equals page `from`, as a split serves it */
	PAGE_SCAN_EQUAL,   /* equals page `from`, at another distance */
	PAGE_SCAN_STAMP,   /* contains the number of page `from` */
	PAGE_SCAN_ZERO,    /* zero, but must not be */
	PAGE_SCAN_COPIED,  /* damaged, and equals page `from`, as no split serves it */
	PAGE_SCAN_BROKEN,  /* one page of the run at least violates the file's structure */
	PAGE_SCAN_SORTS,
};

/* Adjacent pages of the same sort. */
struct page_scan_run {
	enum page_scan_sort sort;
	uint64_t page, count;
	uint64_t from;   /* for the first page */
	bool same;       /* `from` is the same for all pages */
	const char *why; /* PAGE_SCAN_BROKEN: what is wrong, a constant */
};

struct page_scan {
	const char *format; /* "systemd journal", ..., "not known"; a constant */
	bool known;         /* pages of this format do not repeat */
	bool keeps_log;     /* a log beside the file may hold newer pages */
	bool unsure;        /* there is such a log; set by the caller */
	uint64_t pages;     /* pages read */
	uint64_t found[PAGE_SCAN_SORTS];
	struct page_scan_run runs[PAGE_SCAN_RUNS];
	size_t run_count; /* up to PAGE_SCAN_RUNS are kept, damage first */
};

/* Scans an open, seekable file from its start. Returns 0 or -errno (not reported). */
int page_scan_file(struct page_scan *scan, int fd);

/* Whether the findings are damage, not repeated content: all sorts but PAGE_SCAN_EQUAL, and
 * PAGE_SCAN_SHIFTED only if the format is known. Never if the file is unsure. */
bool page_scan_damaged(const struct page_scan *scan);

/* Whether an SQLite database at `path` has a log in use, -wal or -journal, whose pages are not in
 * the database yet. A log that is empty or begins with a zero byte is not in use. */
bool page_scan_has_log(const char *path);

/* Writes "page 0x580 holds page 0x500: XOR 0x80, ..." for a run. Returns text, which holds `size`
 * bytes. */
const char *page_scan_format(const struct page_scan_run *run, char *text, size_t size);

#endif
