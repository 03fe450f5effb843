/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passages that the engine in the kernel has followed, once more, from its records: the decisions
 * are those of schedule_passage.h, so whoever takes the same arrivals at the same times comes to
 * the same. What became of each step is known then (passage_log.h).
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_REPLAY_H
#define INJECTOR_SCHEDULE_SCHEDULE_REPLAY_H

#include "injector/schedule/holds_types.h"
#include "injector/schedule/passage_log.h"

/* Zeroed before its first use. */
struct schedule_replay {
	struct passage_state state;
	struct passage_log log;
};

/* Takes the next record. plan: that of the engine, the same each time. One that makes no sense, as
 * after others were lost, is left out. */
void schedule_replay_take(struct schedule_replay *replay, const struct plan *plan,
			  const struct holds_record *record);

#endif
