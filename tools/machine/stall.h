/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a run has the processors that it needs: on each of them a thread sleeps for a millisecond
 * again and again, and adds up by how much it wakes too late. That is time in which a thread of the
 * run waited for that processor, whoever had it: other programs here, or, of a virtual machine,
 * those of its host, which no load average in the machine tells of. A thread that is not pinned
 * would go where there is room, and see nothing of load that is on one processor alone.
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
	uint64_t steal; /* of all processors, clock ticks, as it began */
};

/* Of the processor on which the thread was late for the largest share. */
struct stalls {
	double share;   /* of the time in which the thread was late; negative: not measured, or for
			   less than 100 ms */
	double longest; /* seconds, on any processor */
	double steal;   /* seconds that a hypervisor gave to others, all processors together;
			   negative: not told */
};

/*
 * Starts the threads, on the processors that the caller may use; they take the signals that the
 * caller does not block. watch: stays where it is until it has ended. Returns 0 or -errno (not
 * reported: a run does without).
 */
int stall_watch_begin(struct stall_watch *watch);

/* Ends them. To be called once after a begin that returned 0. */
struct stalls stall_watch_end(struct stall_watch *watch);

#endif
