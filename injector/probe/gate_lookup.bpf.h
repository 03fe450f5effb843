/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-ups of the run's readers: compares the requested page with the returned folio, or with
 * each of several for a read. Fault-around (filemap_map_pages()) is not watched: it skips locked
 * folios, and the parts of a split stay locked to its end. Part of gate.bpf.c.
 */
#ifndef INJECTOR_PROBE_GATE_LOOKUP_BPF_H
#define INJECTOR_PROBE_GATE_LOOKUP_BPF_H

#include "injector/probe/gate_folio.bpf.h"
#include "injector/probe/gate_hold.bpf.h"
#include "injector/probe/split_parts.h"

/* The number of the reader for which this thread reads; GATE_READERS: none. */
static __always_inline __u32 reader_number(void)
{
	struct bpf_pidns_info me = whoami();
	__u32 *number = me.pid ? bpf_map_lookup_elem(&readers, &me.pid) : NULL;
	struct task_struct *task;
	__u64 mark;

	if (number)
		return *number;
	if (!config.marked)
		return GATE_READERS;
	task = (struct task_struct *)bpf_get_current_task();
	mark = BPF_CORE_READ(task, signal, rlim[GATE_MARK_LIMIT].rlim_cur);
	return mark - GATE_MARK < GATE_READERS ? mark - GATE_MARK : GATE_READERS;
}

/* The key of `lookups`: the thread ID in the initial PID namespace, since a marked process may be
 * in another namespace than the run. */
static __always_inline __u32 thread_number(void)
{
	return (__u32)bpf_get_current_pid_tgid();
}

/* Whether a page of a range is exposed. Older kernels do not split at a page: there all are. */
static __always_inline bool is_exposed(const struct range *range, __u32 page)
{
	if (!config.parts)
		return true;
	return !range->uniform &&
	       split_exposes(config.shape, range->order, range->last, range->at, page);
}

static __always_inline void count_arrival(struct range *range, __u32 page)
{
	__sync_fetch_and_add(&range->arrivals, 1);
	if (is_exposed(range, page))
		__sync_fetch_and_add(&range->exposed, 1);
}

static __always_inline int lookup_begins(struct address_space *mapping, unsigned long index,
					 struct folio_batch *batch)
{
	struct lookup lookup = { .mapping = mapping, .index = index, .batch = batch };
	__u32 thread = thread_number();
	__u64 key = (__u64)mapping;
	struct range *range;
	__u32 *file;

	if (reader_number() >= GATE_READERS)
		return 0;
	/* Drops a look-up whose end was missed: its page would be compared with this folio. */
	bpf_map_delete_elem(&lookups, &thread);
	file = file_of(mapping);
	if (!file)
		return 0;
	lookup.file = *file;
	range = range_of(key);
	if (range && index - range->first < range->count) {
		/* A look-up now would take a reference that makes the freeze fail. */
		if (config.split && range->state == RANGE_BEGUN)
			HOLD_UNTIL(until_frozen, key, GATE_HOLD_MAX);
		lookup.frozen = range->state == RANGE_FROZEN;
		if (lookup.frozen)
			count_arrival(range, index - range->first);
	}
	note(&lookups, &thread, &lookup);
	return 0;
}

static __always_inline void say_capture(const struct lookup *lookup, const struct folio *folio,
					__u32 reader)
{
	struct gate_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		add(&counts.lost, 1);
		return;
	}
	*event = (struct gate_event){
		.time = bpf_ktime_get_ns(),
		.type = GATE_EVENT_CAPTURE,
		.file = lookup->file,
		.page = lookup->index,
		.folio = BPF_CORE_READ(folio, index),
		.order = folio_order(folio),
		.reader = reader,
		.frozen = lookup->frozen,
	};
	bpf_ringbuf_submit(event, 0);
}

/* Judges a returned folio, which has a reference, so its index and order are stable. Returns
 * whether it lacks the page. */
static __always_inline bool judge(const struct lookup *lookup, const struct folio *folio,
				  __u32 reader)
{
	unsigned long first = BPF_CORE_READ(folio, index);

	if (reader >= GATE_READERS || lookup->index - first < 1UL << (folio_order(folio) & 31))
		return false;
	add(&counts.reader[reader].captures, 1);
	say_capture(lookup, folio, reader);
	return true;
}

struct batch_walk {
	struct lookup lookup; /* for the next folio */
	__u32 reader;
	__u32 captured;
};

/*
 * Judges the next folio of a batch, for the page after the previous folio. Stops at the first wrong
 * one, since filemap_get_read_batch() can then get the same folio for the same page until the batch
 * is full.
 */
static long judge_next(__u32 turn, struct batch_walk *walk)
{
	__u64 at = (__u64)walk->lookup.batch + bpf_core_field_offset(struct folio_batch, folios) +
		   turn * sizeof(struct folio *);
	struct folio *folio = NULL;

	if (bpf_probe_read_kernel(&folio, sizeof(folio), (const void *)at))
		return 1;
	walk->captured = judge(&walk->lookup, folio, walk->reader);
	if (walk->captured)
		return 1;
	walk->lookup.index = BPF_CORE_READ(folio, index) + (1UL << (folio_order(folio) & 31));
	walk->lookup.frozen = 0;
	return 0;
}

static __always_inline bool judge_batch(const struct lookup *lookup, __u32 count, __u32 reader)
{
	struct batch_walk walk = { .lookup = *lookup, .reader = reader };

	bpf_loop(count, judge_next, &walk, 0);
	return walk.captured;
}

/* Counts and judges the result: the folios of a batch, or one folio. Ignores none, an error, and a
 * value entry (odd). */
static __always_inline void look_at(const struct lookup *lookup, const struct folio *folio,
				    __u32 reader)
{
	struct folio_batch *batch = lookup->batch;
	__u32 count = batch ? BPF_CORE_READ(batch, nr) : 0;
	bool captured;

	if (reader >= GATE_READERS)
		return;
	if (batch ? !count : !folio || (unsigned long)folio >= -4095UL || (unsigned long)folio & 1)
		return;
	add(&counts.reader[reader].lookups, 1);
	add(&counts.reader[reader].frozen, lookup->frozen);
	captured = batch ? judge_batch(lookup, count, reader) : judge(lookup, folio, reader);
	if (captured) {
		/* A fault that finds the folio still locked would be retried, and heal. */
		if (config.reader)
			HOLD_UNTIL(until_split, (__u64)lookup->mapping, GATE_HOLD_MAX);
		hold(config.reader);
	}
	hold(config.lookup);
}

/*
 * mapping, index: the arguments of the look-up that ends, or NULL and 0 where they are not known
 * any more (kretprobe). The kernel leaves out a program that is active on this processor, as one
 * whose thread was preempted in a hold is: the end of one look-up and the begin of the next can
 * both be missed, and the next one's folio must not be compared with the page of the first. kprobes
 * run with preemption off.
 */
static __always_inline int lookup_ends(const struct address_space *mapping, unsigned long index,
				       const struct folio *folio)
{
	__u32 thread = thread_number();
	struct lookup *lookup = bpf_map_lookup_elem(&lookups, &thread);

	if (!lookup)
		return 0;
	if (!mapping || (lookup->mapping == mapping && lookup->index == index))
		look_at(lookup, folio, reader_number());
	bpf_map_delete_elem(&lookups, &thread);
	return 0;
}

#endif
