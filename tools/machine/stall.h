/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a run has the processors that it needs: a thread sleeps for a millisecond again and again,
 * and adds up by how much it wakes too late. That is time in which a thread of the run waited for a
 * processor, whoever had it: other programs here, or, of a virtual machine, those of its host, which
 * no load average in the machine tells of.
 */
#ifndef TOOLS_MACHINE_STALL_H
#define TOOLS_MACHINE_STALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct stall_watch {
	pthread_t thread;
	_Atomic int stop;
	uint64_t steal; /* of all processors, clock ticks, as it began */
	/* Its own until it has ended. */
	uint64_t slept, late, longest; /* ns */
};

struct stalls {
	double share;   /* of the time in which the thread was late; negative: not measured */
	double longest; /* seconds */
	double steal; /* seconds that a hypervisor gave to others, all processors together; negative: not told */
};

/* Starts the thread; it takes the signals that the caller does not block. Returns 0 or -errno (not reported: a run does without). */
int stall_watch_begin(struct stall_watch *watch);

/* Ends it. To be called once after a begin that returned 0. */
struct stalls stall_watch_end(struct stall_watch *watch);

#endif
