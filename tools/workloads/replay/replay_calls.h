/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a trace, made again. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_CALLS_H

#include "tools/workloads/replay/replay_state.h"

/* Makes a call of a thread. Returns what it returned, or -errno. */
int64_t replay_make_call(struct replay_thread *thread, const struct trace_call *call);

/* Readies what a call writes, before it is time. */
void replay_ready_call(struct replay_thread *thread, const struct trace_call *call);

#endif
