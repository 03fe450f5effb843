/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures whether a run gets the processors that it needs. On each processor a pinned thread
 * sleeps for 1 ms again and again, and adds up how late it wakes. For that time a thread of the run
 * would have waited for this processor. The load may be other programs, or other guests of a
 * virtual machine's host, which no load average shows. A thread that is not pinned would move to an
 * idle processor and miss load on a single one.
 */
#ifndef TOOLS_MACHINE_STALL_H
#define TOOLS_MACHINE_STALL_H

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct stall_watch {
	struct stall_sleeper *sleepers; /* one for each processor of the caller */
	size_t count;
	cpu_set_t anywhere; /* those processors */
	_Atomic int stop;
	uint64_t steal; /* steal time of all processors at the begin, clock ticks */
};

struct stalls {
	double share;   /* of the time that the thread was late, on the worst processor; negative:
			   not measured, or for less than 100 ms */
	double longest; /* delay, seconds, on any processor */
	double steal;   /* steal time, seconds, of all processors together; negative: unknown */
};

/*
 * Starts the threads, one on each processor that the caller may use. They inherit its signal mask.
 * watch: must not move until stall_watch_end(). Returns 0 or -errno (not reported: a run works
 * without it).
 */
int stall_watch_begin(struct stall_watch *watch);

/* Ends the threads and returns the sums. Call it once after each successful stall_watch_begin(). */
struct stalls stall_watch_end(struct stall_watch *watch);

#endif
