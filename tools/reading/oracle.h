/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle knows what a page must contain. It judges one page that a reader read, from the views
 * of its region before and after the access. It is exact: bytes that were valid at some instant in
 * between are never wrong; bytes of another page, file or earlier time always are.
 *
 * In a file with content of its own, only that content is allowed. In stamped files, each byte may
 * be:
 *   - of the stamp of any generation between the two views;
 *   - zero in a hole, once its punch has begun; if it ended before the access, it must be zero;
 *   - zero anywhere, if a refill (which empties the region first) overlapped the access.
 *
 * A change during the reader's copy may cut it, even within a word. If each byte of a word is
 * allowed but the word is not, the word counts as cut, if there are few such words in the page. The
 * words of another page often differ in a single byte, which is zero.
 */
#ifndef TOOLS_READING_ORACLE_H
#define TOOLS_READING_ORACLE_H

#include "injector/storm/target.h"
#include "tools/reading/stamp.h"

enum wrong_class {
	WRONG_NONE,
	WRONG_OTHER_PAGE, /* a page of the same file, whole */
	WRONG_ZEROS,
	WRONG_OLD_GENERATION, /* the right page, but from before a refill or the hole */
	WRONG_OTHER_FILE,
	WRONG_TORN,     /* a mixture of right parts, zeros, and parts of other stamped pages */
	WRONG_BIT_FLIP, /* one bit */
	WRONG_GARBAGE,  /* bytes without a stamp */
	WRONG_OUTPUT,   /* the result of a program differs from the undisturbed one */
	WRONG_OUTCOME,  /* a step of a scripted thread had an unexpected outcome, or no end */
	WRONG_MISSING,  /* no page, though there must be one: SIGBUS, a short read or an error */
	WRONG_CLASSES,
};

/* Their names in messages and results: "other-page", "zeros", ... */
extern const char *const wrong_class_names[WRONG_CLASSES];

struct judgement {
	enum wrong_class class;
	struct stamp expected;    /* generation: that of the view before */
	struct stamp got;         /* of the first wrong word with a stamp; else all 0 */
	uint32_t wrong_bytes;     /* their number */
	uint32_t first_wrong;     /* offset in the page, bytes */
	uint64_t page_xor;        /* WRONG_OTHER_PAGE: expected.page ^ got.page; else 0 */
	unsigned int folio_order; /* WRONG_OTHER_PAGE: order of the smallest folio that can contain
				     both pages; else 0 */
};

/* With more generations between two views, only the page's number is checked. */
enum { ORACLE_GENERATIONS = 16 };

/* Most words of a page that may be cut. */
enum { ORACLE_CUTS = STAMP_WORDS / 4 };

/*
 * Judges the page at `offset` (bytes from the start of the region, a multiple of the page size).
 * page: STAMP_WORDS words as read; NULL: there was no page. before, after: the view before and the
 * sequence after the access. Returns 1 with the judgement filled in; 0: it cannot be judged, as too
 * many generations passed and the page is not clearly another one, or as cut words look like words
 * of another page.
 */
int oracle_judge(const struct region *region, uint64_t offset, const uint64_t *page,
		 const struct region_view *before, uint64_t after, struct judgement *judgement);

/*
 * Judges a page without a region: each byte may be that of the stamp `expected` (if data) or zero
 * (if zeros). page: NULL: there was none, though there must be one. The caller fills the unread
 * rest of a page with right bytes. A page that cannot be judged counts as right.
 */
void oracle_judge_page(const struct stamp *expected, bool data, bool zeros, const uint64_t *page,
		       struct judgement *judgement);

/*
 * The same for any of `count` stamps, up to ORACLE_GENERATIONS. expected: for the judgement.
 * Returns as oracle_judge().
 */
int oracle_judge_stamps(const struct stamp *stamps, size_t count, bool zeros, struct stamp expected,
			const uint64_t *page, struct judgement *judgement);

#endif
