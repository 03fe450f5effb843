/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage that a race of the page cache leaves in a file, looked for without knowing what was in it:
 *
 * - A page that equals an earlier one of the same 2 MiB, at a distance whose number is theirs
 *   XORed. The signature of the split race: the upper half of a folio was served by the head of its
 *   lower half, a part that may be as small as a page, and somebody wrote down what it read. Pages
 *   that say little (one value, or a few) count for nothing.
 * - A page or block that has its own number within, and lies elsewhere: stamped files of this
 *   testbed, and tables of PostgreSQL, whose rows know their block.
 * - Zeros where a block of a known format cannot have them: half a block of PostgreSQL.
 * - What the structure of a journal or an SQLite database does not allow. It also tells content
 *   that repeats from a page that came in place of another, and which of two equal ones that is.
 *
 * The file is read once, 2 MiB at a time; its holes are not read.
 */
#ifndef TOOLS_IMPORT_PAGE_SCAN_H
#define TOOLS_IMPORT_PAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_SCAN_PAGE = 4096, PAGE_SCAN_RUNS = 64 };

enum page_scan_sort {
	PAGE_SCAN_SHIFTED, /* equals the page at `from`, as a split serves it */
	PAGE_SCAN_EQUAL,   /* equals the page at `from`, at another distance */
	PAGE_SCAN_STAMP,   /* says that it is the page `from` */
	PAGE_SCAN_ZERO,    /* is zero where it must not be */
	PAGE_SCAN_COPIED,  /* is damaged, and equals the page `from` as no split serves it */
	PAGE_SCAN_BROKEN,  /* is damaged by the structure of the file, or one of the run is */
	PAGE_SCAN_SORTS,
};

/* Pages that follow each other and are alike. */
struct page_scan_run {
	enum page_scan_sort sort;
	uint64_t page, count;
	uint64_t from;   /* of the first */
	bool same;       /* and of all others */
	const char *why; /* of PAGE_SCAN_BROKEN, a constant */
};

struct page_scan {
	const char *format; /* "systemd journal", ...; a constant, "not known" */
	bool known;         /* it is one whose pages do not repeat */
	bool keeps_log;     /* what its pages lack may be in a log beside it */
	bool unsure;        /* a log beside it has what its pages lack; set by the caller */
	uint64_t pages;     /* read */
	uint64_t found[PAGE_SCAN_SORTS];
	struct page_scan_run runs[PAGE_SCAN_RUNS];
	size_t run_count; /* of those found, that were kept */
};

/* Scans an open file, from its beginning; it has to be seekable. Returns 0 or -errno (not
 * reported). */
int page_scan_file(struct page_scan *scan, int fd);

/* Whether what was found is damage, rather than content that repeats: all sorts but
 * PAGE_SCAN_EQUAL, and PAGE_SCAN_SHIFTED in files whose format is known only. Nothing is where a
 * file is unsure. */
bool page_scan_damaged(const struct page_scan *scan);

/* Whether an SQLite database at `path` has a log beside it, -wal or -journal, that is not empty:
 * what that holds is not in the database yet. */
bool page_scan_has_log(const char *path);

/* A run in words: "page 0x580 holds page 0x500: XOR 0x80, ...". Returns text. */
const char *page_scan_format(const struct page_scan_run *run, char *text, size_t size);

#endif
