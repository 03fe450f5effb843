/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate and the witness, as seen by the kernel: programs at the functions that split folios and
 * that look folios up. They count for the files and threads that witness.c names, and hold (spin)
 * where the configuration says so. For everybody else a look-up costs one more hash look-up.
 *
 * Each hook has a program for fentry/fexit and one for kprobe/kretprobe; witness.c picks which are
 * loaded and to which functions they are attached (hook_point.c).
 *
 * Nothing here sleeps. Splits run with interrupts off, so a hold there keeps its processor.
 */
#include "injector/probe/kernel_types.bpf.h"

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "injector/probe/gate_hold.bpf.h"
#include "injector/probe/gate_state.bpf.h"

#define EAGAIN 11

/* Thread and process in the run's PID namespace; 0 for those outside it. */
static __always_inline struct bpf_pidns_info whoami(void)
{
	struct bpf_pidns_info info = { .pid = 0, .tgid = 0 };

	bpf_get_ns_current_pid_tgid(config.namespace_device, config.namespace_inode, &info,
				    sizeof(info));
	return info;
}

static __always_inline unsigned long folio_flags(const struct folio *folio)
{
	const struct folio___word *word = (const void *)folio;

	if (bpf_core_field_exists(folio->flags.f))
		return BPF_CORE_READ(folio, flags.f);
	return BPF_CORE_READ(word, flags);
}

static __always_inline bool has_flag(unsigned long flags, unsigned int bit)
{
	return flags >> bit & 1;
}

static __always_inline __u32 folio_order(const struct folio *folio)
{
	if (!has_flag(folio_flags(folio), bpf_core_enum_value(enum pageflags, PG_head)))
		return 0;
	return BPF_CORE_READ(folio, _flags_1) & 0xff;
}

static __always_inline __u32 *file_of(struct address_space *mapping)
{
	struct gate_file file = { .inode = 0 };
	struct inode *inode = BPF_CORE_READ(mapping, host);

	file.inode = BPF_CORE_READ(inode, i_ino);
	file.device = BPF_CORE_READ(inode, i_sb, s_dev);
	return bpf_map_lookup_elem(&files, &file);
}

/* Number of the reader that this thread reads for; GATE_READERS: none. */
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

/* The key of `lookups`: in no namespace, as who is marked may be in another than the run. */
static __always_inline __u32 thread_number(void)
{
	return (__u32)bpf_get_current_pid_tgid();
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
			__sync_fetch_and_add(&range->arrivals, 1);
	}
	bpf_map_update_elem(&lookups, &thread, &lookup, BPF_ANY);
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

/* The folio, with a reference held, so its index and order stay what they are. */
static __always_inline void look_at(const struct lookup *lookup, const struct folio *folio,
				    __u32 reader)
{
	unsigned long first = BPF_CORE_READ(folio, index);
	bool captured = lookup->index - first >= 1UL << (folio_order(folio) & 31);

	if (reader >= GATE_READERS)
		return;
	add(&counts.reader[reader].lookups, 1);
	add(&counts.reader[reader].frozen, lookup->frozen);
	if (captured) {
		add(&counts.reader[reader].captures, 1);
		say_capture(lookup, folio, reader);
		/* A fault that finds the folio locked still would be done anew, and heal. */
		if (config.reader)
			HOLD_UNTIL(until_split, (__u64)lookup->mapping, GATE_HOLD_MAX);
		hold(config.reader);
	}
	hold(config.lookup);
}

static __always_inline int lookup_ends(struct folio *folio)
{
	__u32 thread = thread_number();
	struct folio_batch *batch;
	struct lookup *lookup;

	lookup = bpf_map_lookup_elem(&lookups, &thread);
	if (!lookup)
		return 0;
	batch = lookup->batch;
	if (batch)
		folio = BPF_CORE_READ(batch, nr) ? BPF_CORE_READ(batch, folios[0]) : NULL;
	/* No folio, an error, or a value entry (odd). */
	if (folio && (unsigned long)folio < -4095UL && !((unsigned long)folio & 1))
		look_at(lookup, folio, reader_number());
	bpf_map_delete_elem(&lookups, &thread);
	return 0;
}

static __always_inline int split_begins(struct folio *folio)
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
	/* Of anonymous memory the low bits are set. */
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
	split.dirty = has_flag(flags, bpf_core_enum_value(enum pageflags, PG_dirty));
	split.writeback = has_flag(flags, bpf_core_enum_value(enum pageflags, PG_writeback));
	range.first = split.index;
	range.count = 1ULL << (split.order & 31);
	bpf_map_update_elem(&splits, &me.pid, &split, BPF_ANY);
	bpf_map_update_elem(&splitting, &split.mapping, &range, BPF_ANY);
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

/* One level of the split, while all of the folio is frozen (batched), or what is left of it. */
static __always_inline int split_level(__u32 old_order, __u32 new_order)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);
	struct range *range;

	if (!split)
		return 0;
	if (!split->frozen_at) {
		split->frozen_at = bpf_ktime_get_ns();
		range = range_of(split->mapping);
		if (range)
			range->state = RANGE_FROZEN;
		if (config.meet)
			HOLD_UNTIL(until_met, split->mapping, meet_time());
	}
	split->levels++;
	add(&counts.levels, 1);
	/* A uniform split goes to the last order at once. */
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

/* A part has been unfrozen, and the next one is about to be stored. */
static __always_inline int split_store(void)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);

	if (!split)
		return 0;
	if (!split->stored_at)
		set_state(split, RANGE_STORING);
	split->stored_at = bpf_ktime_get_ns();
	return 0;
}

/* Where stores are not seen, the window ends with what is seen next. */
static __always_inline void thaw(struct split *split)
{
	if (!split->frozen_at)
		return;
	if (!split->stored_at)
		split->stored_at = bpf_ktime_get_ns();
	set_state(split, RANGE_STORED);
}

/* The first part is given back: the last store is behind. */
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

static __always_inline int split_ends(int error)
{
	struct bpf_pidns_info me;
	struct split *split = split_of_this_thread(&me);
	struct gate_event *event;
	__u32 outcome;
	__u64 window;

	if (!split)
		return 0;
	thaw(split);
	outcome = outcome_of(split, error);
	window = split->stored_at - split->frozen_at;
	count_split(split, outcome, window);
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
		};
		bpf_ringbuf_submit(event, 0);
	} else {
		add(&counts.lost, 1);
	}
	bpf_map_delete_elem(&splitting, &split->mapping);
	bpf_map_delete_elem(&splits, &me.pid);
	return 0;
}

/* fentry, fexit: the arguments lie in the context; where the result is depends on how many there are. */
static __always_inline __u64 result_of(void *ctx)
{
	__u64 result = 0;

	bpf_get_func_ret(ctx, &result);
	return result;
}

SEC("fentry")
int lookup_entry(__u64 *ctx)
{
	return lookup_begins((struct address_space *)ctx[0], ctx[1], NULL);
}

SEC("fexit")
int lookup_exit(__u64 *ctx)
{
	return lookup_ends((struct folio *)result_of(ctx));
}

SEC("fentry")
int read_entry(__u64 *ctx)
{
	return lookup_begins((struct address_space *)ctx[0], ctx[1], (struct folio_batch *)ctx[3]);
}

SEC("fexit")
int read_exit(__u64 *ctx)
{
	return lookup_ends(NULL);
}

SEC("fentry")
int split_entry(__u64 *ctx)
{
	return split_begins((struct folio *)ctx[0]);
}

SEC("fexit")
int split_exit(__u64 *ctx)
{
	return split_ends((int)result_of(ctx));
}

SEC("fentry")
int level_entry(__u64 *ctx)
{
	return split_level((__u32)ctx[1], (__u32)ctx[2]);
}

SEC("fentry")
int stored_entry(__u64 *ctx)
{
	return split_stored();
}

SEC("kprobe")
int BPF_KPROBE(lookup_probe, struct address_space *mapping, unsigned long index)
{
	return lookup_begins(mapping, index, NULL);
}

SEC("kretprobe")
int BPF_KRETPROBE(lookup_return, struct folio *folio)
{
	return lookup_ends(folio);
}

SEC("kprobe")
int BPF_KPROBE(read_probe, struct address_space *mapping, unsigned long index, unsigned long last,
	       struct folio_batch *batch)
{
	return lookup_begins(mapping, index, batch);
}

SEC("kretprobe")
int BPF_KRETPROBE(read_return)
{
	return lookup_ends(NULL);
}

SEC("kprobe")
int BPF_KPROBE(split_probe, struct folio *folio)
{
	return split_begins(folio);
}

SEC("kretprobe")
int BPF_KRETPROBE(split_return, int error)
{
	return split_ends(error);
}

SEC("kprobe")
int BPF_KPROBE(level_probe, struct folio *folio, __u32 old_order, __u32 new_order)
{
	return split_level(old_order, new_order);
}

SEC("kprobe")
int BPF_KPROBE(stored_probe)
{
	return split_stored();
}

SEC("kprobe")
int BPF_KPROBE(level_call, void *xas, struct folio *folio, __u32 old_order)
{
	return split_level(old_order, old_order - 1);
}

SEC("kprobe")
int BPF_KPROBE(store_call)
{
	return split_store();
}

char _license[] SEC("license") = "GPL";
