/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request on its way through what rules do to it. */
#include "injector/base/random.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_tell(const struct plan *plan, struct firing *firing, const struct hook_request *request,
	       uint64_t measured, bool cut_short)
{
	const struct rules_config *config = &plan->rules->config;
	const struct hook_operation *operation = hook_operation_of(request->opcode);
	struct rule_event event = {
		.time = firing->began,
		.decision = firing->decision,
		.match = firing->match,
		.rule = firing->rule->id,
		.pid = request->pid,
		.offset = request->offset,
		.length = request->length,
		.drawn = firing->drawn,
		.measured = measured,
		.error = firing->error,
		.cut_short = cut_short,
	};

	if (firing->told)
		return;
	firing->told = true;
	if (!config->emit)
		return;
	memcpy(event.name, firing->rule->name, sizeof(event.name));
	snprintf(event.action, sizeof(event.action), "%s", firing->action->kind->name);
	snprintf(event.operation, sizeof(event.operation), "%s", operation->name);
	memcpy(event.path, plan->path, sizeof(event.path));
	config->emit(config->context, &event);
}

static void fill_path(struct plan *plan, const struct hook_request *request)
{
	char path[PATH_MAX] = "";
	size_t length;

	if (request->lookups)
		request->lookups->path(request, path, sizeof(path));
	length = strlen(path);
	snprintf(plan->path, sizeof(plan->path), "%s",
		 length < sizeof(plan->path) ? path : path + length - sizeof(plan->path) + 1);
}

static struct plan *make_plan(struct rules *rules, const struct hook_request *request,
			      struct rule_match *matches, size_t count)
{
	struct plan *plan;
	size_t steps = 0;

	for (size_t i = 0; i < count; i++)
		steps += matches[i].rule->action_count;
	plan = calloc(1, sizeof(*plan) + steps * sizeof(plan->firings[0]));
	if (!plan) {
		for (size_t i = 0; i < count; i++)
			rule_unref(matches[i].rule);
		return NULL;
	}
	plan->rules = rules;
	fill_path(plan, request);
	for (size_t i = 0; i < count; i++) {
		struct rule *rule = matches[i].rule;
		uint64_t decision = atomic_fetch_add(&rules->decisions, 1) + 1;

		for (size_t a = 0; a < rule->action_count; a++) {
			struct firing *firing = &plan->firings[plan->count++];

			firing->rule = rule;
			if (a)
				atomic_fetch_add(&rule->references, 1);
			firing->action = &rule->actions[a];
			firing->decision = decision;
			firing->match = matches[i].number;
			firing->random = random_value(rules->config.seed,
						      RANDOM_RULE + (uint64_t)rule->id * 16 + a,
						      matches[i].number);
			if (firing->action->kind->draw)
				firing->drawn =
					firing->action->kind->draw(firing->action, firing->random);
			firing->began = request->arrived;
			plan->changes_data |= firing->action->kind->data;
		}
	}
	return plan;
}

/* Takes the steps of the phase that the plan is in, up to one that waits or fails. */
static struct hook_decision go_on(struct plan *plan, const struct hook_request *request)
{
	struct hook_decision decision = { .plan = plan };

	for (; plan->at < plan->count; plan->at++) {
		struct firing *firing = &plan->firings[plan->at];
		enum action_step step = STEP_ON;

		if (firing->action->kind->data || firing->action->after != plan->after)
			continue;
		firing->began = units_now();
		step = firing->action->kind->apply(plan, firing, request, &decision.delay_ns);
		if (step == STEP_FAIL) {
			decision.error = firing->error;
			plan_tell(plan, firing, request, 0, false);
			plan->at = plan->count;
			break;
		}
		if (step != STEP_ON && decision.delay_ns) {
			decision.goes_on = plan->waits = true;
			decision.held = step == STEP_HELD;
			plan->at++;
			break;
		}
		plan_tell(plan, firing, request, 0, false);
	}
	return decision;
}

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	struct rules *rules = injector;
	struct rule_match matches[FIRED_MAX];
	size_t count = rules_match(rules, request, matches);
	struct plan *plan;

	if (!count &&
	    !(request->opcode == FUSE_READ && misplace_is_open(&rules->misplace, request->inode)))
		return (struct hook_decision){ .delay_ns = 0 };
	plan = make_plan(rules, request, matches, count);
	if (!plan)
		return (struct hook_decision){ .delay_ns = 0 };
	return go_on(plan, request);
}

static struct hook_decision next(void *injector, const struct hook_request *request,
				 bool interrupted)
{
	struct plan *plan = request->plan;
	struct firing *firing = &plan->firings[plan->at - 1];
	uint64_t now = units_now();
	bool released = true;

	(void)injector;
	if (plan->hold.hold)
		released = hold_leave(&plan->rules->holds, &plan->hold);
	plan->waits = false;
	plan_tell(plan, firing, request, now - firing->began, interrupted || !released);
	if (interrupted)
		return (struct hook_decision){ .plan = plan };
	return go_on(plan, request);
}

static struct hook_decision after(void *injector, const struct hook_request *request, int result)
{
	struct rules *rules = injector;
	struct plan *plan = request->plan;

	if (atomic_load_explicit(&rules->lose.active, memory_order_relaxed) && result >= 0) {
		if (request->opcode == FUSE_FSYNC)
			lose_synced(&rules->lose, request->inode);
		else if (request->opcode == FUSE_SETATTR && request->mode & FATTR_SIZE)
			lose_cut(&rules->lose, request->inode, request->offset);
	}
	if (!plan || plan->after)
		return (struct hook_decision){ .plan = plan };
	plan->after = true;
	plan->at = 0;
	return go_on(plan, request);
}

static void waits(void *injector, const struct hook_request *request, hook_wake *wake, void *waiter)
{
	struct plan *plan = request->plan;
	struct rules *rules = injector;

	hold_waits(&rules->holds, &plan->hold, wake, waiter);
}

static void done(void *injector, const struct hook_request *request)
{
	struct plan *plan = request->plan;

	(void)injector;
	if (plan->hold.hold)
		hold_leave(&plan->rules->holds, &plan->hold);
	for (size_t i = 0; i < plan->count; i++)
		rule_unref(plan->firings[i].rule);
	free(plan);
}

/* Where a request of `size` > 0 bytes ends early. Returns the bytes kept. */
static size_t cut_at(const struct rule_cut *cut, uint64_t offset, size_t size, uint64_t random)
{
	uint64_t unit = cut->place == RULE_CUT_SECTOR ? 512 : 4096, first, places;

	if (cut->place == RULE_CUT_BYTE)
		return 1;
	if (cut->place == RULE_CUT_AT)
		return cut->at > offset && cut->at < offset + size ? (size_t)(cut->at - offset)
								   : size;
	/* One of the borders inside. */
	first = (offset / unit + 1) * unit;
	if (first >= offset + size)
		return size;
	places = (offset + size - 1 - first) / unit + 1;
	return (size_t)(first + random % places * unit - offset);
}

/* Calls for each firing of a kind that changes data. */
#define EACH_DATA(plan, firing, row)                                                               \
	for (struct firing *firing = (plan)->firings; firing < (plan)->firings + (plan)->count;    \
	     firing++)                                                                             \
		if (firing->action->kind->name == (row))

static size_t shorten(void *injector, const struct hook_request *request, size_t size)
{
	struct plan *plan = request->plan;

	(void)injector;
	if (!plan->changes_data || !size)
		return size;
	EACH_DATA(plan, firing, action_short)
	{
		size = cut_at(&firing->action->cut, request->offset, size, firing->random);
		firing->drawn = size;
		plan_tell(plan, firing, request, 0, false);
	}
	return size;
}

static void corrupt(struct plan *plan, const struct hook_request *request, char *data, size_t size)
{
	EACH_DATA(plan, firing, action_corrupt)
	{
		firing->drawn =
			corruption_apply(&firing->action->corruption, data, size, firing->random)
				.first;
		plan_tell(plan, firing, request, 0, false);
	}
}

/* What an open window does to a read is no firing of a rule, but a decision all the same. */
static void misplace(const struct plan *plan, const struct hook_request *request, char *data,
		     size_t size)
{
	static const struct action_kind kind = { .name = "misplaced" };
	struct rule none = { .name = "" };
	struct action action = { .kind = &kind };
	struct firing firing = { .rule = &none, .action = &action, .began = request->arrived };

	if (!misplace_apply(&plan->rules->misplace, request, data, size, &firing.drawn))
		return;
	firing.decision = atomic_fetch_add(&plan->rules->decisions, 1) + 1;
	plan_tell(plan, &firing, request, 0, false);
}

static void alter_read(void *injector, const struct hook_request *request, char *data, size_t size)
{
	struct rules *rules = injector;

	if (!size)
		return;
	if (misplace_is_open(&rules->misplace, request->inode))
		misplace(request->plan, request, data, size);
	corrupt(request->plan, request, data, size);
}

static void alter_write(void *injector, const struct hook_request *request, char *data, size_t size)
{
	struct rules *rules = injector;
	struct plan *plan = request->plan;

	if (!size)
		return;
	EACH_DATA(plan, firing, action_lose)
	{
		int64_t kept = 0;

		/* What such a write has written is durable when it returns. */
		if (!(request->mode & O_DSYNC))
			kept = lose_remember(&rules->lose, request, request->offset, size);
		firing->drawn = kept < 0 ? 0 : (uint64_t)kept;
		firing->error = kept < 0 ? (int)-kept : 0;
		plan_tell(plan, firing, request, 0, false);
	}
	corrupt(plan, request, data, size);
}

struct hooks rules_hooks(struct rules *rules)
{
	return (struct hooks){
		.injector = rules,
		.before = before,
		.after = after,
		.next = next,
		.waits = waits,
		.shorten = shorten,
		.alter_read = alter_read,
		.alter_write = alter_write,
		.done = done,
	};
}
