/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays passages of the engine in the kernel from its records, to log their steps
 * (passage_log.h). The same arrivals at the same times lead to the same decisions, since both use
 * schedule_passage.h.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_REPLAY_H
#define INJECTOR_SCHEDULE_SCHEDULE_REPLAY_H

#include "injector/schedule/holds_types.h"
#include "injector/schedule/passage_log.h"

/* Initially zero. */
struct schedule_replay {
	struct passage_state state;
	struct passage_log log;
};

/* Replays the next record. plan: the engine's, the same each time. Ignores a record that does not
 * fit, for instance after lost ones. */
void schedule_replay_take(struct schedule_replay *replay, const struct plan *plan,
			  const struct holds_record *record);

#endif
