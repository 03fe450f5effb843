/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses the next kernel of a bisection over a line of kernels, from the old end to the new end.
 * The answer changes once between them.
 */
#ifndef TOOLS_BISECT_BISECT_SEARCH_H
#define TOOLS_BISECT_BISECT_SEARCH_H

#include <stddef.h>

enum bisect_mark {
	BISECT_UNKNOWN,
	BISECT_OLD, /* like the old end */
	BISECT_NEW, /* like the new end */
	BISECT_SKIP,
};

/* The range that is left: the change is after `old`, and at or before `new`. */
struct bisect_span {
	size_t old, new;
};

/* The range by these marks. marks: `count`, at least two; the first is BISECT_OLD, the last
 * BISECT_NEW. */
struct bisect_span bisect_span(const enum bisect_mark *marks, size_t count);

/*
 * The next kernel to try: the unknown one nearest to the middle of the range, the older of two.
 * Returns `count` if there is none: the change is then at span.new, or at a skipped kernel before
 * it.
 */
size_t bisect_next(const enum bisect_mark *marks, size_t count);

/* Number of unknown kernels in the range. */
size_t bisect_left(const enum bisect_mark *marks, size_t count);

/* Most trials for so many unknown kernels, if none is skipped. */
unsigned int bisect_steps(size_t left);

#endif
