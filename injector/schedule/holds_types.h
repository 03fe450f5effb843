/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the BPF programs of holds.bpf.c and their loader (schedule_engine.c) share, besides the
 * plan, the state of its passage and the schedule's page. */
#ifndef INJECTOR_SCHEDULE_HOLDS_TYPES_H
#define INJECTOR_SCHEDULE_HOLDS_TYPES_H

#include <linux/types.h>

/* Set before loading. */
struct holds_config {
	__u64 namespace_device,
		namespace_inode; /* of the PID namespace in which processes are numbered */
};

/* A call without a probe of its own: the probe at the callee's entry knows it by its return
 * address. */
struct holds_caller {
	__u64 address;
	__u64 point;
};

/* An arrival that the programs have accepted, or the end of a passage. Replayed in this order, the
 * records show what each role did (schedule_replay.h). */
struct holds_record {
	__u64 time, address, mapping, result; /* time: CLOCK_MONOTONIC ns */
	__s64 page, exposed;
	__u64 arguments[8];
	__u64 ticket;      /* not 0: the arrival begins a passage */
	__s64 first, last; /* pages that the reader may read in that passage */
	__u32 point, cpu;  /* point: HOLDS_NO_POINT: a passage has ended */
};

enum { HOLDS_CALLERS_MAX = 256, HOLDS_RECORDS = 1 << 18, HOLDS_NO_POINT = 1 << 16 };

#endif
