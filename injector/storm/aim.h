/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aim model: which pages of a large folio a lock-free look-up can get wrong while the kernel
 * splits that folio for a hole punch, and where to punch and read to see it.
 *
 * It models __split_unmapped_folio() and __folio_split() in mm/huge_memory.c, from v6.15 up to
 * commit 577a1f495fd7 ("mm/huge_memory: fix a folio_split() race condition with folio_try_get()"),
 * and the two splits of truncate_inode_partial_folio() in mm/truncate.c. Page numbers start at 0,
 * the first page of the folio; a folio of order n has 2^n pages.
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
	/* Wrong pages that can be served for one page: one per level, two shapes, two splits. */
	AIM_SERVED_MAX = 4 * AIM_ORDER_MAX,
};

/*
 * How "store in the page cache" and "unfreeze" interleave. A set of bits: AIM_BOTH selects pages
 * that are wrong with either shape, for a test that works on every affected kernel.
 */
enum aim_shape {
	AIM_BATCHED = 1,     /* all levels first, then unfreeze one by one: 6.17 and later */
	AIM_INTERLEAVED = 2, /* unfreeze level by level: 6.15 and 6.16 */
	AIM_BOTH = AIM_BATCHED | AIM_INTERLEAVED,
};

/* "batched", "interleaved" or "both"; a constant string. */
const char *aim_shape_name(enum aim_shape shape);

/*
 * The shape of a kernel's split. Kernels that are fixed or older than 6.15 get AIM_BATCHED, so that
 * the same test runs there.
 */
enum aim_shape aim_shape_of(const struct kernel_version *kernel);

/*
 * Whether the kernel has the race by its version: 6.15 to 6.18.19 (6.15 to 6.17 were never fixed),
 * 6.19 to 6.19.8, 7.0-rc1 to rc3. Does not know of a vendor's backport of the split or the fix.
 */
bool aim_affected(const struct kernel_version *kernel);

/* A punch of `count` pages from page `first` on, in a folio of `order`. */
struct aim_punch {
	unsigned int order;
	unsigned int first;
	unsigned int count;
};

/*
 * Finds the pages that a look-up during the punch can get wrong, maybe including punched pages.
 * exposed: 2^order entries, all set; may be NULL. Returns the number of exposed pages, 0 if the
 * punch covers the whole folio (it is then dropped, not split); -EINVAL for an order above
 * AIM_ORDER_MAX, no pages, or pages outside the folio.
 */
int aim_exposed(enum aim_shape shape, const struct aim_punch *punch, bool *exposed);

/*
 * Finds the pages that a look-up of `page` can return instead. served: room for AIM_SERVED_MAX,
 * filled in the order in which the kernel passes through them (batched before interleaved), without
 * repetition. Returns how many, 0 if the page is not exposed; -EINVAL as for aim_exposed(), or for
 * a page outside the folio.
 */
int aim_served(enum aim_shape shape, const struct aim_punch *punch, unsigned int page,
	       unsigned int *served);

/*
 * Finds the part of the folio that contains `page` after both splits. order: set to the part's.
 * Returns the part's first page; -EINVAL as for aim_served().
 */
int aim_part(const struct aim_punch *punch, unsigned int page, unsigned int *order);

/*
 * Finds the exposed pages that readers should read. They are outside the punched range, and served
 * as at least one page outside of it: the kernel zeroes the range before the split, and zeros are
 * easily mistaken for the hole. For the batched shape, they are those that are wrong for longest.
 * preferred: 2^order entries, all set; may be NULL. Returns how many; -EINVAL as for aim_exposed().
 */
int aim_preferred(enum aim_shape shape, const struct aim_punch *punch, bool *preferred);

/*
 * Finds where to punch `count` pages so that the most pages outside them are served wrongly as live
 * neighbours. One page is punched at middle + 1 (batched), at the end (interleaved) or at three
 * quarters + 1 (both); for more, a search takes up to pages^2 steps, so plan once, not for each
 * punch. Returns the first page; -ENODATA no place in a folio of this order exposes a page worth
 * reading; -EINVAL as for aim_exposed().
 */
int aim_best(enum aim_shape shape, unsigned int order, unsigned int count);

/*
 * The kernel splits twice for one punch: at its first page, and then, the folio that remains there,
 * at the page after the punch. first: set to the first page of that second folio. Returns its
 * order; -ENODATA if the punch reaches to the end and the second split is not needed; -EINVAL as
 * for aim_exposed().
 */
int aim_second_split(const struct aim_punch *punch, unsigned int *first);

enum aim_kind {
	AIM_KIND_AUTO,   /* the best place for the kernel's shape */
	AIM_KIND_SHAPE,  /* the best place for `shape` */
	AIM_KIND_RANDOM, /* any page of the folio */
	AIM_KIND_EVERY,  /* multiples of `number` in turn */
	AIM_KIND_RANGE,  /* pages `number` to `last` in turn */
	AIM_KIND_PAGE,   /* page `number` */
};

/* Where a storm punches, as a scenario states it. */
struct aim {
	enum aim_kind kind;
	enum aim_shape shape; /* AIM_KIND_SHAPE only */
	unsigned int number;  /* AIM_KIND_EVERY, _RANGE and _PAGE only; pages */
	unsigned int last;    /* AIM_KIND_RANGE only */
};

/* The values that aim_parse() accepts, for messages. */
#define AIM_ALLOWED                                                                                \
	"auto, batched, interleaved, both, random, every:N with N from 1, pages of the folio "     \
	"such "                                                                                    \
	"as 16-17, or one of them"

/*
 * Parses "auto", "batched", "interleaved", "both", "random", "every:N", "A-B" or a page number.
 * aim: set on success only. why: on failure, a clause that says what is wrong and what is allowed,
 * cut to `size` bytes. Returns 0; -EINVAL.
 */
int aim_parse(const char *text, struct aim *aim, char *why, size_t size);

/* Whether the aim gives the same page for each punch of folios of one order. */
static inline bool aim_is_fixed(const struct aim *aim)
{
	return aim->kind != AIM_KIND_RANDOM && aim->kind != AIM_KIND_EVERY &&
	       aim->kind != AIM_KIND_RANGE;
}

/* Writes the aim as aim_parse() accepts it. Returns text, which holds `size` bytes. */
const char *aim_format(const struct aim *aim, char *text, size_t size);

/* The shape whose pages readers should read: the aim's, or the kernel's if it names none. */
enum aim_shape aim_shape_for(const struct aim *aim, const struct kernel_version *kernel);

/*
 * Chooses the first page of a punch of `count` pages in a folio of `order`, so that the punch ends
 * within the folio. value: a random number for "random"; the number of the punch for "every:N" and
 * "A-B", which walk over the pages in turn; else unused. Returns the page; -ENODATA as aim_best();
 * -ERANGE a page that the aim names leaves no room for the punch; -EINVAL as for aim_exposed().
 */
int aim_plan(const struct aim *aim, const struct kernel_version *kernel, unsigned int order,
	     unsigned int count, uint64_t value);

#endif
