/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a request through the actions of the rules that fire for it. */
#include "injector/base/random.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_tell(const struct plan *plan, struct firing *firing, uint64_t measured, bool cut_short)
{
	const struct rules_config *config = &plan->rules->config;
	const struct hook_request *request = plan->request;
	const struct hook_operation *operation = hook_operation_of(request->opcode);
	struct rule_event event = {
		.time = firing->began,
		.decision = firing->decision,
		.match = firing->match,
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
	if (firing->rule) {
		event.rule = firing->rule->id;
		memcpy(event.name, firing->rule->name, sizeof(event.name));
	}
	snprintf(event.action, sizeof(event.action), "%s", firing->action->kind->key.name);
	snprintf(event.operation, sizeof(event.operation), "%s",
		 request->opcode == FUSE_FSYNC && request->mode & FUSE_FSYNC_FDATASYNC
			 ? "fdatasync"
			 : operation->name);
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
				firing->drawn = firing->action->kind->draw(firing->action->state,
									   firing->random);
			firing->began = request->arrived;
		}
	}
	return plan;
}

/* The errno with which all requests fail now, or 0. */
static int refusal_of(const struct rules *rules)
{
	int error = 0;

	for (size_t i = 0; i < rules->shared_count && !error; i++)
		if (rules->shared[i].kind->refuses)
			error = rules->shared[i].kind->refuses(rules->shared[i].state);
	return error;
}

/* Calls enters() of the one kind that has it. Returns 0 or a positive errno. */
static int enter(struct plan *plan)
{
	const struct rules *rules = plan->rules;
	int error = 0;

	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->enters) {
			error = rules->shared[i].kind->enters(rules->shared[i].state,
							      plan->request);
			plan->entered = !error;
		}
	return error;
}

static void leave(struct plan *plan)
{
	const struct rules *rules = plan->rules;

	if (!plan->entered)
		return;
	plan->entered = false;
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->leaves)
			rules->shared[i].kind->leaves(rules->shared[i].state);
}

/* Takes the steps of the plan's present phase, up to one that waits or fails. */
static struct hook_decision go_on(struct plan *plan)
{
	struct hook_decision decision = { .plan = plan };

	for (; plan->at < plan->count; plan->at++) {
		struct firing *firing = &plan->firings[plan->at];
		const struct action *action = firing->action;
		enum action_step step;

		if (!action->kind->apply || action->after != plan->after)
			continue;
		firing->began = units_now();
		step = action->kind->apply(plan, firing);
		if (step == STEP_FAIL) {
			decision.error = firing->error;
			plan_tell(plan, firing, 0, false);
			plan->at = plan->count;
			break;
		}
		if (step != STEP_ON && firing->delay) {
			decision.delay_ns = firing->delay;
			decision.goes_on = true;
			decision.held = step == STEP_HELD;
			decision.interruptible = firing->interruptible;
			plan->at++;
			return decision;
		}
		plan_tell(plan, firing, 0, false);
	}
	if (!decision.error && !plan->after)
		decision.error = enter(plan);
	return decision;
}

/* The plan of a request, with plan->request set for the present hook; NULL: none. */
static struct plan *plan_of(const struct hook_request *request)
{
	struct plan *plan = request->plan;

	if (plan)
		plan->request = request;
	return plan;
}

/* Whether a kind of action needs a plan for a request for which no rule fires. */
static bool is_concerned(const struct rules *rules, const struct hook_request *request)
{
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->concerns &&
		    rules->shared[i].kind->concerns(rules->shared[i].state, request))
			return true;
	return false;
}

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	struct rules *rules = injector;
	struct rule_match matches[RULES_MAX];
	size_t count = rules_match(rules, request, matches);
	struct plan *plan;

	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->see_request)
			rules->shared[i].kind->see_request(rules->shared[i].state, request);
	if (!count && !is_concerned(rules, request))
		return (struct hook_decision){ .error = refusal_of(rules) };
	plan = make_plan(rules, request, matches, count);
	/* Without a plan its effects are not recorded, and survive a crash. */
	if (!plan)
		return (struct hook_decision){ .error = ENOMEM };
	plan->request = request;
	if (refusal_of(rules))
		return (struct hook_decision){ .plan = plan, .error = refusal_of(rules) };
	return go_on(plan);
}

static struct hook_decision next(void *injector, const struct hook_request *request,
				 bool interrupted)
{
	struct plan *plan = plan_of(request);
	struct firing *firing = &plan->firings[plan->at - 1];
	uint64_t now = units_now();
	bool released = true;

	(void)injector;
	if (plan->hold.hold)
		released = hold_leave(&plan->rules->holds, &plan->hold);
	plan_tell(plan, firing, now - firing->began, interrupted || !released);
	if (interrupted)
		return (struct hook_decision){ .plan = plan };
	if (!plan->after && refusal_of(plan->rules))
		return (struct hook_decision){ .plan = plan, .error = refusal_of(plan->rules) };
	return go_on(plan);
}

/* Reports the result of a request to the kinds of actions, once. A request without a plan is
 * reported by its answer only. */
static void tell_result(const struct rules *rules, const struct hook_request *request, int result)
{
	struct plan *plan = request->plan;

	if (plan && plan->ended)
		return;
	if (plan)
		plan->ended = true;
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->see_result)
			rules->shared[i].kind->see_result(rules->shared[i].state, request, result);
	if (plan)
		leave(plan);
}

static struct hook_decision after(void *injector, const struct hook_request *request, int result)
{
	struct rules *rules = injector;
	struct plan *plan = plan_of(request);

	tell_result(rules, request, result);
	if (!plan || plan->after)
		return (struct hook_decision){ .plan = plan };
	plan->after = true;
	plan->at = 0;
	return go_on(plan);
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

	tell_result(injector, request, -ECANCELED);
	if (plan->hold.hold)
		hold_leave(&plan->rules->holds, &plan->hold);
	for (size_t i = 0; i < plan->count; i++)
		rule_unref(plan->firings[i].rule);
	free(plan);
}

static unsigned int watches(void *injector, const char *path, uint64_t inode)
{
	return rules_watch(injector, path, inode);
}

static void began(void *injector, void (*forget)(void *layer), void *layer)
{
	struct rules *rules = injector;

	pthread_mutex_lock(&rules->change);
	rules->forget = forget;
	rules->layer = layer;
	pthread_mutex_unlock(&rules->change);
}

static void ended(void *injector)
{
	struct rules *rules = injector;

	began(rules, NULL, NULL);
	rules_await_crash(rules);
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->see_end)
			rules->shared[i].kind->see_end(rules->shared[i].state);
}

static void forgotten(void *injector, uint64_t device, uint64_t inode)
{
	const struct rules *rules = injector;

	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->see_forgotten)
			rules->shared[i].kind->see_forgotten(rules->shared[i].state, device, inode);
}

/* Loops over the firings of a plan whose action has the function: in the order of the actions, then
 * of the rules. */
#define EACH_WITH(function, plan, firing)                                                          \
	for (size_t kind = 0; kind < RULE_ACTION_KINDS; kind++)                                    \
		for (struct firing *firing = (plan)->firings;                                      \
		     rule_actions[kind]->function && firing < (plan)->firings + (plan)->count;     \
		     firing++)                                                                     \
			if (firing->action->kind == rule_actions[kind])

static size_t shorten(void *injector, const struct hook_request *request, size_t size)
{
	struct plan *plan = plan_of(request);

	(void)injector;
	if (!size)
		return size;
	EACH_WITH(shorten, plan, firing)
	{
		size = firing->action->kind->shorten(plan, firing, size);
		plan_tell(plan, firing, 0, false);
	}
	return size;
}

static void alter_read(void *injector, const struct hook_request *request, char *data, size_t size)
{
	struct plan *plan = plan_of(request);
	struct rules *rules = injector;

	if (!size)
		return;
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind->see_read)
			rules->shared[i].kind->see_read(rules->shared[i].state, plan, data, size);
	EACH_WITH(alter_read, plan, firing)
	{
		firing->action->kind->alter_read(plan, firing, data, size);
		plan_tell(plan, firing, 0, false);
	}
}

static void alter_write(void *injector, const struct hook_request *request, char *data, size_t size)
{
	struct plan *plan = plan_of(request);

	(void)injector;
	if (!size)
		return;
	EACH_WITH(alter_write, plan, firing)
	{
		firing->action->kind->alter_write(plan, firing, data, size);
		plan_tell(plan, firing, 0, false);
	}
}

static void alter_answer(void *injector, const struct hook_request *request, void *answer,
			 size_t size)
{
	struct plan *plan = plan_of(request);

	(void)injector;
	EACH_WITH(alter_answer, plan, firing)
	{
		firing->action->kind->alter_answer(plan, firing, answer, size);
		plan_tell(plan, firing, 0, false);
	}
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
		.alter_answer = alter_answer,
		.watches = watches,
		.began = began,
		.forgotten = forgotten,
		.done = done,
		.ended = ended,
	};
}
