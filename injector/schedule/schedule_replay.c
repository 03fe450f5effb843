/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_replay.h"
#include "injector/schedule/code_point.h"

static void settle(struct schedule_replay *replay, const struct plan *plan, uint64_t now)
{
	unsigned int begins, missed = 0;
	enum schedule_miss why = SCHEDULE_MISS_NEVER;
	enum passage_end end = passage_settle(plan, &replay->state, now, &begins, &missed, &why);

	passage_log_settle(&replay->log, &replay->state, end, missed, why, now);
	if (end != PASSAGE_GOES_ON)
		passage_reset(plan, &replay->state, 0);
}

/* The address of an arrival: that of the probe; 0 for a return, whose address is not known. */
static uint64_t address_of(const struct plan_point *point, const struct holds_record *record)
{
	if (point->point && point->point->kind == POINT_RETURN)
		return 0;
	return point->count == 1 ? point->address[0] : record->address;
}

static void arrive(struct schedule_replay *replay, const struct plan *plan,
		   const struct holds_record *record)
{
	uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	const struct arrival arrival = { .point = record->point,
					 .cpu = record->cpu,
					 .mapping = record->mapping,
					 .page = record->page,
					 .exposed = record->exposed,
					 .result = (int64_t)record->result,
					 .arguments = arguments };

	for (int i = 0; i < SCHEDULE_ARGUMENTS_MAX; i++)
		arguments[i] = record->arguments[i];
	if (record->ticket) {
		if (!passage_begin(plan, &replay->state, &arrival, record->first, record->last,
				   record->time))
			return;
		passage_log_begin(&replay->log, plan, record->ticket);
	} else if (!passage_take(plan, &replay->state, &arrival, record->time)) {
		return;
	}
	passage_log_arrive(&replay->log, &replay->state, &arrival,
			   address_of(&plan->points[record->point], record), record->time);
	settle(replay, plan, record->time);
}

void schedule_replay_take(struct schedule_replay *replay, const struct plan *plan,
			  const struct holds_record *record)
{
	if (record->point < plan->point_count)
		arrive(replay, plan, record);
	else if (replay->state.under_way)
		settle(replay, plan, record->time);
}
