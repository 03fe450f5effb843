/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The holds of the gate: spins of 1 ms at most, within a budget of 200 ms a second. Part of
 * gate.bpf.c.
 */
#ifndef INJECTOR_PROBE_GATE_HOLD_BPF_H
#define INJECTOR_PROBE_GATE_HOLD_BPF_H

#include "injector/probe/gate_state.bpf.h"

static long until(__u32 turn, __u64 *deadline)
{
	return bpf_ktime_get_ns() >= *deadline;
}

/* The mapping whose split a hold waits for, and the hold's deadline. */
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

/* Reserves the time (ns) in this second's budget. Returns whether there was enough. */
static __always_inline bool afford(__u64 now, __u64 time)
{
	__u64 second = now / GATE_SECOND, old = budget.second;

	if (old != second && __sync_val_compare_and_swap(&budget.second, old, second) == old)
		budget.spent = 0;
	/* Below 0 where a hold of the second before was shorter than reserved. */
	if ((__s64)(__sync_fetch_and_add(&budget.spent, time) + time) <= GATE_BUDGET)
		return true;
	__sync_fetch_and_add(&budget.spent, -time);
	add(&counts.refused, 1);
	return false;
}

/* Replaces the reserved time of a hold by its actual time up to now, which includes time when the
 * host had preempted the guest's processor. */
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

/* Holds until `happened` of a mapping, `most` ns at most. */
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

#endif
