/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Detects that a thread spins: it stays in one access and runs in the kernel. The caller samples
 * the thread every few milliseconds, and the times between samples are added up. A gap counts for
 * at most STALE_SPIN_LOOK: a virtual machine may have been paused while its clock and accounting
 * went on.
 */
#ifndef TOOLS_WORKLOADS_STALE_SPIN_H
#define TOOLS_WORKLOADS_STALE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

/* Most time between two samples that counts, ns. */
enum { STALE_SPIN_LOOK = 50000000 };

/* A sample. */
struct stale_look {
	uint64_t accesses; /* number begun */
	uint64_t time;     /* CLOCK_MONOTONIC, ns */
	uint64_t used;     /* processor time in the kernel, ns */
};

struct stale_spin {
	struct stale_look last;
	uint64_t still, used; /* time and processor time in the access that count, ns */
};

/* Begins with a first sample. */
void stale_spin_begin(struct stale_spin *spin, const struct stale_look *look);

/* Adds a sample. Returns whether the thread has been in one access for `patience` ns (spin->still)
 * and used a processor for at least half of that time. */
bool stale_spin_goes_on(struct stale_spin *spin, const struct stale_look *look, uint64_t patience);

#endif
