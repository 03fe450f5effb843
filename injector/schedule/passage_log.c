/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/passage_log.h"
#include "injector/base/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct logged_passage *current(struct passage_log *log)
{
	return &log->last[(log->count - 1) % PASSAGE_LOG_LAST];
}

/* Adds a step. The last place is for the end of the passage; other steps without room overwrite
 * each other there. */
static struct logged_step *add(struct passage_log *log, enum schedule_deed deed, uint64_t time)
{
	struct logged_passage *passage = current(log);
	struct logged_step *step = &passage->steps[passage->count];

	if (passage->count < PASSAGE_LOG_STEPS - 1 || deed >= STEP_MADE)
		passage->count++;
	*step = (struct logged_step){
		.deed = deed, .cpu = -1, .hold = -1, .point = -1, .by = -1, .time = time, .page = -1
	};
	return step;
}

void passage_log_begin(struct passage_log *log, const struct plan *plan, uint64_t punch)
{
	struct logged_passage *passage;

	log->count++;
	passage = current(log);
	log->plan = plan;
	passage->number = log->count;
	passage->punch = punch;
	passage->end = PASSAGE_GOES_ON;
	passage->count = 0;
	memset(log->seen, 0, sizeof(log->seen));
	memset(log->came, 0, sizeof(log->came));
	memset(log->first, 0, sizeof(log->first));
	log->arrivals = 0;
}

static struct logged_step *reach(struct passage_log *log, unsigned int hold, uint64_t time)
{
	struct logged_step *step = add(log, STEP_REACHED, time);

	step->hold = (int)hold;
	step->point = (int)log->plan->holds[hold].at;
	log->seen[hold] = HOLD_HERE;
	log->reached[hold] = time;
	return step;
}

void passage_log_arrive(struct passage_log *log, const struct passage_state *state,
			const struct arrival *arrival, uint64_t address, uint64_t time)
{
	struct logged_step *step = NULL, *reached;

	/* The end of an iteration is not a step of a role. */
	if (log->plan->has_marks && arrival->point == log->plan->over)
		return;

	for (unsigned int i = 0; i < log->plan->hold_count; i++) {
		if (log->seen[i] != HOLD_AWAY || state->holds[i].state != HOLD_HERE)
			continue;
		reached = reach(log, i, time);
		if (log->plan->holds[i].at == arrival->point)
			step = reached;
	}
	if (!step)
		step = add(log, STEP_CAME, time);
	step->point = (int)arrival->point;
	step->cpu = (int)arrival->cpu;
	step->address = address;
	step->page = arrival->page;
	log->came[arrival->point] = ++log->arrivals;
	if (!log->first[arrival->point])
		log->first[arrival->point] = log->arrivals;
}

/* The event of a set that came last; negative: none came. */
static int last_of(const struct passage_log *log, const struct plan_set *set)
{
	int last = -1;

	for (unsigned int i = 0; i < set->count; i++)
		if (log->came[set->points[i]] &&
		    (last < 0 || log->came[set->points[i]] > log->came[last]))
			last = (int)set->points[i];
	return last;
}

/* The first event of a set that has not come; negative: all came. */
static int missing_of(const struct passage_log *log, const struct plan_set *set)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (!log->came[set->points[i]])
			return (int)set->points[i];
	return -1;
}

static void end_hold(struct passage_log *log, unsigned int hold, enum schedule_deed deed,
		     uint64_t time)
{
	const struct plan_hold *plan = &log->plan->holds[hold];
	struct logged_step *step = add(log, deed, time);

	step->hold = (int)hold;
	step->point = (int)plan->at;
	step->held = time - log->reached[hold];
	step->by = deed == STEP_RELEASED ? last_of(log, &plan->until)
		   : deed == STEP_SPARED ? last_of(log, &plan->spare)
					 : missing_of(log, &plan->until);
	log->seen[hold] = HOLD_ENDED;
}

/* Copies an ended passage to where later ones do not overwrite it. */
static void keep(struct passage_log *log, const struct logged_passage *passage)
{
	if (passage->end == PASSAGE_MADE)
		log->made = *passage;
	if (passage->end == PASSAGE_WITHSTOOD)
		log->withstood = *passage;
	if (passage->end != PASSAGE_MISSED || log->missed_count == PASSAGE_LOG_MISSED)
		return;
	for (unsigned int i = 0; i < log->missed_count; i++)
		if (log->missed[i].missed == passage->missed && log->missed[i].why == passage->why)
			return;
	log->missed[log->missed_count++] = *passage;
}

static void keep_hit(struct passage_log *log)
{
	uint64_t punch = atomic_load(&log->hit_punch);

	for (unsigned int i = 0; punch && !log->hit.number && i < PASSAGE_LOG_LAST; i++)
		if (log->last[i].number && log->last[i].punch == punch)
			log->hit = log->last[i];
}

static void end(struct passage_log *log, uint64_t time)
{
	static const enum schedule_deed deeds[] = { [PASSAGE_MADE] = STEP_MADE,
						    [PASSAGE_WITHSTOOD] = STEP_WITHSTOOD,
						    [PASSAGE_MISSED] = STEP_MISSED };
	struct logged_passage *passage = current(log);

	if (passage->end == PASSAGE_MISSED && passage->why == SCHEDULE_MISS_EXPIRED)
		end_hold(log, passage->missed, STEP_EXPIRED, time);
	for (unsigned int i = 0; i < log->plan->hold_count; i++)
		if (log->seen[i] == HOLD_HERE)
			end_hold(log, i, STEP_LET_GO, time);
	if (passage->end == PASSAGE_MISSED && passage->why == SCHEDULE_MISS_NEVER) {
		struct logged_step *step = add(log, STEP_NEVER, time);

		step->hold = (int)passage->missed;
		step->point = (int)log->plan->holds[passage->missed].at;
	}
	add(log, deeds[passage->end], time);
	keep(log, passage);
	keep_hit(log);
}

void passage_log_settle(struct passage_log *log, const struct passage_state *state,
			enum passage_end ended, unsigned int missed, enum schedule_miss why,
			uint64_t time)
{
	if (!log->count || current(log)->end != PASSAGE_GOES_ON)
		return;
	for (unsigned int i = 0; i < log->plan->hold_count; i++)
		if (log->seen[i] == HOLD_HERE && state->holds[i].state == HOLD_ENDED)
			end_hold(log, i, state->holds[i].spared ? STEP_SPARED : STEP_RELEASED,
				 time);
	if (ended == PASSAGE_GOES_ON)
		return;
	current(log)->end = ended;
	current(log)->missed = missed;
	current(log)->why = why;
	end(log, time);
}

size_t passage_log_order(const struct passage_log *log, const struct plan *plan,
			 unsigned char *order)
{
	size_t count = 0;

	for (uint64_t nth = 1; nth <= log->arrivals; nth++)
		for (unsigned int point = 0; point < plan->watched; point++)
			if (log->first[point] == nth)
				order[count++] = (unsigned char)point;
	return count;
}

void passage_log_hit(struct passage_log *log, uint64_t punch)
{
	uint64_t none = 0;

	atomic_compare_exchange_strong(&log->hit_punch, &none, punch);
}

static bool has(const struct plan_set *set, unsigned int point, unsigned int *at)
{
	for (*at = 0; *at < set->count; ++*at)
		if (set->points[*at] == point)
			return true;
	return false;
}

/* The point of a plan as an event of the schedule: of a hold, or among the events of one. */
static struct schedule_event event_of(const struct plan *plan, const struct schedule *schedule,
				      unsigned int point)
{
	struct schedule_event event = { .at = { .kind = POINT_BEGIN } };
	unsigned int at;

	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct plan_hold *hold = &plan->holds[i];

		if (hold->at == point) {
			memcpy(event.role, schedule->holds[i].role, sizeof(event.role));
			event.at = schedule->holds[i].at;
			return event;
		}
		if (has(&hold->until, point, &at))
			return ((const struct schedule_event *)schedule->holds[i].until.items)[at];
		if (has(&hold->spare, point, &at))
			return ((const struct schedule_event *)schedule->holds[i].spare.items)[at];
	}
	return event;
}

/* The processor of a role, by any of its arrivals in the passage. */
static int cpu_of(const struct logged_passage *passage, const struct plan *plan,
		  const struct schedule *schedule, const char *role)
{
	for (unsigned int i = 0; i < passage->count; i++) {
		const struct logged_step *step = &passage->steps[i];

		if (step->cpu >= 0 &&
		    !strcmp(event_of(plan, schedule, (unsigned int)step->point).role, role))
			return step->cpu;
	}
	return -1;
}

/* Whether a symbol is a function of the schedule. Others are in the table only to mark where these
 * end. */
static bool is_named(const struct plan *plan, const char *symbol)
{
	char name[CODE_POINT_NAME];
	size_t length = strcspn(symbol, ".");

	if (length >= sizeof(name))
		return false;
	memcpy(name, symbol, length);
	name[length] = '\0';
	for (unsigned int i = 0; i < plan->point_count; i++)
		if (code_point_names(plan->points[i].point->function, name))
			return true;
	return false;
}

static void name_code(const struct plan *plan, const struct kernel_symbols *symbols,
		      uint64_t address, char *text, size_t size)
{
	const struct kernel_symbol *symbol =
		symbols && address ? kernel_symbols_at(symbols, address) : NULL;

	if (symbol && is_named(plan, symbol->name))
		snprintf(text, size, "%s+%#" PRIx64, symbol->name, address - symbol->address);
}

static void tell_passage(const struct logged_passage *passage, const struct plan *plan,
			 const struct schedule *schedule, const struct kernel_symbols *symbols,
			 void (*tell)(void *context, const struct schedule_step *step),
			 void *context)
{
	for (unsigned int i = 0; i < passage->count; i++) {
		const struct logged_step *from = &passage->steps[i];
		struct schedule_step step = { .passage = passage->number,
					      .punch = passage->punch,
					      .time = from->time,
					      .deed = from->deed,
					      .cpu = from->cpu,
					      .hold = from->hold,
					      .page = from->page,
					      .held = -1 };
		struct schedule_event event;

		if (from->point >= 0) {
			event = event_of(plan, schedule, (unsigned int)from->point);
			memcpy(step.role, event.role, sizeof(step.role));
			schedule_event_text(&event, step.point, sizeof(step.point));
			if (step.cpu < 0)
				step.cpu = cpu_of(passage, plan, schedule, step.role);
		}
		if (from->deed >= STEP_RELEASED && from->deed <= STEP_LET_GO)
			step.held = (int64_t)from->held;
		if (from->by >= 0) {
			event = event_of(plan, schedule, (unsigned int)from->by);
			schedule_event_text(&event, step.by, sizeof(step.by));
		}
		name_code(plan, symbols, from->address, step.code, sizeof(step.code));
		tell(context, &step);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct logged_passage *const *x = a, *const *y = b;

	return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

void passage_log_tell(struct passage_log *log, const struct schedule *schedule,
		      const struct kernel_symbols *symbols,
		      void (*tell)(void *context, const struct schedule_step *step), void *context)
{
	const struct logged_passage *all[PASSAGE_LOG_MISSED + 3] = { &log->hit, &log->made,
								     &log->withstood };
	uint64_t told = 0;

	keep_hit(log);
	for (unsigned int i = 0; i < PASSAGE_LOG_MISSED; i++)
		all[3 + i] = &log->missed[i];
	qsort(all, ARRAY_SIZE(all), sizeof(all[0]), by_number);
	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->number > told) {
			told = all[i]->number;
			tell_passage(all[i], log->plan, schedule, symbols, tell, context);
		}
}
