/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Detects that a thread spins: it stays in one access and runs in the kernel. The caller samples
 * the thread every few milliseconds, and the time between samples is added up. Of a longer gap only
 * STALE_SPIN_LOOK counts: the whole machine may have been paused, as a virtual machine can be,
 * while its clock and accounting went on.
 */
#ifndef TOOLS_WORKLOADS_STALE_SPIN_H
#define TOOLS_WORKLOADS_STALE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

/* Of the time between two looks that much counts at most, ns. */
enum { STALE_SPIN_LOOK = 50000000 };

/* One look. */
struct stale_look {
	uint64_t accesses; /* begun */
	uint64_t time;     /* CLOCK_MONOTONIC, ns */
	uint64_t used;     /* of a processor, in the kernel, ns */
};

struct stale_spin {
	struct stale_look last;
	uint64_t still, used; /* ns since the access began, as far as they count */
};

/* Begins a new look. */
void stale_spin_begin(struct stale_spin *spin, const struct stale_look *look);

/* Another look. Returns whether the thread has been in one access for `patience` ns and used a
 * processor for half of them at least; spin->still: how long it has been there. */
bool stale_spin_goes_on(struct stale_spin *spin, const struct stale_look *look, uint64_t patience);

#endif
