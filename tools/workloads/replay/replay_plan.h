/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which order the calls of a trace are to be made again: each thread's in its own, and a call
 * after those of other threads on the same object that had ended when it began. Objects are files,
 * names, handles and maps. Calls that only look at an object need not wait for each other. A close
 * comes after every call on its handle that had begun when it ended.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_PLAN_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_PLAN_H

#include "tools/trace/trace.h"

/* A thread has to have done so many of its calls. */
struct replay_need {
	uint32_t thread, calls;
};

struct replay_plan {
	uint32_t *calls;       /* indices into the trace's, thread by thread */
	uint32_t *firsts;      /* of each thread from 1 on in `calls`; and the end */
	uint32_t *needs_first; /* of each call (by its index in the trace) in needs; and the end */
	struct replay_need *needs;
	size_t need_count, need_room;
};

/* Returns 0 or -ENOMEM (reported). Release in either case. */
int replay_plan_make(struct replay_plan *plan, const struct trace *trace);

void replay_plan_release(struct replay_plan *plan);

#endif
