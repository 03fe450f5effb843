/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The splits of the run's files: freeze, levels, stores, outcome. Part of gate.bpf.c. */
#ifndef INJECTOR_PROBE_GATE_SPLIT_BPF_H
#define INJECTOR_PROBE_GATE_SPLIT_BPF_H

#include "injector/probe/gate_folio.bpf.h"
#include "injector/probe/gate_hold.bpf.h"
#include "injector/probe/gate_inspect.bpf.h"

#define EAGAIN 11

/*
 * A punch makes up to two splits: of a folio, and then of one of its parts. A split of a smaller
 * folio within the one that the thread split last belongs to the same punch: a region that is
 * punched again was refilled before, so its folio is as large again.
 */
static __always_inline void note_punch(__u32 thread, const struct range *range, __u64 mapping)
{
	struct punch *last = bpf_map_lookup_elem(&punches, &thread);
	struct punch punch = { mapping, range->first, range->count, 0 };

	if (!last || last->mapping != mapping || range->first - last->first >= last->count ||
	    range->count >= last->count)
		bpf_map_update_elem(&punches, &thread, &punch, BPF_ANY);
}

static __always_inline void count_passage(__u32 thread)
{
	struct punch *punch = bpf_map_lookup_elem(&punches, &thread);

	if (!punch || punch->passed)
		return;
	punch->passed = 1;
	add(&counts.passages, 1);
}

/* new_order: of the smallest parts. page: address of the struct page at which it is split. Both
 * valid with config.parts. */
static __always_inline int split_begins(struct folio *folio, __u64 new_order, __u64 page)
{
	struct bpf_pidns_info me = whoami();
	struct address_space *mapping;
	unsigned long flags;
	struct split split = { .frozen_at = 0 };
	struct range range = { .state = RANGE_BEGUN };
	__u32 *file;

	if (!me.tgid || !bpf_map_lookup_elem(&processes, &me.tgid))
		return 0;
	mapping = BPF_CORE_READ(folio, mapping);
	/* The low bits are set for anonymous memory. */
	if (!mapping || (unsigned long)mapping & 3)
		return 0;
	file = file_of(mapping);
	if (!file)
		return 0;
	flags = folio_flags(folio);
	split.mapping = (__u64)mapping;
	split.index = BPF_CORE_READ(folio, index);
	split.order = folio_order(folio);
	split.file = *file;
	split.folio = (__u64)folio;
	split.dirty = has_flag(flags, bpf_core_enum_value(enum pageflags, PG_dirty));
	split.writeback = has_flag(flags, bpf_core_enum_value(enum pageflags, PG_writeback));
	if (config.parts) {
		split.last = new_order;
		split.at = (page - (__u64)folio) / bpf_core_type_size(struct page);
	}
	range.first = split.index;
	range.count = 1ULL << (split.order & 31);
	range.order = split.order;
	range.at = split.at;
	range.last = split.last;
	note(&splits, &me.pid, &split);
	note(&splitting, &split.mapping, &range);
	note_punch(me.pid, &range, split.mapping);
	add(&counts.splits, 1);
	return 0;
}

static __always_inline struct split *split_of_this_thread(struct bpf_pidns_info *me)
{
	*me = whoami();
	return me->pid ? bpf_map_lookup_elem(&splits, &me->pid) : NULL;
}

static __always_inline __u64 meet_time(void)
{
	return config.meet < GATE_HOLD_MAX ? config.meet : GATE_HOLD_MAX;
}

/* One level of the split, while the folio (batched) or the rest of it (interleaved) is frozen. */
static __always_inline int split_level(__u32 old_order, __u32 new_order)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);
	struct range *range;

	if (!split)
		return 0;
	if (!split->frozen_at) {
		split->frozen_at = bpf_ktime_get_ns();
		split->uniform = old_order - new_order != 1;
		range = range_of(split->mapping);
		if (range) {
			range->uniform = split->uniform;
			range->state = RANGE_FROZEN;
		}
		if (config.meet)
			HOLD_UNTIL(until_met, split->mapping, meet_time());
	}
	split->levels++;
	add(&counts.levels, 1);
	/* Not for a uniform split, which has one level. */
	if (old_order - new_order == 1)
		hold(config.split);
	return 0;
}

static __always_inline void set_state(const struct split *split, enum range_state state)
{
	struct range *range = range_of(split->mapping);

	if (range)
		range->state = state;
}

/* A part was unfrozen, and the next one is about to be stored. */
static __always_inline int split_store(void)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);

	if (!split)
		return 0;
	if (!split->stored_at)
		set_state(split, RANGE_STORING);
	if (config.inspect)
		inspect(split);
	split->stored_at = bpf_ktime_get_ns();
	return 0;
}

/* Ends the window; if stores are not seen, at the present time. */
static __always_inline void thaw(struct split *split)
{
	if (!split->frozen_at)
		return;
	if (!split->stored_at)
		split->stored_at = bpf_ktime_get_ns();
	set_state(split, RANGE_STORED);
}

/* The first part is released: the last store is done. */
static __always_inline int split_stored(void)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);

	if (split)
		thaw(split);
	return 0;
}

static __always_inline __u32 outcome_of(const struct split *split, int error)
{
	if (!error)
		return GATE_SPLIT;
	if (split->writeback)
		return GATE_FAILED_WRITEBACK;
	if (split->dirty)
		return GATE_FAILED_DIRTY;
	return error == -EAGAIN ? GATE_FAILED_REFERENCE : GATE_FAILED_OTHER;
}

static __always_inline __u32 bucket_of(__u64 time)
{
	__u32 bucket = 0;

#pragma unroll
	for (__u32 n = 1; n < GATE_BUCKETS; n++)
		if (time >> n)
			bucket = n;
	return bucket;
}

static __always_inline void count_split(const struct split *split, __u32 outcome, __u64 window)
{
	__u32 bucket = bucket_of(window);

	if (outcome == GATE_SPLIT)
		add(&counts.succeeded, 1);
	else if (outcome < GATE_FAILURES)
		add(&counts.failed[outcome], 1);
	if (split->frozen_at && bucket < GATE_BUCKETS)
		add(&counts.window[bucket], 1);
}

/*
 * Whether slots of all parts were inspected before all stores, and some part was exposed: a split
 * at two or more smallest parts from the start exposes one with either shape.
 */
static __always_inline bool is_inspected(const struct split *split, __u32 outcome)
{
	__u32 stores = split->order - split->last;

	return outcome == GATE_SPLIT && !split->uniform && stores && split->levels == stores &&
	       split->stores == stores && !split->errors && split->at >> (split->last & 31) >= 2;
}

/* folio: the one that was to be split, or NULL where it is not known any more (kretprobe). As with
 * a look-up, another split's begin may be the last that was seen. */
static __always_inline int split_ends(const struct folio *folio, int error)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);
	struct gate_event *event;
	struct range *range;
	__u32 outcome, exposed;
	bool inspected;
	__u64 window;

	if (!split)
		return 0;
	if (folio && split->folio != (__u64)folio) {
		bpf_map_delete_elem(&splitting, &split->mapping);
		bpf_map_delete_elem(&splits, &me.pid);
		return 0;
	}
	thaw(split);
	outcome = outcome_of(split, error);
	window = split->stored_at - split->frozen_at;
	range = range_of(split->mapping);
	exposed = range ? range->exposed : 0;
	inspected = is_inspected(split, outcome);
	count_split(split, outcome, window);
	add(&counts.splits_inspected, inspected);
	add(&counts.splits_misplaced, split->parts != 0);
	if (outcome == GATE_SPLIT && exposed)
		count_passage(me.pid);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		*event = (struct gate_event){
			.time = bpf_ktime_get_ns(),
			.type = GATE_EVENT_SPLIT,
			.file = split->file,
			.page = split->index,
			.order = split->order,
			.levels = split->levels,
			.window = window,
			.frozen_at = split->frozen_at,
			.outcome = outcome,
			.error = error,
			.frozen_exposed = exposed,
			.split_at = split->at,
			.stores = split->stores,
			.inspected = inspected,
			.misplaced = split->parts,
			.slot = split->slot,
		};
		bpf_ringbuf_submit(event, 0);
	} else {
		add(&counts.lost, 1);
	}
	bpf_map_delete_elem(&splitting, &split->mapping);
	bpf_map_delete_elem(&splits, &me.pid);
	return 0;
}

#endif
