/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: what a page must be now. It judges one page that a reader took, from the views of its
 * region before and after the access, and is exact: bytes that the rules of the file allow at some
 * instant in between are never called wrong, bytes of another page, file or earlier time always
 * are.
 *
 * Of a copy what it copied is allowed, and nothing else. Of stamped files, byte for byte:
 *   - the stamp of each generation between the two views;
 *   - zeros in a hole, once its punch has begun; nothing but zeros when it had ended before the
 * access;
 *   - zeros anywhere, when a refill (which empties the region first) overlapped the access.
 *
 * A copy that one of these overtakes is cut, maybe within a word. Where each byte of a word is
 * right and the word is not, that is what it is, as long as it happens to a few words of the page:
 * a page of another place often differs in one byte of each word alone, and that byte is a zero.
 */
#ifndef TOOLS_READING_ORACLE_H
#define TOOLS_READING_ORACLE_H

#include "injector/storm/target.h"
#include "tools/reading/stamp.h"

enum wrong_class {
	WRONG_NONE,
	WRONG_OTHER_PAGE, /* a page of the same file, whole */
	WRONG_ZEROS,
	WRONG_OLD_GENERATION, /* the right page of an earlier time, before a refill or the hole */
	WRONG_OTHER_FILE,
	WRONG_TORN,     /* parts that are right or come from pages of stamps, mixed */
	WRONG_BIT_FLIP, /* one bit */
	WRONG_GARBAGE,  /* bytes that nobody stamped */
	WRONG_OUTPUT,   /* a program printed something else than when it was not disturbed */
	WRONG_OUTCOME,  /* a step of a scripted thread ended otherwise than it has to, or did not */
	WRONG_MISSING, /* no bytes at all: SIGBUS, short read or an error where there must be a page
			*/
	WRONG_CLASSES,
};

/* As they stand in messages and results: "other-page", "zeros", ... */
extern const char *const wrong_class_names[WRONG_CLASSES];

struct judgement {
	enum wrong_class class;
	struct stamp expected; /* generation: of the view before */
	struct stamp got;      /* of the first wrong word; all 0 where it is no stamp */
	uint32_t wrong_bytes;  /* of the page */
	uint32_t first_wrong;  /* byte of the page */
	uint64_t page_xor;     /* expected page ^ page got, for another page of the file, else 0 */
	unsigned int folio_order; /* the smallest folio that holds both pages; for another page of
				     the file, else 0 */
};

/* More generations than this between two views: no more is known than which page it is. */
enum { ORACLE_GENERATIONS = 16 };

/* Words of a page that may be cut: no copy is overtaken more often than that. */
enum { ORACLE_CUTS = STAMP_WORDS / 4 };

/*
 * Judges the page at `offset` (bytes from the start of the region, a multiple of the page size).
 * page: STAMP_WORDS words as read, or NULL when the access failed; before, after: the views around
 * it. Returns 1 judged, with the judgement filled in; 0 when it cannot be: too many generations
 * passed meanwhile and it is not plainly another page, or words that are cut look like those of
 * another page.
 */
int oracle_judge(const struct region *region, uint64_t offset, const uint64_t *page,
		 const struct region_view *before, uint64_t after, struct judgement *judgement);

/*
 * Judges a page without a region: each byte may be as stamped with `expected` (if data), zero (if
 * zeros), or either. page: NULL when there must be one and was none. A page that is partly read
 * holds, in the rest, what is right. What cannot be judged counts as right.
 */
void oracle_judge_page(const struct stamp *expected, bool data, bool zeros, const uint64_t *page,
		       struct judgement *judgement);

/*
 * The same with any of `count` stamps, up to ORACLE_GENERATIONS. expected: named in the judgement.
 * Returns 1, or 0 when it cannot be judged, as oracle_judge().
 */
int oracle_judge_stamps(const struct stamp *stamps, size_t count, bool zeros, struct stamp expected,
			const uint64_t *page, struct judgement *judgement);

#endif
