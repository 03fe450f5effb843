/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that one non-uniform split leaves of a folio, and which of their pages are exposed: the
 * aim model of injector/storm/aim.h for a single split, small enough for the programs of gate.bpf.c.
 *
 * Pages are counted from the start of the folio, of 2^order pages; `at` is the page that it is split
 * at, and `last` the order of the smallest parts. Part k, from `last` to order - 1, is the half of
 * 2^k pages that the way to `at` leaves behind; part `order` is the one of 2^last pages with `at`.
 * A part is one entry of the page cache until it is stored, so one of its slots stands for all.
 */
#ifndef INJECTOR_PROBE_SPLIT_PARTS_H
#define INJECTOR_PROBE_SPLIT_PARTS_H

#include <linux/types.h>
#include <stdbool.h>

enum {
	SPLIT_ORDER_MAX = 13, /* AIM_ORDER_MAX */
	/* Bits of a shape; enum aim_shape. */
	SPLIT_BATCHED = 1,
	SPLIT_INTERLEAVED = 2,
};

static inline __u32 split_part_order(__u32 order, __u32 last, __u32 part)
{
	return part < order ? part : last;
}

static inline __u32 split_part_first(__u32 order, __u32 last, __u32 at, __u32 part)
{
	return part < order ? (at >> part ^ 1) << part : at >> last << last;
}

/*
 * Whether a look-up of the page during the split can get a wrong folio, on an affected kernel of that
 * shape; of all of its shapes when there are several bits, at least one.
 */
static inline bool split_exposes(__u32 shape, __u32 order, __u32 last, __u32 at, __u32 page)
{
	bool batched = false, interleaved = false;

	for (__u32 level = 0; level < SPLIT_ORDER_MAX; level++) {
		bool right = at >> level & 1;
		bool upper = page >> level == (at >> level | 1);

		/* The root stays frozen to the end: slots that hold it never are wrong. */
		if (level < last || level >= order || !upper || !(at >> level >> 1))
			continue;
		batched |= !right || level == last;
		interleaved |= right || level == last;
	}
	return (batched || !(shape & SPLIT_BATCHED)) &&
	       (interleaved || !(shape & SPLIT_INTERLEAVED));
}

/* The exposed parts, a bit each. */
static inline __u32 split_exposed_parts(__u32 shape, __u32 order, __u32 last, __u32 at)
{
	__u32 parts = 0;

	for (__u32 part = last; part <= order && part <= SPLIT_ORDER_MAX; part++)
		if (split_exposes(shape, order, last, at, split_part_first(order, last, at, part)))
			parts |= 1U << part;
	return parts;
}

#endif
