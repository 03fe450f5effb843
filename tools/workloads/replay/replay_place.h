/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where reads and writes without an offset go: to the position of the descriptor, or the end of the
 * file. The recorded place is another one after a call with another result than recorded, or if two
 * calls were made at the same time.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_PLACE_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_PLACE_H

#include "tools/workloads/replay/replay_state.h"

/* Marks the calls whose place depends on which of several at a time comes first. Returns 0 or
 * -ENOMEM (not reported). */
int replay_find_overlaps(struct trace *trace);

/* Returns whether the call is made where it was recorded. If not, ask the following. These make
 * system calls of their own, so that a replay without surprises makes those of the trace only. */
bool replay_is_sure(const struct replay_file *file, const struct trace_call *call);

/* Returns whether the call is made at its own offset. */
bool replay_is_placed(const struct trace_call *call, int fd);

/* Returns the offset at which the call will be made; negative: not known. */
int64_t replay_place(const struct trace_call *call, int fd);

/* Returns whether a call that moved `moved` bytes was made at `place`, as far as the position tells
 * it. */
bool replay_was_at(const struct trace_call *call, int fd, int64_t place, int64_t moved);

#endif
