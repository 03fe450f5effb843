/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_passage.h"

PASSAGE_API void passage_reset(const struct plan *plan, struct passage_state *state, uint64_t cpus)
{
	state->under_way = state->withstood = state->open = state->over = false;
	state->held = 0;
	state->mapping = 0;
	state->cpus = cpus;
	for (unsigned int i = 0; i < plan->hold_count; i++)
		state->holds[i].state = HOLD_AWAY;
	for (unsigned int i = 0; i < plan->point_count; i++)
		state->times[i] = 0;
}

static const struct plan_point *place_of(const struct plan *plan, unsigned int hold)
{
	return &plan->points[plan->holds[hold].at];
}

PASSAGE_API unsigned int passage_first(const struct plan *plan)
{
	unsigned int i = 0;

	while (i < plan->hold_count && !place_of(plan, i)->count)
		i++;
	return i;
}

/* Whether a hold is the next one of its role: the role's earlier holds have ended. */
static bool is_next(const struct plan *plan, const struct passage_state *state, unsigned int hold)
{
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

/* Whether arrivals at a hold count before it is the next one: it has a condition on nth. */
static bool counts_times(const struct plan *plan, const struct passage_state *state,
			 unsigned int hold)
{
	const struct plan_hold *at = &plan->holds[hold];

	if (state->holds[hold].state != HOLD_AWAY)
		return false;
	for (unsigned int i = 0; i < at->conditions; i++)
		if (at->when[i].subject == SUBJECT_NTH)
			return true;
	return false;
}

PASSAGE_API bool passage_watches(const struct plan *plan, const struct passage_state *state,
				 unsigned int point)
{
	if (state->under_way && point < plan->watched && !state->times[point])
		return true;
	if (plan->has_marks && point == plan->over)
		return state->under_way || state->open;
	if (plan->has_marks && !state->under_way && !state->open)
		return point == plan->opens;
	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct plan_hold *hold = &plan->holds[i];

		if (hold->at == point && is_next(plan, state, i))
			return true;
		if (!state->under_way || state->holds[i].state == HOLD_ENDED)
			continue;
		if (hold->at == point && counts_times(plan, state, i))
			return true;
		if (has(&hold->until, point) && !state->times[point])
			return true;
		if (has(&hold->spare, point) &&
		    (state->holds[i].state == HOLD_HERE || plan->points[point].mark))
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

/* Whether the conditions of a hold are met by an arrival. */
static bool meets(const struct plan *plan, const struct passage_state *state, unsigned int hold,
		  const struct arrival *arrival)
{
	const struct plan_hold *at = &plan->holds[hold];

	for (unsigned int i = 0; i < at->conditions; i++)
		if (!schedule_condition_met(&at->when[i], subject_of(&at->when[i], state, arrival),
					    arrival->exposed))
			return false;
	return true;
}

static void reach(const struct plan *plan, struct passage_state *state, unsigned int number,
		  const struct arrival *arrival, uint64_t now)
{
	const struct plan_set *spare = &plan->holds[number].spare;
	struct passage_hold *hold = &state->holds[number];

	hold->state = HOLD_HERE;
	hold->cpu = arrival->cpu;
	hold->since = now;
	for (unsigned int i = 0; i < spare->count; i++)
		hold->rounds[i] = state->times[spare->points[i]];
	state->held |= 1ULL << arrival->cpu;
}

/* Holds in user space are reached when the passage begins. */
static void hold_in_user_space(const struct plan *plan, struct passage_state *state, uint64_t now)
{
	for (unsigned int i = 0; i < plan->hold_count; i++)
		if (!place_of(plan, i)->count) {
			state->holds[i].state = HOLD_HERE;
			state->holds[i].since = now;
		}
}

static bool is_meant(const struct plan *plan, const struct passage_state *state,
		     const struct arrival *arrival)
{
	if (!plan->any_file && arrival->mapping && state->mapping &&
	    arrival->mapping != state->mapping)
		return false;
	return plan->points[arrival->point].role != PLAN_READ || arrival->page < 0 ||
	       (arrival->page >= state->page && arrival->page <= state->last);
}

/* Whether a role is still held in user space, before all its points. If it comes to one, it has
 * given up waiting, or sleeps now and then: nothing forced that. */
static bool waits_in_user_space(const struct plan *plan, const struct passage_state *state,
				enum plan_role role)
{
	for (unsigned int i = 0; i < plan->hold_count; i++)
		if (!place_of(plan, i)->count && place_of(plan, i)->role == role &&
		    state->holds[i].state == HOLD_HERE)
			return true;
	return false;
}

/* The hold that an arrival reaches; plan->hold_count: none. */
static unsigned int hold_at(const struct plan *plan, const struct passage_state *state,
			    const struct arrival *arrival)
{
	unsigned int i;

	for (i = 0; i < plan->hold_count; i++)
		if (plan->holds[i].at == arrival->point && is_next(plan, state, i) &&
		    meets(plan, state, i, arrival))
			break;
	return i;
}

/* Narrows the reader's range to the page of an arrival, and sets the passage's file. */
static void narrow(const struct plan *plan, struct passage_state *state,
		   const struct arrival *arrival)
{
	if (plan->points[arrival->point].role == PLAN_READ && arrival->page >= 0)
		state->page = state->last = arrival->page;
	if (!state->mapping)
		state->mapping = arrival->mapping;
}

PASSAGE_API bool passage_mark(const struct plan *plan, struct passage_state *state,
			      unsigned int point)
{
	if (!plan->has_marks || (point != plan->opens && point != plan->over))
		return false;
	state->open = point == plan->opens;
	return true;
}

PASSAGE_API bool passage_begin(const struct plan *plan, struct passage_state *state,
			       const struct arrival *arrival, int64_t page, int64_t last,
			       uint64_t now)
{
	unsigned int hold;

	passage_reset(plan, state, state->cpus);
	state->page = page;
	state->last = last;
	hold = hold_at(plan, state, arrival);
	if (hold == plan->hold_count || !is_meant(plan, state, arrival))
		return false;
	state->under_way = true;
	state->began = now;
	narrow(plan, state, arrival);
	hold_in_user_space(plan, state, now);
	state->times[arrival->point] = 1;
	reach(plan, state, hold, arrival, now);
	return true;
}

PASSAGE_API bool passage_take(const struct plan *plan, struct passage_state *state,
			      const struct arrival *arrival, uint64_t now)
{
	unsigned int hold;

	if (!state->under_way || !is_meant(plan, state, arrival) ||
	    waits_in_user_space(plan, state, plan->points[arrival->point].role))
		return false;
	hold = hold_at(plan, state, arrival);
	if (hold < plan->hold_count) {
		reach(plan, state, hold, arrival, now);
		narrow(plan, state, arrival);
	}
	state->times[arrival->point]++;
	state->over |= plan->has_marks && arrival->point == plan->over;
	return true;
}

static bool have_come(const struct passage_state *state, const struct plan_set *set)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (!state->times[set->points[i]])
			return false;
	return true;
}

/* Whether a spare event has come SCHEDULE_ROUNDS times since the hold began: its thread goes round
 * in circles. A step of a script comes once. */
static bool goes_round(const struct plan *plan, const struct passage_state *state,
		       unsigned int number)
{
	const struct plan_set *spare = &plan->holds[number].spare;

	for (unsigned int i = 0; i < spare->count; i++) {
		uint64_t wanted = state->holds[number].rounds[i] + SCHEDULE_ROUNDS;

		if (state->times[spare->points[i]] >=
		    (plan->points[spare->points[i]].mark ? 1 : wanted))
			return true;
	}
	return false;
}

static void let_go(const struct plan *plan, struct passage_state *state, unsigned int number,
		   unsigned int *begins)
{
	struct passage_hold *hold = &state->holds[number];

	hold->state = HOLD_ENDED;
	if (place_of(plan, number)->count)
		state->held &= ~(1ULL << hold->cpu);
	else
		*begins |= 1U << place_of(plan, number)->role;
}

/* The longest duration of a passage: the sum of all bounds. */
static uint64_t longest(const struct plan *plan)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < plan->hold_count; i++)
		sum += plan->holds[i].bound;
	return sum;
}

/* Finds a hold that has expired. If all processors are held, no event can come, and a guest's clock
 * does not run; the clock of the engine in the kernel does (cpus 0). */
static bool find_expired(const struct plan *plan, const struct passage_state *state, uint64_t now,
			 unsigned int *missed, enum schedule_miss *why)
{
	bool nobody_runs = state->cpus && state->held == state->cpus;

	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct passage_hold *hold = &state->holds[i];

		*missed = i;
		*why = SCHEDULE_MISS_EXPIRED;
		if (hold->state == HOLD_HERE &&
		    (nobody_runs || state->over || now > hold->since + plan->holds[i].bound))
			return true;
		*why = SCHEDULE_MISS_NEVER;
		if (hold->state == HOLD_AWAY && (state->over || now > state->began + longest(plan)))
			return true;
	}
	return false;
}

PASSAGE_API enum passage_end passage_settle(const struct plan *plan, struct passage_state *state,
					    uint64_t now, unsigned int *begins,
					    unsigned int *missed, enum schedule_miss *why)
{
	bool all = true, here = false;

	*begins = 0;
	if (!state->under_way)
		return PASSAGE_GOES_ON;
	for (unsigned int i = 0; i < plan->hold_count; i++) {
		bool spared;

		if (state->holds[i].state == HOLD_HERE) {
			spared = goes_round(plan, state, i);
			state->withstood |= state->holds[i].spared = spared;
			if (spared || have_come(state, &plan->holds[i].until))
				let_go(plan, state, i, begins);
		}
		all &= state->holds[i].state == HOLD_ENDED;
		here |= state->holds[i].state == HOLD_HERE;
	}
	/* A spared hold's events could not come, nor could later holds be reached. */
	all |= state->over && state->withstood && !here;
	if (all)
		return state->withstood ? PASSAGE_WITHSTOOD : PASSAGE_MADE;
	return find_expired(plan, state, now, missed, why) ? PASSAGE_MISSED : PASSAGE_GOES_ON;
}

PASSAGE_API bool passage_has_expired(const struct plan *plan, const struct passage_state *state,
				     uint64_t now)
{
	unsigned int missed;
	enum schedule_miss why;

	return state->under_way && find_expired(plan, state, now, &missed, &why);
}

PASSAGE_API uint64_t passage_patience(const struct plan *plan, const struct passage_state *state,
				      uint64_t now)
{
	uint64_t end = UINT64_MAX;

	for (unsigned int i = 0; i < plan->hold_count; i++) {
		const struct passage_hold *hold = &state->holds[i];
		uint64_t bound = hold->state == HOLD_AWAY ? state->began + longest(plan)
							  : hold->since + plan->holds[i].bound;

		if (hold->state != HOLD_ENDED && bound < end)
			end = bound;
	}
	return end > now ? end - now : 1;
}
