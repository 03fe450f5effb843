/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks a schedule before the run. It finds holds that wait for each other only if the order in
 * which a role reaches its points is certain: its holds are in that order; "begin" comes first;
 * within one call of F, its entry comes before what is in F, and its return after. If several
 * threads share a role, one may go on while another is held, so nothing is certain.
 */
#include "injector/base/append_text.h"
#include "injector/schedule/schedule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
	const struct schedule *schedule;
	const struct schedule_role *roles;
	struct schedule_mistake *mistake;
};

#define POINT(kind) (1U << POINT_##kind)

/* The kinds of points at which a subject is known. */
static const struct {
	const char *name;
	unsigned int points; /* bits of kinds */
} known[SCHEDULE_SUBJECTS] = {
	[SUBJECT_PAGE] = { "page", POINT(ENTRY) | POINT(RETURN) | POINT(CALL) },
	[SUBJECT_ARGUMENT] = { "argument", POINT(ENTRY) | POINT(RETURN) | POINT(CALL) },
	[SUBJECT_RETURN] = { "return", POINT(RETURN) | POINT(RETURN_FROM) },
	[SUBJECT_NTH] = { "nth", ~0U },
};

static int __attribute__((format(printf, 4, 5)))
wrong(const struct check *check, size_t hold, const char *key, const char *format, ...)
{
	va_list args;

	check->mistake->hold = hold;
	check->mistake->key = key;
	va_start(args, format);
	vsnprintf(check->mistake->why, sizeof(check->mistake->why), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct schedule_event *events_of(const struct schedule_hold *hold)
{
	return hold->until.items;
}

static const struct schedule_role *find_role(const struct check *check, const char *name)
{
	for (const struct schedule_role *role = check->roles; *role->name; role++)
		if (!strcmp(role->name, name))
			return role;
	return NULL;
}

/* Checks that a thread of the run has the role. */
static int check_role(const struct check *check, size_t hold, const char *key, const char *name)
{
	const struct schedule_role *found = find_role(check, name);
	char filled[128] = "";
	size_t used = 0;

	if (found && found->threads)
		return 0;
	for (const struct schedule_role *role = check->roles; *role->name; role++)
		if (role->threads)
			used = append_text(filled, sizeof(filled), used, "%s%s", used ? ", " : "",
					   role->name);
	if (found)
		return wrong(check, hold, key,
			     "no thread of this scenario has the role %s (%s); allowed: %s", name,
			     found->who, *filled ? filled : "none");
	return wrong(check, hold, key, "\"%s\" is unknown; allowed: %s", name,
		     *filled ? filled : "none");
}

static int check_conditions(const struct check *check, size_t i)
{
	const struct schedule_hold *hold = &check->schedule->holds[i];
	const struct schedule_condition *conditions = hold->when.items;
	char point[160], names[64] = "";
	size_t used = 0;

	if (hold->when.count > SCHEDULE_CONDITIONS_MAX)
		return wrong(check, i, "when", "%zu conditions; allowed: up to %d",
			     hold->when.count, SCHEDULE_CONDITIONS_MAX);
	for (size_t k = 0; k < hold->when.count; k++) {
		if (known[conditions[k].subject].points & 1U << hold->at.kind)
			continue;
		for (size_t s = 0; s < SCHEDULE_SUBJECTS; s++)
			if (known[s].points & 1U << hold->at.kind)
				used = append_text(names, sizeof(names), used, "%s%s",
						   used ? ", " : "", known[s].name);
		return wrong(check, i, "when", "%s is not known at \"%s\"; allowed: %s",
			     known[conditions[k].subject].name,
			     code_point_text(&hold->at, point, sizeof(point)), names);
	}
	return 0;
}

static bool same_event(const struct schedule_event *a, const struct schedule_event *b)
{
	return !strcmp(a->role, b->role) && code_point_same(&a->at, &b->at);
}

/* Checks the events of one key of a hold. least: number required. */
static int check_list(const struct check *check, size_t i, const char *key,
		      const struct schema_list *list, size_t least)
{
	const struct schedule_hold *hold = &check->schedule->holds[i];
	const struct schedule_event *events = list->items;
	char text[2 * CODE_POINT_NAME + 64];

	if (list->count < least || list->count > SCHEDULE_EVENTS_MAX)
		return wrong(check, i, key, "%zu events; allowed: %s%d", list->count,
			     least ? "1 to " : "up to ", SCHEDULE_EVENTS_MAX);
	for (size_t k = 0; k < list->count; k++) {
		if (check_role(check, i, key, events[k].role))
			return -EINVAL;
		schedule_event_text(&events[k], text, sizeof(text));
		if (!strcmp(events[k].role, hold->role) &&
		    find_role(check, hold->role)->threads == 1)
			return wrong(check, i, key,
				     "\"%s\" cannot come: %s has one thread, and this holds it; "
				     "allowed: what another role does",
				     text, hold->role);
		for (size_t other = 0; other < k; other++)
			if (same_event(&events[k], &events[other]))
				return wrong(check, i, key,
					     "\"%s\" is listed twice; allowed: each event once",
					     text);
	}
	return 0;
}

/* Checks that the role has the step of a point. */
static int check_step(const struct check *check, size_t i, const char *key, const char *role,
		      const struct code_point *point)
{
	const struct schedule_role *found = find_role(check, role);

	if (!code_point_is_step(point) || (found && point->offset < found->steps))
		return 0;
	if (!found || !found->steps)
		return wrong(check, i, key, "%s has no steps; allowed: steps of a scripted thread",
			     role);
	return wrong(check, i, key, "%s has no step %" PRIu64 "; allowed: 0 to %" PRIu64, role,
		     point->offset, found->steps - 1);
}

static int check_steps(const struct check *check, size_t i)
{
	const struct schedule_hold *hold = &check->schedule->holds[i];
	const struct schedule_event *until = hold->until.items, *spare = hold->spare.items;
	int r = check_step(check, i, "at", hold->role, &hold->at);

	for (size_t k = 0; k < hold->until.count && !r; k++)
		r = check_step(check, i, "until", until[k].role, &until[k].at);
	for (size_t k = 0; k < hold->spare.count && !r; k++)
		r = check_step(check, i, "or", spare[k].role, &spare[k].at);
	return r;
}

static int check_events(const struct check *check, size_t i)
{
	const struct schedule_hold *hold = &check->schedule->holds[i];
	int r = check_list(check, i, "until", &hold->until, 1);

	return r ? r : check_list(check, i, "or", &hold->spare, 0);
}

static bool same_condition(const struct schedule_condition *a, const struct schedule_condition *b)
{
	return a->subject == b->subject && a->argument == b->argument &&
	       a->comparison == b->comparison && a->exposed == b->exposed && a->value == b->value;
}

static bool same_hold(const struct schedule_hold *a, const struct schedule_hold *b)
{
	const struct schedule_condition *left = a->when.items, *right = b->when.items;

	if (strcmp(a->role, b->role) != 0 || !code_point_same(&a->at, &b->at) ||
	    a->when.count != b->when.count)
		return false;
	for (size_t i = 0; i < a->when.count; i++)
		if (!same_condition(&left[i], &right[i]))
			return false;
	return true;
}

/* Checks a hold against earlier ones of the same role. */
static int check_place(const struct check *check, size_t i)
{
	const struct schedule_hold *holds = check->schedule->holds;

	for (size_t k = 0; k < i; k++) {
		if (same_hold(&holds[k], &holds[i]))
			return wrong(check, i, "at",
				     "schedule[%zu] holds the same role at the same point; "
				     "allowed: each point once, or under different conditions",
				     k);
		if (holds[i].at.kind == POINT_BEGIN && !strcmp(holds[k].role, holds[i].role))
			return wrong(check, i, "at",
				     "\"begin\" is before schedule[%zu]; allowed: as the first "
				     "hold of its role",
				     k);
	}
	return 0;
}

/* Whether two points are in the code of the same function. */
static bool in_function(const struct code_point *point, const struct code_point *of)
{
	return point->kind != POINT_BEGIN && !code_point_is_step(point) &&
	       !strcmp(point->function, of->function);
}

/* Whether a thread always reaches the first point before the second. */
static bool comes_later(const struct code_point *first, const struct code_point *second)
{
	if (code_point_is_step(first) && code_point_is_step(second))
		return first->offset < second->offset ||
		       (first->offset == second->offset && first->kind == POINT_STEP &&
			second->kind == POINT_STEP_END);
	switch (first->kind) {
	case POINT_BEGIN:
		return second->kind != POINT_BEGIN;
	case POINT_ENTRY:
		return in_function(second, first) && second->kind != POINT_ENTRY;
	case POINT_CALL:
		return in_function(second, first) &&
		       (second->kind == POINT_RETURN || (second->kind == POINT_RETURN_FROM &&
							 !strcmp(first->callee, second->callee)));
	case POINT_RETURN_FROM:
	case POINT_OFFSET:
		return in_function(second, first) && second->kind == POINT_RETURN;
	default:
		return false;
	}
}

/* Whether a role reaches an event only after its hold number i has ended. */
static bool is_behind(const struct check *check, const struct schedule_event *event, size_t i)
{
	const struct schedule_hold *holds = check->schedule->holds;

	if (strcmp(holds[i].role, event->role) != 0 || find_role(check, event->role)->threads > 1)
		return false;
	/* At a later hold of the role, unless the role passes the point before. */
	for (size_t k = 0; k < check->schedule->count; k++) {
		if (strcmp(holds[k].role, event->role) != 0)
			continue;
		if (code_point_same(&holds[k].at, &event->at))
			return k > i;
		/* With a condition, the role may pass the point first, and come again. */
		if (k >= i && !holds[k].when.count && comes_later(&holds[k].at, &event->at))
			return true;
	}
	return false;
}

/* The first event of a hold that comes only after another hold; NULL: none. */
static const struct schedule_event *waits_for(const struct check *check, size_t hold, size_t other)
{
	const struct schedule_event *events = events_of(&check->schedule->holds[hold]);

	for (size_t i = 0; i < check->schedule->holds[hold].until.count; i++)
		if (is_behind(check, &events[i], other))
			return &events[i];
	return NULL;
}

/* The first hold, of those left, for which a hold waits; the number of holds: none. */
static size_t next_of(const struct check *check, const bool *left, size_t hold)
{
	size_t i;

	for (i = 0; i < check->schedule->count; i++)
		if (left[i] && waits_for(check, hold, i))
			break;
	return i;
}

static int complain_of_circle(const struct check *check, const bool *left, size_t first)
{
	char event[160], why[sizeof(check->mistake->why)] = "";
	size_t at = first, used = 0;

	do {
		size_t next = next_of(check, left, at);

		schedule_event_text(waits_for(check, at, next), event, sizeof(event));
		if (next == first)
			append_text(why, sizeof(why), used, "\"%s\", behind this hold", event);
		else
			used = append_text(why, sizeof(why), used,
					   "\"%s\", behind schedule[%zu], which waits for ", event,
					   next);
		at = next;
	} while (at != first);
	return wrong(check, first, "until", "waits for itself: for %s; allowed: no circle", why);
}

/* Repeatedly removes holds that wait for none of those left; the rest waits in circles. */
static int check_circles(const struct check *check)
{
	size_t count = check->schedule->count, gone, at, steps, first;
	bool left[SCHEDULE_HOLDS_MAX];

	memset(left, true, sizeof(left));
	do {
		gone = 0;
		for (size_t i = 0; i < count; i++)
			if (left[i] && next_of(check, left, i) == count) {
				left[i] = false;
				gone++;
			}
	} while (gone);
	for (at = 0; at < count && !left[at]; at++)
		;
	if (at == count)
		return 0;
	/* After `count` steps, `at` is in a circle, not on the way to one; `count` more steps visit
	 * all of it. */
	for (steps = 0; steps < count; steps++)
		at = next_of(check, left, at);
	first = at;
	for (steps = 0; steps < count; steps++) {
		at = next_of(check, left, at);
		first = at < first ? at : first;
	}
	return complain_of_circle(check, left, first);
}

static bool has_role(const struct schema_list *list, const char *role)
{
	const struct schedule_event *events = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(events[i].role, role))
			return true;
	return false;
}

/* The number of roles with a hold or event. */
static unsigned int count_roles(const struct check *check)
{
	unsigned int count = 0;

	for (const struct schedule_role *role = check->roles; *role->name; role++) {
		bool used = false;

		for (size_t i = 0; i < check->schedule->count; i++) {
			const struct schedule_hold *hold = &check->schedule->holds[i];

			used |= !strcmp(hold->role, role->name) ||
				has_role(&hold->until, role->name) ||
				has_role(&hold->spare, role->name);
		}
		count += used;
	}
	return count;
}

/* Passages begin at the first hold in the kernel: there must be one, and its role comes there for
 * the first time. */
static int check_first(const struct check *check)
{
	const struct schedule_hold *holds = check->schedule->holds;
	const struct schedule_condition *conditions;
	size_t i = 0;

	while (i < check->schedule->count && holds[i].at.kind == POINT_BEGIN)
		i++;
	if (i == check->schedule->count)
		return wrong(check, 0, "at",
			     "every hold is at \"begin\"; allowed: with one in the kernel at "
			     "least, where passages begin");
	conditions = holds[i].when.items;
	for (size_t k = 0; k < holds[i].when.count; k++)
		if (conditions[k].subject == SUBJECT_NTH &&
		    !schedule_condition_met(&conditions[k], 1, 0))
			return wrong(check, i, "when",
				     "passages begin here, so nth is 1; allowed: what 1 meets");
	return 0;
}

int schedule_check(const struct schedule *schedule, const struct schedule_role *roles,
		   unsigned int processors, struct schedule_mistake *mistake)
{
	const struct check check = { schedule, roles, mistake };
	unsigned int used;
	int r = 0;

	if (!schedule->count || schedule->count > SCHEDULE_HOLDS_MAX)
		return wrong(&check, 0, NULL, "%zu holds; allowed: 1 to %d", schedule->count,
			     SCHEDULE_HOLDS_MAX);
	for (size_t i = 0; i < schedule->count && !r; i++) {
		r = check_role(&check, i, "hold", schedule->holds[i].role);
		if (!r)
			r = check_place(&check, i);
		if (!r)
			r = check_conditions(&check, i);
		if (!r)
			r = check_events(&check, i);
		if (!r)
			r = check_steps(&check, i);
	}
	if (r || check_first(&check) || check_circles(&check))
		return -EINVAL;
	used = count_roles(&check);
	if (processors && used > processors)
		return wrong(&check, 0, NULL,
			     "%u roles, and %u processor%s; allowed: as many roles as processors",
			     used, processors, processors == 1 ? "" : "s");
	return 0;
}
