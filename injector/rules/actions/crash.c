/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/random.h"
#include "injector/rules/rule_crash.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	*(struct lose_settings *)state = *(const struct lose_settings *)from->settings;
	return crash_check(from->config, "do.crash", why, size);
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	/* The crash reports its own event. */
	firing->told = true;
	firing->error = EIO;
	rules_crash_by_rule(plan->rules, firing->action->state, firing->rule->name);
	return STEP_FAIL;
}

/* Records writes and changes if any rule or plan can crash: a crash loses those from before it. */
static void see_rules(struct rules *rules, struct rule *const *list, size_t count)
{
	const struct lose_settings *planned =
		rules->crasher.has_plan ? &rules->crasher.plan.settings : NULL;
	bool any = planned && planned->names == LOSE_ANY;
	bool each = planned && planned->keep.kind == LOSE_LISTED, all = planned;

	for (size_t i = 0; i < count; i++)
		for (size_t a = 0; a < list[i]->action_count; a++) {
			const struct lose_settings *settings = list[i]->actions[a].state;

			if (list[i]->actions[a].kind != &rule_action_crash)
				continue;
			all = true;
			any |= settings->names == LOSE_ANY;
			each |= settings->keep.kind == LOSE_LISTED;
		}
	lose_track(rules_shared(rules, &rule_action_lose), all, any, each);
	atomic_store(&rules->crasher.awaited, all);
}

const struct rule_action rule_action_crash = {
	.key = { "crash", SCHEMA_GROUP, .keys = crash_settings_keys, .short_for = "then" },
	.about = "Cuts the power: the request fails with EIO, and everything that was not "
		 "synced is lost: data, names, sizes, holes and allocated space. With such a "
		 "rule the layer records all writes and changes from its start. Only on the "
		 "data path `daemon`.",
	.drawn = "bytes lost",
	.fails = true,
	.before_only = true,
	.alters_beneath = true,
	.settings_size = sizeof(struct lose_settings),
	.state_size = sizeof(struct lose_settings),
	.make = make,
	.apply = apply,
	.see_rules = see_rules,
};

int rules_plan_crash(struct rules *rules, const struct crash_plan *plan, char *why, size_t size)
{
	struct rules_crasher *crasher = &rules->crasher;
	const struct rule_set *set;
	int r = crash_check(&rules->config, "crash", why, size);

	if (!r && crasher->has_plan) {
		snprintf(why, size, "crash: there is one already; allowed: one");
		r = -EINVAL;
	}
	if (r)
		return r;
	crasher->plan = *plan;
	crasher->has_plan = true;
	crasher->at =
		rules->start + plan->from +
		random_value(rules->config.seed, RANDOM_LOSE, 0) % (plan->until - plan->from + 1);
	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	see_rules(rules, set->rules, set->count);
	pthread_mutex_unlock(&rules->change);
	return 0;
}
