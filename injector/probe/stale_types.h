/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the BPF programs of stale.bpf.c and who loads them (stale_gate.c) have in common. */
#ifndef INJECTOR_PROBE_STALE_TYPES_H
#define INJECTOR_PROBE_STALE_TYPES_H

#include <linux/types.h>

#define STALE_HOLD_MAX 5000000000ULL /* ns, one hold; soft lockups are told after 20 s and more */

/* In the order that a thread meets them. */
enum stale_hold {
	STALE_AT_CHARGE, /* it found no folio, and is about to add a small one */
	STALE_AT_NODES,  /* it saw a large one there, and is about to make nodes full of it */
	STALE_HOLDS,
};

enum { STALE_CALLERS = 2 };

/* Set before loading. */
struct stale_config {
	__u64 namespace_device, namespace_inode; /* of the thread's number; 0: there are none */
	__u64 most;                              /* ns of one hold */
	/* The code that a hold is for: where the function returns to. */
	struct stale_code {
		__u64 first, end;
	} caller[STALE_HOLDS][STALE_CALLERS];
};

/* Shared while attached. */
struct stale_state {
	__u32 thread; /* to hold; 0: none */
	__u32 next;   /* enum stale_hold that is due */
	__u32 released[STALE_HOLDS];
	__u32 expired;              /* holds that ended by themselves */
	__u64 reached[STALE_HOLDS]; /* CLOCK_MONOTONIC ns; 0: not yet */
	__u64 left[STALE_HOLDS];    /* the same; 0: it is held, or was never there */
};

#endif
