/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/passage.h"

#include <string.h>

void passage_reset(struct passage_state *state, const struct plan *plan, uint64_t cpus)
{
	*state = (struct passage_state){ .plan = plan, .cpus = cpus };
}

static const struct plan_point *place_of(const struct plan *plan, unsigned int hold)
{
	return &plan->points[plan->holds[hold].at];
}

unsigned int passage_first(const struct plan *plan)
{
	unsigned int i = 0;

	while (i < plan->hold_count && !place_of(plan, i)->count)
		i++;
	return i;
}

/* Whether its role comes to a hold next: those before it are over. */
static bool is_next(const struct passage_state *state, unsigned int hold)
{
	const struct plan *plan = state->plan;

	if (state->holds[hold].state != HOLD_AWAY)
		return false;
	if (!state->under_way)
		return hold == passage_first(plan);
	for (unsigned int i = 0; i < hold; i++)
		if (place_of(plan, i)->role == place_of(plan, hold)->role &&
		    state->holds[i].state != HOLD_ENDED)
			return false;
	return true;
}

static bool has(const struct plan_set *set, unsigned int point)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (set->points[i] == point)
			return true;
	return false;
}

/* Whether it matters how often the role has come to a hold, also when it is not its turn. */
static bool counts_times(const struct passage_state *state, unsigned int hold)
{
	const struct schema_list *list = &state->plan->holds[hold].hold->when;
	const struct schedule_condition *conditions = list->items;

	if (state->holds[hold].state != HOLD_AWAY)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (conditions[i].subject == SUBJECT_NTH)
			return true;
	return false;
}

bool passage_watches(const struct passage_state *state, unsigned int point)
{
	for (unsigned int i = 0; i < state->plan->hold_count; i++) {
		const struct plan_hold *hold = &state->plan->holds[i];

		if (hold->at == point && is_next(state, i))
			return true;
		if (!state->under_way || state->holds[i].state == HOLD_ENDED)
			continue;
		if (hold->at == point && counts_times(state, i))
			return true;
		if (has(&hold->until, point) && !state->times[point])
			return true;
		if (has(&hold->spare, point) && state->holds[i].state == HOLD_HERE)
			return true;
	}
	return false;
}

static int64_t subject_of(const struct schedule_condition *condition,
			  const struct passage_state *state, const struct arrival *arrival)
{
	switch (condition->subject) {
	case SUBJECT_PAGE:
		return arrival->page;
	case SUBJECT_ARGUMENT:
		return (int64_t)arrival->arguments[condition->argument - 1];
	case SUBJECT_RETURN:
		return arrival->result;
	default:
		return (int64_t)state->times[arrival->point] + 1;
	}
}

bool passage_meets(const struct passage_state *state, unsigned int hold,
		   const struct arrival *arrival)
{
	const struct schema_list *list = &state->plan->holds[hold].hold->when;
	const struct schedule_condition *conditions = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (!schedule_condition_met(&conditions[i],
					    subject_of(&conditions[i], state, arrival),
					    arrival->exposed))
			return false;
	return true;
}

static void reach(struct passage_state *state, unsigned int number, const struct arrival *arrival,
		  uint64_t now)
{
	const struct plan_set *spare = &state->plan->holds[number].spare;
	struct passage_hold *hold = &state->holds[number];

	hold->state = HOLD_HERE;
	hold->cpu = arrival->cpu;
	hold->since = now;
	for (unsigned int i = 0; i < spare->count; i++)
		hold->rounds[i] = state->times[spare->points[i]];
	state->held |= 1ULL << arrival->cpu;
}

/* Who waits in user space stands there from the begin. */
static void hold_in_user_space(struct passage_state *state, uint64_t now)
{
	for (unsigned int i = 0; i < state->plan->hold_count; i++)
		if (!place_of(state->plan, i)->count) {
			state->holds[i].state = HOLD_HERE;
			state->holds[i].since = now;
		}
}

void passage_begin(struct passage_state *state, const struct arrival *arrival, int64_t page,
		   uint64_t now)
{
	passage_reset(state, state->plan, state->cpus);
	state->under_way = true;
	state->began = now;
	state->mapping = arrival->mapping;
	state->page = page;
	hold_in_user_space(state, now);
	state->times[arrival->point] = 1;
	reach(state, passage_first(state->plan), arrival, now);
}

static bool is_meant(const struct passage_state *state, const struct arrival *arrival)
{
	if (arrival->mapping && state->mapping && arrival->mapping != state->mapping)
		return false;
	return state->plan->points[arrival->point].role != PLAN_READ || arrival->page < 0 ||
	       arrival->page == state->page;
}

bool passage_take(struct passage_state *state, const struct arrival *arrival, uint64_t now)
{
	if (!state->under_way || !is_meant(state, arrival))
		return false;
	for (unsigned int i = 0; i < state->plan->hold_count; i++)
		if (state->plan->holds[i].at == arrival->point && is_next(state, i) &&
		    passage_meets(state, i, arrival)) {
			reach(state, i, arrival, now);
			break;
		}
	state->times[arrival->point]++;
	return true;
}

static bool have_come(const struct passage_state *state, const struct plan_set *set)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (!state->times[set->points[i]])
			return false;
	return true;
}

static bool goes_round(const struct passage_state *state, unsigned int number)
{
	const struct plan_set *spare = &state->plan->holds[number].spare;

	for (unsigned int i = 0; i < spare->count; i++)
		if (state->times[spare->points[i]] >=
		    state->holds[number].rounds[i] + SCHEDULE_ROUNDS)
			return true;
	return false;
}

static void let_go(struct passage_state *state, unsigned int number, bool *begins)
{
	struct passage_hold *hold = &state->holds[number];

	hold->state = HOLD_ENDED;
	if (place_of(state->plan, number)->count)
		state->held &= ~(1ULL << hold->cpu);
	else
		*begins = true;
}

/* What the bounds of all holds come to is how long a passage may last. */
static uint64_t longest(const struct plan *plan)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < plan->hold_count; i++)
		sum += plan->holds[i].hold->bound;
	return sum;
}

/* Where nobody runs, nothing comes any more; nor does time pass, on a clock of the guest. */
static bool has_expired(const struct passage_state *state, uint64_t now, unsigned int *missed,
			enum schedule_miss *why)
{
	const struct plan *plan = state->plan;
	bool nobody_runs = state->held == state->cpus;

	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct passage_hold *hold = &state->holds[i];

		*missed = i;
		*why = SCHEDULE_MISS_EXPIRED;
		if (hold->state == HOLD_HERE &&
		    (nobody_runs || now > hold->since + plan->holds[i].hold->bound))
			return true;
		*why = SCHEDULE_MISS_NEVER;
		if (hold->state == HOLD_AWAY && now > state->began + longest(plan))
			return true;
	}
	return false;
}

enum passage_end passage_settle(struct passage_state *state, uint64_t now, bool *begins,
				unsigned int *missed, enum schedule_miss *why)
{
	bool all = true;

	*begins = false;
	if (!state->under_way)
		return PASSAGE_GOES_ON;
	for (unsigned int i = 0; i < state->plan->hold_count; i++) {
		bool spared;

		if (state->holds[i].state == HOLD_HERE) {
			spared = goes_round(state, i);
			state->withstood |= state->holds[i].spared = spared;
			if (spared || have_come(state, &state->plan->holds[i].until))
				let_go(state, i, begins);
		}
		all &= state->holds[i].state == HOLD_ENDED;
	}
	if (all)
		return state->withstood ? PASSAGE_WITHSTOOD : PASSAGE_MADE;
	return has_expired(state, now, missed, why) ? PASSAGE_MISSED : PASSAGE_GOES_ON;
}

uint64_t passage_patience(const struct passage_state *state, uint64_t now)
{
	const struct plan *plan = state->plan;
	uint64_t end = UINT64_MAX;

	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct passage_hold *hold = &state->holds[i];
		uint64_t bound = hold->state == HOLD_AWAY
					 ? state->began + longest(plan)
					 : hold->since + plan->holds[i].hold->bound;

		if (hold->state != HOLD_ENDED && bound < end)
			end = bound;
	}
	return end > now ? end - now : 1;
}
