/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts into which a non-uniform split divides a folio, and which of their pages are exposed:
 * the aim model of injector/storm/aim.h for a single split, small enough for the programs of
 * gate.bpf.c.
 *
 * Page numbers start at 0, the first page of the folio of 2^order pages; `at` is the page at which
 * it is split, and `last` the order of the smallest parts. Part k, from `last` to order - 1, is the
 * half of 2^k pages that the path to `at` does not take; part `order` is the one of 2^last pages
 * with `at`. All slots of a part lead to the same folio until it is stored, so one stands for all.
 */
#ifndef INJECTOR_PROBE_SPLIT_PARTS_H
#define INJECTOR_PROBE_SPLIT_PARTS_H

#include <linux/types.h>
#include <stdbool.h>

enum {
	SPLIT_ORDER_MAX = 13, /* AIM_ORDER_MAX */
	SPLITS_CLEAN = 20,    /* inspected splits required for a clean verdict */
	/* Bits of a shape, as in enum aim_shape. */
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

/* The part with that page of the folio. */
static inline __u32 split_part_of(__u32 order, __u32 last, __u32 at, __u32 page)
{
	__u32 apart = (page ^ at) >> last;

	return apart ? last + 31 - (__u32)__builtin_clz(apart) : order;
}

/* Sets all bits below the highest set bit. */
static inline __u32 split_bits_below(__u32 value)
{
	for (__u32 shift = 1; shift < 32; shift *= 2)
		value |= value >> shift;
	return value;
}

/*
 * Whether a look-up of the page during the split can get a wrong folio on an affected kernel, with
 * each shape whose bit is set (at least one).
 *
 * At each level, from `last` to order - 1, the upper half of the part that is split is exposed.
 * `at` is in it (right), or in the lower half (left). Bit operations find the levels at which the
 * page is in an upper half, all at once: in a loop over levels, the BPF verifier would follow
 * thousands of paths.
 */
static inline bool split_exposes(__u32 shape, __u32 order, __u32 last, __u32 at, __u32 page)
{
	__u32 apart = split_bits_below(page ^ at), lowest = 1U << (last & 31);
	/* The root stays frozen to the end: slots that lead to it are never wrong. */
	__u32 levels = split_bits_below(at) >> 1 & ((1U << SPLIT_ORDER_MAX) - 1) &
		       ((1U << (order & 31)) - 1) & ~(lowest - 1);
	__u32 right = levels & at & ~apart, left = levels & ~at & (apart ^ apart >> 1);
	__u32 batched = left | (right & lowest), interleaved = right | (left & lowest);

	return (batched || !(shape & SPLIT_BATCHED)) &&
	       (interleaved || !(shape & SPLIT_INTERLEAVED));
}

/* The exposed parts, a bit for each. */
static inline __u32 split_exposed_parts(__u32 shape, __u32 order, __u32 last, __u32 at)
{
	__u32 parts = 0;

	for (__u32 part = last; part <= order && part <= SPLIT_ORDER_MAX; part++)
		if (split_exposes(shape, order, last, at, split_part_first(order, last, at, part)))
			parts |= 1U << part;
	return parts;
}

#endif
