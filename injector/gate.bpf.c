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
#include "injector/kernel_types.bpf.h"

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "injector/gate_types.h"

#define EAGAIN 11

const volatile struct gate_config config;

struct gate_counts counts;

/* What was held in the second at hand. */
struct {
	__u64 second;
	__u64 spent; /* ns */
} budget;

struct lookup {
	struct address_space *mapping;
	unsigned long index;
	struct folio_batch *batch; /* where the folios come back, or NULL */
	__u32 file;
	__u32 frozen;
};

struct split {
	__u64 mapping;
	__u64 index; /* of the folio */
	__u64 frozen_at, stored_at;
	__u32 file;
	__u32 order;
	__u32 levels;
	__u32 dirty, writeback;
};

/* Pages of a mapping whose folio is being split. Punches of one inode exclude each other, so there
 * is one such range in a mapping. */
struct range {
	__u64 first, count;
	__u32 state;    /* enum range_state */
	__u32 arrivals; /* look-ups of readers that found it frozen */
};

enum range_state { RANGE_BEGUN, RANGE_FROZEN, RANGE_STORED };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

/* Thread to number of the reader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GATE_READERS);
	__type(key, __u32);
	__type(value, __u32);
} readers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct gate_file);
	__type(value, __u32);
} files SEC(".maps");

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GATE_READERS);
	__type(key, __u32);
	__type(value, struct lookup);
} lookups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct split);
} splits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, struct range);
} splitting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

static __always_inline void add(__u64 *counter, __u64 value)
{
	__sync_fetch_and_add(counter, value);
}

static long until(__u32 turn, __u64 *deadline)
{
	return bpf_ktime_get_ns() >= *deadline;
}

/* What a hold waits for, with the deadline that it has anyway. */
struct awaited {
	__u64 mapping, deadline;
};

static __always_inline struct range *range_of(__u64 mapping)
{
	return bpf_map_lookup_elem(&splitting, &mapping);
}

static long until_frozen(__u32 turn, struct awaited *awaited)
{
	volatile struct range *range = range_of(awaited->mapping);

	return !range || range->state != RANGE_BEGUN || bpf_ktime_get_ns() >= awaited->deadline;
}

static long until_split(__u32 turn, struct awaited *awaited)
{
	return !range_of(awaited->mapping) || bpf_ktime_get_ns() >= awaited->deadline;
}

static long until_met(__u32 turn, struct awaited *awaited)
{
	volatile struct range *range = range_of(awaited->mapping);

	return !range || range->arrivals || bpf_ktime_get_ns() >= awaited->deadline;
}

/* Takes the time out of this second's budget. Returns whether it was there. */
static __always_inline bool afford(__u64 now, __u64 time)
{
	__u64 second = now / GATE_SECOND, old = budget.second;

	if (old != second && __sync_val_compare_and_swap(&budget.second, old, second) == old)
		budget.spent = 0;
	if (__sync_fetch_and_add(&budget.spent, time) + time <= GATE_BUDGET)
		return true;
	__sync_fetch_and_add(&budget.spent, -time);
	add(&counts.refused, 1);
	return false;
}

/* Puts what a hold really took, up to now, in the place of what was taken out of the budget: the
 * processor of a guest may have been taken away meanwhile, and that counts as well. */
static __always_inline void settle(__u64 began, __u64 reserved)
{
	__u64 took = bpf_ktime_get_ns() - began;

	add(&budget.spent, took - reserved);
	if (took > counts.longest)
		counts.longest = took;
	add(&counts.holds, 1);
	add(&counts.held, took);
}

static __always_inline void hold(__u64 time)
{
	__u64 began = bpf_ktime_get_ns(), deadline;

	if (!time)
		return;
	if (time > GATE_HOLD_MAX)
		time = GATE_HOLD_MAX;
	if (!afford(began, time))
		return;
	deadline = began + time;
	bpf_loop(1 << 20, until, &deadline, 0);
	settle(began, time);
}

/* Holds until something has happened, for at most so long. */
#define HOLD_UNTIL(happened, of_mapping, most)                                                     \
	do {                                                                                       \
		__u64 began = bpf_ktime_get_ns();                                                  \
		struct awaited awaited = { .mapping = of_mapping, .deadline = began + (most) };    \
                                                                                                   \
		if (afford(began, most)) {                                                         \
			bpf_loop(1 << 20, happened, &awaited, 0);                                  \
			settle(began, most);                                                       \
		}                                                                                  \
	} while (0)

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

static __always_inline int lookup_begins(struct address_space *mapping, unsigned long index,
					 struct folio_batch *batch)
{
	struct bpf_pidns_info me = whoami();
	struct lookup lookup = { .mapping = mapping, .index = index, .batch = batch };
	__u64 key = (__u64)mapping;
	struct range *range;
	__u32 *file;

	if (!me.pid || !bpf_map_lookup_elem(&readers, &me.pid))
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
	bpf_map_update_elem(&lookups, &me.pid, &lookup, BPF_ANY);
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
	struct bpf_pidns_info me = whoami();
	struct folio_batch *batch;
	struct lookup *lookup;
	__u32 *reader;

	if (!me.pid)
		return 0;
	lookup = bpf_map_lookup_elem(&lookups, &me.pid);
	if (!lookup)
		return 0;
	reader = bpf_map_lookup_elem(&readers, &me.pid);
	batch = lookup->batch;
	if (batch)
		folio = BPF_CORE_READ(batch, nr) ? BPF_CORE_READ(batch, folios[0]) : NULL;
	/* No folio, an error, or a value entry (odd). */
	if (reader && folio && (unsigned long)folio < -4095UL && !((unsigned long)folio & 1))
		look_at(lookup, folio, *reader);
	bpf_map_delete_elem(&lookups, &me.pid);
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

static __always_inline void thaw(struct split *split)
{
	struct range *range;

	if (!split->frozen_at || split->stored_at)
		return;
	split->stored_at = bpf_ktime_get_ns();
	range = range_of(split->mapping);
	if (range)
		range->state = RANGE_STORED;
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

char _license[] SEC("license") = "GPL";
