/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

struct settings {
	char *name; /* NULL: the rule's */
	uint64_t count;
	uint64_t timeout, skew; /* ns */
	bool reversed;          /* the last to enter starts first */
	bool interruptible;     /* any signal to the caller ends the wait */
};

struct state {
	char name[HOLD_NAME];
	struct hold_terms terms;
	bool interruptible;
};

static int parse_order(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word orders[] = { { "first", 0 }, { "last", 1 }, { NULL, 0 } };

	return rule_parse_either(orders, text, field, why, size);
}

static const struct schema_key keys[] = {
	{ "name", SCHEMA_TEXT, .offset = offsetof(struct settings, name), NULL,
	  "a name of up to 31 characters", "name of the hold; without it that of the rule" },
	{ "count", SCHEMA_COUNT, .offset = offsetof(struct settings, count), "0",
	  "0, or a number from 2", "number of waiting requests at which all are released",
	  .max = 1000000 },
	{ "timeout", SCHEMA_DURATION, .offset = offsetof(struct settings, timeout), "30s",
	  RULE_DURATION, "longest wait of a request", .min = 1000, .max = RULE_HOUR },
	{ "skew", SCHEMA_DURATION, .offset = offsetof(struct settings, skew), "0",
	  "a duration such as \"5us\", up to 1s",
	  "time between requests that are released together", .max = 1000000000 },
	{ "order", SCHEMA_PARSED, .offset = offsetof(struct settings, reversed), "first",
	  "first, last", "which of them goes first: the first to arrive or the last",
	  .parse = parse_order },
	{ "interruptible", SCHEMA_BOOLEAN, .offset = offsetof(struct settings, interruptible),
	  "false", RULE_INTERRUPTIBLE },
	{ .name = NULL },
};

static int make(void *made, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;
	struct state *state = made;

	if (settings->count == 1) {
		snprintf(why, size,
			 "a hold for one request lets it go at once; allowed: count from 2, or 0 "
			 "for none");
		return -EINVAL;
	}
	if (rule_check_name("hold.name", settings->name, why, size))
		return -EINVAL;
	snprintf(state->name, sizeof(state->name), "%s",
		 settings->name ? settings->name : from->rule);
	state->interruptible = settings->interruptible;
	state->terms = (struct hold_terms){
		.count = settings->count,
		.timeout = settings->timeout,
		.skew = settings->skew,
		.reversed = settings->reversed,
	};
	return 0;
}

static void warn(const struct action *action, struct rule *const *rules, size_t count, char *why,
		 size_t size)
{
	const struct state *state = action->state;
	char timeout[32];

	if (!state->terms.count && !rules_open(rules, count, state->name))
		snprintf(why, size,
			 "hold %s has no count: unless another rule or `foliostorm ctl` releases "
			 "it, its time-out of %s does",
			 state->name,
			 units_format_duration(state->terms.timeout, timeout, sizeof(timeout)));
}

static const char *keeps(const struct action *action)
{
	return ((const struct state *)action->state)->name;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	const struct state *state = firing->action->state;

	firing->delay = hold_enter(&plan->rules->holds, state->name, &state->terms, &plan->hold);
	firing->interruptible = state->interruptible;
	if (!plan->hold.hold)
		firing->error = ENOMEM;
	return STEP_HELD;
}

const struct rule_action rule_action_hold = {
	.key = { "hold", SCHEMA_GROUP, .keys = keys, .short_for = "name" },
	.about = "Keeps the request in the named hold until `release` or `foliostorm ctl` "
		 "releases it, until `count` requests wait in it, or until `timeout`. "
		 "Requests that are released together start within microseconds of each "
		 "other, or `skew` apart. Without `interruptible`, only a signal that kills the "
		 "caller ends the wait.",
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct state),
	.make = make,
	.warn = warn,
	.keeps = keeps,
	.apply = apply,
};
