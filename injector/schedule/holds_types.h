/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the BPF programs of holds.bpf.c and who loads them (schedule_engine.c) have in common,
 * beside the plan, the state of its passage and the schedule's page. */
#ifndef INJECTOR_SCHEDULE_HOLDS_TYPES_H
#define INJECTOR_SCHEDULE_HOLDS_TYPES_H

#include <linux/types.h>

/* Set before loading. */
struct holds_config {
	__u64 namespace_device,
		namespace_inode; /* of the PID namespace that numbers of processes are of */
};

/* Behind a call that takes no probe itself: where the callee returns to, by which it is known. */
struct holds_caller {
	__u64 address;
	__u64 point;
};

/* What the programs have taken into account, to be shown: an arrival, or the end of a passage.
 * Whoever takes the same into account, in this order, knows what each role did. */
struct holds_record {
	__u64 time, address, mapping, result;
	__s64 page, exposed;
	__u64 arguments[8];
	__u64 ticket; /* of an arrival that begins a passage, with the pages; 0: it begins none */
	__s64 first, last;
	__u32 point, cpu; /* point: HOLDS_NO_POINT, a passage is over */
};

enum { HOLDS_CALLERS_MAX = 256, HOLDS_RECORDS = 1 << 18, HOLDS_NO_POINT = 1 << 16 };

#endif
