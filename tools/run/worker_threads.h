/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the scripted threads of a run in the worker. */
#ifndef TOOLS_RUN_WORKER_THREADS_H
#define TOOLS_RUN_WORKER_THREADS_H

#include "tools/ipc/event.h"
#include "tools/ipc/worker_shared.h"
#include "tools/threads/threads.h"

struct worker_threads {
	const struct worker_config *config;
	struct target *targets;
	size_t target_count;
	struct refill *refill;
	uint64_t end; /* CLOCK_MONOTONIC ns; set by worker_threads_play() */
	/* Send an event, and a hit, to the supervisor. */
	void (*send)(void *context, const struct event *event);
	void (*hit)(void *context, const struct reader_hit *hit);
	/* Lets the inspector, if there is one, check the files; returns whether the run must
	 * end. */
	bool (*look)(void *context);
	void *context;
};

/* Runs the threads until the time is over, the run must stop, or the passages or iterations reach
 * expect.made. Returns as threads_play(). */
int worker_threads_play(struct worker_threads *play);

#endif
