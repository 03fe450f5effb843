/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of gate.bpf.c keep: the configuration, the counts, who and what they are for,
 * and what is under way. Part of gate.bpf.c.
 */
#ifndef INJECTOR_PROBE_GATE_STATE_BPF_H
#define INJECTOR_PROBE_GATE_STATE_BPF_H

#include "injector/probe/gate_types.h"

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

enum range_state { RANGE_BEGUN, RANGE_FROZEN, RANGE_STORING, RANGE_STORED };

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

#endif
