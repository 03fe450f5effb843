/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_plan.h"
#include "injector/schedule/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Any name but "split" and those of scripted threads is a reader's: its program names the role. */
static enum plan_role role_of(const struct schedule *schedule, const char *name)
{
	for (size_t i = 0; schedule && i < schedule->thread_count; i++)
		if (!strcmp(schedule->threads[i], name))
			return PLAN_THREAD + (enum plan_role)i;
	return strcmp(name, "split") ? PLAN_READ : PLAN_SPLIT;
}

/* The index of a point, which is added if it is new; or -errno with why filled in. */
static int point_of(struct plan *plan, enum plan_role role, const struct code_point *point,
		    const struct kernel_text *kernel, char *why, size_t size)
{
	const struct code_subject *subject;
	struct plan_point *to;
	int r;

	for (unsigned int i = 0; i < plan->point_count; i++)
		if (plan->points[i].role == role && code_point_same(plan->points[i].point, point))
			return (int)i;
	if (plan->point_count == PLAN_POINTS) {
		snprintf(why, size, "more than %d points", PLAN_POINTS);
		return -E2BIG;
	}
	to = &plan->points[plan->point_count];
	subject = code_subject_of(point);
	*to = (struct plan_point){ .role = role, .point = point };
	if (subject)
		to->subject = *subject;
	if (code_point_is_step(point))
		to->mark =
			code_mark(role - PLAN_THREAD, point->offset, point->kind == POINT_STEP_END);
	r = code_point_resolve(point, kernel, to->address, PLAN_ADDRESSES, why, size);
	if (r < 0)
		return r;
	to->count = (unsigned int)r;
	return (int)plan->point_count++;
}

static int set_of(struct plan *plan, const struct schedule *schedule,
		  const struct schema_list *list, struct plan_set *set,
		  const struct kernel_text *kernel, char *why, size_t size)
{
	const struct schedule_event *events = list->items;

	for (size_t i = 0; i < list->count; i++) {
		int r = point_of(plan, role_of(schedule, events[i].role), &events[i].at, kernel,
				 why, size);

		if (r < 0)
			return r;
		set->points[set->count++] = (unsigned int)r;
	}
	return 0;
}

int plan_watch(struct plan *plan, const struct schedule_event *events, size_t count,
	       const struct kernel_text *kernel, char *why, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		int r = point_of(plan, role_of(NULL, events[i].role), &events[i].at, kernel, why,
				 size);

		if (r < 0)
			return r;
	}
	plan->watched = plan->point_count;
	return 0;
}

/* Adds the point where scripted threads mark begin or end of an iteration. Returns its index or
 * -errno. */
static int mark_point(struct plan *plan, uint32_t mark, const struct kernel_text *kernel, char *why,
		      size_t size)
{
	static const struct code_point open = { .kind = POINT_STEP,
						.function = CODE_MARK_FUNCTION,
						.offset = UINT64_MAX },
				       over = { .kind = POINT_STEP_END,
						.function = CODE_MARK_FUNCTION,
						.offset = UINT64_MAX };
	int r = point_of(plan, PLAN_SPLIT, mark == CODE_MARK_OPEN ? &open : &over, kernel, why,
			 size);

	if (r >= 0)
		plan->points[r].mark = mark;
	return r;
}

static int find_marks(struct plan *plan, const struct schedule *schedule,
		      const struct kernel_text *kernel, char *why, size_t size)
{
	int opens, over;

	if (!schedule->thread_count)
		return 0;
	opens = mark_point(plan, CODE_MARK_OPEN, kernel, why, size);
	over = opens < 0 ? opens : mark_point(plan, CODE_MARK_OVER, kernel, why, size);
	if (over < 0)
		return over;
	plan->has_marks = true;
	plan->opens = (unsigned int)opens;
	plan->over = (unsigned int)over;
	return 0;
}

int plan_make(struct plan *plan, const struct schedule *schedule, const struct kernel_text *kernel,
	      char *why, size_t size)
{
	int r;

	for (size_t i = 0; i < schedule->count; i++) {
		const struct schedule_hold *hold = &schedule->holds[i];
		struct plan_hold *to = &plan->holds[i];

		r = point_of(plan, role_of(schedule, hold->role), &hold->at, kernel, why, size);

		if (r < 0)
			return r;
		to->bound = hold->bound;
		to->conditions = (unsigned int)hold->when.count;
		if (hold->when.count)
			memcpy(to->when, hold->when.items, hold->when.count * sizeof(*to->when));
		to->at = (unsigned int)r;
		r = set_of(plan, schedule, &hold->until, &to->until, kernel, why, size);
		if (!r)
			r = set_of(plan, schedule, &hold->spare, &to->spare, kernel, why, size);
		if (r)
			return r;
	}
	plan->hold_count = (unsigned int)schedule->count;
	r = find_marks(plan, schedule, kernel, why, size);
	if (r)
		return r;
	plan->any_file = schedule->any_file;
	plan->once = schedule->thread_count;
	for (unsigned int i = 0; i < plan->hold_count; i++)
		plan->once |= !plan->points[plan->holds[i].at].count;
	return 0;
}
