/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a bisection over a line of kernels looks next. The line begins with the old end and ends
 * with the new one; somewhere between them the answer changes, once.
 */
#ifndef TOOLS_BISECT_BISECT_SEARCH_H
#define TOOLS_BISECT_BISECT_SEARCH_H

#include <stddef.h>

enum bisect_mark {
	BISECT_UNKNOWN,
	BISECT_OLD, /* as the old end is */
	BISECT_NEW, /* as the new end is */
	BISECT_SKIP,
};

/* What is known: the change is behind `old`, and at or before `new`. */
struct bisect_span {
	size_t old, new;
};

/* marks: `count` of them, at least two, the first BISECT_OLD and the last BISECT_NEW. */
struct bisect_span bisect_span(const enum bisect_mark *marks, size_t count);

/*
 * The kernel to try next: of those in the span that are not known, the one nearest to its middle,
 * the older of two. Returns `count` when there is none: then the change is at span.new, or, where
 * skipped ones are in between, at one of those.
 */
size_t bisect_next(const enum bisect_mark *marks, size_t count);

/* How many in the span are not known. */
size_t bisect_left(const enum bisect_mark *marks, size_t count);

/* How many of those have to be tried at most, none of them skipped. */
unsigned int bisect_steps(size_t left);

#endif
