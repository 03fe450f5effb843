/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the programs of gate.bpf.c: configuration, counts, the processes, readers and files
 * of the run, and look-ups and splits in progress. Part of gate.bpf.c.
 */
#ifndef INJECTOR_PROBE_GATE_STATE_BPF_H
#define INJECTOR_PROBE_GATE_STATE_BPF_H

#include "injector/probe/gate_types.h"

const volatile struct gate_config config;

struct gate_counts counts;

/* The time of holds in the present second. */
struct {
	__u64 second;
	__u64 spent; /* ns */
} budget;

struct lookup {
	struct address_space *mapping;
	unsigned long index;
	struct folio_batch *batch; /* that gets the folios; NULL: one is returned */
	__u32 file;
	__u32 frozen; /* the folio was frozen at its beginning */
};

struct split {
	__u64 mapping;
	__u64 folio; /* address */
	__u64 index; /* first page of the folio */
	__u64 frozen_at, stored_at;
	__u32 file;
	__u32 order;
	__u32 levels;
	__u32 dirty, writeback;
	__u32 at, last; /* see split_parts.h; unless uniform */
	__u32 uniform;  /* one level, to the last order */
	/* The inspector's. */
	__u32 stores, errors;
	__u32 parts;           /* a bit for each part with a misplaced slot */
	struct gate_slot slot; /* the first misplaced one */
};

/* The pages of a mapping whose folio is being split. Punches of one inode exclude each other, so a
 * mapping has one such range. */
struct range {
	__u64 first, count;
	__u32 state;                    /* enum range_state */
	__u32 arrivals;                 /* look-ups of readers while it was frozen */
	__u32 exposed;                  /* look-ups among them of exposed pages */
	__u32 order, at, last, uniform; /* as in struct split */
};

enum range_state { RANGE_BEGUN, RANGE_FROZEN, RANGE_STORING, RANGE_STORED };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

/* From thread ID to number of the reader. */
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

/* By thread ID. */
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

/* The folio with whose split a thread's last punch began. */
struct punch {
	__u64 mapping;
	__u64 first, count; /* pages */
	__u64 passed;       /* counted in counts.passages */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct punch);
} punches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

static __always_inline void add(__u64 *counter, __u64 value)
{
	__sync_fetch_and_add(counter, value);
}

/* Adds an element to a map, or counts that it is full. */
static __always_inline void note(void *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(map, key, value, BPF_ANY))
		add(&counts.maps_full, 1);
}

#endif
