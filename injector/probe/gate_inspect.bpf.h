/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inspector: before each store of a split, it follows one slot of each part through the XArray
 * of the file, as a look-up would, and judges the folio found there. __folio_split() holds the
 * array's lock with interrupts off there, so only references can change meanwhile. Part of
 * gate.bpf.c.
 */
#ifndef INJECTOR_PROBE_GATE_INSPECT_BPF_H
#define INJECTOR_PROBE_GATE_INSPECT_BPF_H

#include "injector/probe/gate_folio.bpf.h"
#include "injector/probe/split_parts.h"

/* Six levels of an XArray, 2^36 pages. An entry with 2 in its low bits is a node if above 4096. If
 * it is below the number of slots of a node, it is a sibling: the number of the slot with the
 * entry. See include/linux/xarray.h. */
enum { XA_LEVELS = 6, XA_INTERNAL_BITS = 3, XA_INTERNAL = 2, XA_NODE_MIN = 4096 };

struct walk {
	struct address_space *mapping;
	__u64 original; /* address of the folio that is being split */
	__u64 first;    /* its first page */
	__u32 order, last, at;
	__u32 slots, wrong, errors; /* counts so far */
	__u32 parts;                /* a bit for each part with a wrong slot */
	struct gate_slot slot;      /* the first wrong one */
};

static __always_inline bool is_internal(__u64 entry)
{
	return (entry & XA_INTERNAL_BITS) == XA_INTERNAL;
}

static __always_inline int read_slot(__u64 node, __u64 number, __u64 *entry)
{
	__u64 at = node + bpf_core_field_offset(struct xa_node, slots) + number * sizeof(*entry);

	return bpf_probe_read_kernel(entry, sizeof(*entry), (const void *)at);
}

/* Reads the entry of a page in a node, through a sibling. Returns not 0 if it cannot be read. */
static __always_inline int descend(__u64 node, __u64 page, __u64 *entry)
{
	const __u64 count = bpf_core_field_size(struct xa_node, slots) / sizeof(*entry);
	__u8 shift = 0;

	if (bpf_core_read(&shift, sizeof(shift), &((const struct xa_node *)node)->shift) ||
	    read_slot(node, page >> (shift & 63) & (count - 1), entry))
		return -1;
	if (is_internal(*entry) && *entry >> 2 < count)
		return read_slot(node, *entry >> 2, entry);
	return 0;
}

/* Finds the folio to which the slot of a page leads; 0: none, or a shadow entry. Returns 0, or -1
 * if the slot cannot be followed. */
static __always_inline int follow(const struct address_space *mapping, __u64 page, __u64 *folio)
{
	if (bpf_core_read(folio, sizeof(*folio), &mapping->i_pages.xa_head))
		return -1;
	for (int level = 0; level < XA_LEVELS; level++) {
		if (!is_internal(*folio))
			break;
		if (*folio <= XA_NODE_MIN || descend(*folio - XA_INTERNAL, page, folio))
			return -1;
	}
	if (is_internal(*folio))
		return -1;
	if (*folio & 1)
		*folio = 0;
	return 0;
}

/*
 * Returns 1 if the folio can be referenced and does not contain the page; 0 if it contains the page
 * or is the frozen one that is being split; -1 if it cannot be read, or is another frozen folio:
 * then nothing is known of the slot.
 */
static __always_inline int is_misplaced(const struct folio *folio, __u64 original,
					struct gate_slot *slot)
{
	bool contains;

	if (bpf_core_read(&slot->refcount, sizeof(slot->refcount), &folio->_refcount.counter) ||
	    bpf_core_read(&slot->folio, sizeof(slot->folio), &folio->index))
		return -1;
	slot->order = folio_order(folio);
	contains = slot->page - slot->folio < 1ULL << (slot->order & 63);
	if (!contains && slot->refcount <= 0 && (__u64)folio != original)
		return -1;
	return !contains && slot->refcount > 0;
}

static long inspect_part(__u32 turn, struct walk *walk)
{
	__u32 part = (walk->last + turn) & 31;
	struct gate_slot slot = { .page = walk->first };
	__u64 folio = 0;
	int misplaced;

	slot.page += split_part_first(walk->order, walk->last, walk->at, part);
	slot.page += (1U << split_part_order(walk->order, walk->last, part)) - 1;
	walk->slots++;
	/* All slots of a folio are in use during its split: an empty one was not followed right. */
	if (follow(walk->mapping, slot.page, &folio) || !folio) {
		walk->errors++;
		return 0;
	}
	misplaced = is_misplaced((const struct folio *)folio, walk->original, &slot);
	if (misplaced < 0)
		walk->errors++;
	if (misplaced <= 0)
		return 0;
	if (!walk->wrong++)
		walk->slot = slot;
	walk->parts |= 1U << part;
	return 0;
}

static __always_inline void say_misplaced(const struct split *split)
{
	struct gate_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		add(&counts.lost, 1);
		return;
	}
	*event = (struct gate_event){
		.time = bpf_ktime_get_ns(),
		.type = GATE_EVENT_MISPLACED,
		.file = split->file,
		.page = split->slot.page,
		.folio = split->slot.folio,
		.order = split->slot.order,
		.refcount = split->slot.refcount,
	};
	bpf_ringbuf_submit(event, 0);
}

/* Inspects one slot of each part. A uniform split has no parts: it stores folios of one order, and
 * its slots lead to the frozen folio meanwhile in every version. */
static __always_inline void inspect(struct split *split)
{
	struct walk walk = {
		.mapping = (struct address_space *)split->mapping,
		.original = split->folio,
		.first = split->index,
		.order = split->order,
		.last = split->last,
		.at = split->at,
	};
	__u32 parts;

	if (split->uniform || split->order > SPLIT_ORDER_MAX || split->last >= split->order)
		return;
	parts = split->order - split->last + 1;
	if (bpf_loop(parts, inspect_part, &walk, 0) != parts)
		walk.errors++;
	add(&counts.slots_inspected, walk.slots);
	add(&counts.inspect_errors, walk.errors);
	add(&counts.slots_misplaced, walk.wrong);
	split->stores++;
	split->errors += walk.errors;
	if (walk.wrong && !split->parts) {
		split->slot = walk.slot;
		say_misplaced(split);
	}
	split->parts |= walk.parts;
}

#endif
