/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aim model: which pages of a large folio a lock-free look-up can get wrong while the kernel
 * splits that folio for a hole punch, and where to punch and read to see it.
 *
 * The model is of __split_unmapped_folio() and __folio_split() in mm/huge_memory.c, from v6.15 up
 * to commit 577a1f495fd7 ("mm/huge_memory: fix a folio_split() race condition with
 * folio_try_get()"), and of the two splits that truncate_inode_partial_folio() in mm/truncate.c
 * makes. Pages are counted from the start of the folio; a folio of order n has 2^n of them.
 */
#ifndef INJECTOR_STORM_AIM_H
#define INJECTOR_STORM_AIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "injector/base/kernel.h"

enum {
	AIM_ORDER_MAX = 13,
	AIM_PAGES_MAX = 1 << AIM_ORDER_MAX,
	/* Wrong pages that one page can be served as: one a level, two shapes, two splits. */
	AIM_SERVED_MAX = 4 * AIM_ORDER_MAX,
};

/*
 * How "store in the page cache" and "unfreeze" interleave. A set of bits: AIM_BOTH asks for what
 * holds for either shape, for a test that is to work on every affected kernel.
 */
enum aim_shape {
	AIM_BATCHED = 1,     /* all levels first, then unfreeze one by one: 6.17 and later */
	AIM_INTERLEAVED = 2, /* unfreeze level by level: 6.15 and 6.16 */
	AIM_BOTH = AIM_BATCHED | AIM_INTERLEAVED,
};

/* "batched", "interleaved" or "both"; a constant string. */
const char *aim_shape_name(enum aim_shape shape);

/*
 * The shape of a kernel's split. Kernels that are not affected get the one they would have: batched
 * for the fixed ones, and for those before 6.15, so that the same test runs there.
 */
enum aim_shape aim_shape_of(const struct kernel_version *kernel);

/*
 * Whether the kernel has the race by its version: 6.15 to 6.18.19 (6.15 to 6.17 were never fixed),
 * 6.19 to 6.19.8, 7.0-rc1 to rc3. A vendor's backport, of the split or of the fix, is not seen.
 */
bool aim_affected(const struct kernel_version *kernel);

/* A punch of `count` pages from page `first` on, in a folio of `order`. */
struct aim_punch {
	unsigned int order;
	unsigned int first;
	unsigned int count;
};

/*
 * The pages that a look-up during the punch can get wrong; the punched pages themselves may be
 * among them. exposed: 2^order entries, all set; may be NULL. Returns how many are exposed, 0 when
 * the punch covers the whole folio (it is then dropped, not split); -EINVAL for an order above
 * AIM_ORDER_MAX, no pages, or pages outside the folio.
 */
int aim_exposed(enum aim_shape shape, const struct aim_punch *punch, bool *exposed);

/*
 * The pages that a look-up of `page` can return instead. served: room for AIM_SERVED_MAX, filled in
 * the order in which the kernel passes through them, without repetition. Returns how many, 0 when
 * the page is not exposed; -EINVAL as for aim_exposed(), or when the page is outside the folio.
 */
int aim_served(enum aim_shape shape, const struct aim_punch *punch, unsigned int page,
	       unsigned int *served);

/*
 * The part of the folio that `page` is in when both splits are through. order: set to the part's.
 * Returns its first page; -EINVAL as for aim_served().
 */
int aim_part(const struct aim_punch *punch, unsigned int page, unsigned int *order);

/*
 * The exposed pages worth a reader's time: outside the punched range, served as at least one page
 * outside it (the kernel zeroes the punched range before it splits, and zeros are easily taken for
 * the hole), and, for the batched shape, of those the ones that are wrong for longest.
 * preferred: 2^order entries, all set; may be NULL. Returns how many; -EINVAL as for aim_exposed().
 */
int aim_preferred(enum aim_shape shape, const struct aim_punch *punch, bool *preferred);

/*
 * Where to punch `count` pages so that most pages outside them are served wrongly as live
 * neighbours: for one page middle + 1 (batched), the last (interleaved) or three quarters + 1
 * (both), for more a search of up to pages^2 steps. So plan once, not for each punch.
 * Returns the first page; -ENODATA when no place in a folio of this order exposes anything worth
 * reading; -EINVAL as for aim_exposed().
 */
int aim_best(enum aim_shape shape, unsigned int order, unsigned int count);

enum aim_kind {
	AIM_KIND_AUTO,   /* the best place for the kernel's shape */
	AIM_KIND_SHAPE,  /* the best place for `shape` */
	AIM_KIND_RANDOM, /* anywhere in the folio */
	AIM_KIND_EVERY,  /* a multiple of `number` */
	AIM_KIND_RANGE,  /* pages `number` to `last` in turn */
	AIM_KIND_PAGE,   /* page `number` */
};

/* Where a storm punches, as a scenario writes it. */
struct aim {
	enum aim_kind kind;
	enum aim_shape shape; /* AIM_KIND_SHAPE only */
	unsigned int number;  /* AIM_KIND_EVERY, _RANGE and _PAGE only; pages */
	unsigned int last;    /* AIM_KIND_RANGE only */
};

/* What aim_parse() reads, in words. */
#define AIM_ALLOWED                                                                                \
	"auto, batched, interleaved, both, random, every:N with N from 1, pages of the folio "     \
	"such "                                                                                    \
	"as 16-17, or one of them"

/*
 * Reads "auto", "batched", "interleaved", "both", "random", "every:N", "A-B" or a page number.
 * aim: set on success only. why: on failure, a clause that says what is wrong and what is allowed,
 * cut to `size` bytes. Returns 0; -EINVAL.
 */
int aim_parse(const char *text, struct aim *aim, char *why, size_t size);

/* Whether the aim is the same page at each punch of folios of one order. */
static inline bool aim_is_fixed(const struct aim *aim)
{
	return aim->kind != AIM_KIND_RANDOM && aim->kind != AIM_KIND_EVERY &&
	       aim->kind != AIM_KIND_RANGE;
}

/* Writes the aim as aim_parse() reads it. Returns text, which holds `size` bytes. */
const char *aim_format(const struct aim *aim, char *text, size_t size);

/* The shape whose pages readers should read: the aim's own, or the kernel's when it names none. */
enum aim_shape aim_shape_for(const struct aim *aim, const struct kernel_version *kernel);

/*
 * The first page of one punch of `count` pages in a folio of `order`. value: a random number for
 * "random"; for "every:N" and "A-B" it picks the page, so the number of the punch walks over them
 * in turn; else unused. The page is chosen so that the punch ends within the folio. Returns the
 * page; -ENODATA as aim_best(); -ERANGE when a page that the aim names leaves no room for the
 * punch; -EINVAL as for aim_exposed().
 */
int aim_plan(const struct aim *aim, const struct kernel_version *kernel, unsigned int order,
	     unsigned int count, uint64_t value);

#endif
