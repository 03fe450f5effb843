/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

static const char *opens(const struct action *action)
{
	return *(char *const *)action->state;
}

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	return rule_check_name("release", *(char *const *)from->settings, why, size)
		       ?: rule_make_text(state, from, why, size);
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	long released = hold_release(&plan->rules->holds, opens(firing->action), 0);

	firing->drawn = released > 0 ? (uint64_t)released : 0;
	return STEP_ON;
}

const struct rule_action rule_action_release = {
	.key = { "release", SCHEMA_TEXT, .offset = 0, NULL, "the name of a hold",
		 "releases all requests that wait in the hold" },
	.about = "Releases all requests that wait in a hold.",
	.drawn = "requests released",
	.settings_size = sizeof(char *),
	.state_size = sizeof(char *),
	.make = make,
	.release = rule_release_text,
	.opens = opens,
	.apply = apply,
};
