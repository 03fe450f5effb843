/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted threads of a run, as the worker plays them. */
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
	uint64_t end; /* CLOCK_MONOTONIC ns */
	/* Sends an event, and a hit. */
	void (*send)(void *context, const struct event *event);
	void (*hit)(void *context, const struct reader_hit *hit);
	/* Looks at the files by the inspector, where there is one; returns whether the run is to
	 * end. */
	bool (*look)(void *context);
	void *context;
};

/* Plays until the time is over, or as much is proven as the scenario wants. Returns as
 * threads_play(). */
int worker_threads_play(struct worker_threads *play);

#endif
