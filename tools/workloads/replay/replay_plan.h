/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the calls of a trace are repeated. Each thread's calls keep their order. A
 * call waits for calls of other threads on the same object that had ended when it began. Objects
 * are files, names, handles and maps. Calls that only read an object do not wait for each other. A
 * close waits for every call on its handle that had begun when the close ended.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_PLAN_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_PLAN_H

#include "tools/trace/trace.h"

/* A condition of a call: a thread has done that many of its calls. */
struct replay_need {
	uint32_t thread, calls;
};

struct replay_plan {
	uint32_t *calls;       /* indices into trace.calls, thread by thread */
	uint32_t *firsts;      /* first index in `calls` of each thread, from 1; and the end */
	uint32_t *needs_first; /* first index in `needs` of each call of the trace; and the end */
	struct replay_need *needs;
	size_t need_count, need_room;
};

/* Makes a plan. Returns 0 or -ENOMEM (reported). Call replay_plan_release() in any case. */
int replay_plan_make(struct replay_plan *plan, const struct trace *trace);

void replay_plan_release(struct replay_plan *plan);

#endif
