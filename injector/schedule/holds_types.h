/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the BPF programs of holds.bpf.c and who loads them (schedule_engine.c) have in common, beside the
 * plan, the state of its passage and the schedule's page. */
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

enum { HOLDS_CALLERS_MAX = 256 };

#endif
