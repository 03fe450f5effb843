/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeats the calls of a trace. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H

#include "tools/workloads/replay/replay_state.h"

/* Makes a call of a thread. Returns its result, or -errno. */
int64_t replay_make_call(struct replay_thread *thread, const struct trace_call *call);

/* Fills the thread's buffer with the bytes that a call will write, before its time has come. */
void replay_ready_call(struct replay_thread *thread, const struct trace_call *call);

#endif
