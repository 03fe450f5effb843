/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/errno_table.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ERRORS_MAX = 16 };

struct settings {
	struct schema_list errors; /* struct rule_error */
	bool force;
	uint64_t recover_count; /* 0: never */
	uint64_t recover_time;  /* ns after the first failure; 0: never */
};

struct state {
	struct rule_error list[ERRORS_MAX];
	size_t count;
	uint64_t weights; /* their sum */
	uint64_t recover_count, recover_time;
	_Atomic uint64_t failed, first; /* number of failures; time of the first, ns, 0: none */
};

static int parse_error(const char *text, void *field, char *why, size_t size)
{
	struct rule_error *error = field;
	const char *colon = strchrnul(text, ':'), *end = NULL;
	char name[32];

	error->weight = 1;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - text), text);
	error->number = errno_number(name);
	if (*colon)
		end = rule_read_number(colon + 1, &error->weight);
	if (!error->number)
		snprintf(why, size, "\"%s\" is not an errno; write it as EIO, ENOSPC, EINTR", name);
	else if (*colon && (!end || *end || !error->weight || error->weight > 1000000))
		snprintf(why, size, "\"%s\" has no weight; allowed: %s:1 to %s:1000000", text, name,
			 name);
	else
		return 0;
	return -EINVAL;
}

static const struct schema_key keys[] = {
	{ "errno", SCHEMA_TEXTS, .offset = offsetof(struct settings, errors),
	  .allowed = "an errno such as \"EIO\", or a list with weights ( \"EIO:3\", \"ENOSPC:1\" )",
	  .help = "the error to return", .parse = parse_error,
	  .item_size = sizeof(struct rule_error) },
	{ "force", SCHEMA_BOOLEAN, .offset = offsetof(struct settings, force), "false",
	  .help = "allow an errno that the call cannot return" },
	{ "recover_count", SCHEMA_COUNT, .offset = offsetof(struct settings, recover_count), "0",
	  "a number from 0", "number of failures after which requests succeed again; 0: never" },
	{ "recover_time", SCHEMA_DURATION, .offset = offsetof(struct settings, recover_time), "0",
	  RULE_DURATION, "time from the first failure until requests succeed again; 0: never",
	  .max = RULE_HOUR },
	{ .name = NULL },
};

static int make(void *made, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;
	const struct rule_error *errors = settings->errors.items;
	struct state *state = made;

	if (!settings->errors.count || settings->errors.count > ERRORS_MAX) {
		snprintf(why, size, "%zu errnos; allowed: 1 to %d", settings->errors.count,
			 ERRORS_MAX);
		return -EINVAL;
	}
	state->count = settings->errors.count;
	for (size_t i = 0; i < state->count; i++) {
		state->list[i] = errors[i];
		state->weights += errors[i].weight;
	}
	state->recover_count = settings->recover_count;
	state->recover_time = settings->recover_time;
	return 0;
}

/* Checks that an errno is legal for each operation that the rule names by itself. */
static int check_error(int number, struct rule *rule, const struct rule_spec *spec, char *why,
		       size_t size)
{
	const struct rule_operation *named = spec->when.operations.items;
	uint64_t legal = 0;
	char list[256], what[64];

	for (const struct hook_operation *o = hook_operations; o->name; o++)
		if (errno_is_legal(o->name, number))
			legal |= HOOK_BIT(o->opcode);
	for (size_t i = 0; i < spec->when.operations.count; i++)
		if (named[i].exact && !(named[i].mask & legal)) {
			snprintf(why, size, "%s cannot return %s; allowed: %s, or force = true",
				 named[i].name, errno_name(number),
				 errno_list(named[i].name, list, sizeof(list)));
			return -EINVAL;
		}
	snprintf(what, sizeof(what), "an error %s", errno_name(number));
	return rule_restrict(rule, spec, legal, what, why, size);
}

/* Keeps the operations of a group for which all errnos of the set are legal. */
static int check(const void *from, struct rule *rule, const struct rule_spec *spec, char *why,
		 size_t size)
{
	const struct settings *settings = from;
	const struct rule_error *errors = settings->errors.items;
	int r = 0;

	for (size_t i = 0; i < settings->errors.count && !settings->force && !r; i++)
		r = check_error(errors[i].number, rule, spec, why, size);
	return r;
}

static uint64_t draw(const void *made, uint64_t random)
{
	const struct state *state = made;
	uint64_t place = random % state->weights;
	size_t i = 0;

	while (place >= state->list[i].weight)
		place -= state->list[i++].weight;
	return (uint64_t)state->list[i].number;
}

static void reset(void *made)
{
	struct state *state = made;

	state->failed = state->first = 0;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	struct state *state = firing->action->state;
	uint64_t first = 0;

	(void)plan;
	/* After recovery it does nothing and reports nothing. */
	firing->told = true;
	if (state->recover_time) {
		if (atomic_compare_exchange_strong(&state->first, &first, firing->began))
			first = firing->began;
		/* Another thread may have failed first and begun later. */
		if (firing->began > first && firing->began - first >= state->recover_time)
			return STEP_ON;
	}
	if (atomic_fetch_add(&state->failed, 1) >= state->recover_count && state->recover_count)
		return STEP_ON;
	firing->told = false;
	firing->error = (int)firing->drawn;
	return STEP_FAIL;
}

const struct rule_action rule_action_error = {
	.key = { "error", SCHEMA_GROUP, .keys = keys, .short_for = "errno" },
	.about = "Fails the request; later rules do not see it. The errno must be one that the "
		 "call can return (by the manual pages), or have `force`. In a group of "
		 "operations, those that cannot return it are left out. ENOSYS tells the kernel "
		 "that the layer lacks the operation: it is not asked again. For open and opendir "
		 "it is replaced by EOPNOTSUPP.",
	.drawn = "the errno's number",
	.fails = true,
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct state),
	.make = make,
	.reset = reset,
	.check = check,
	.draw = draw,
	.apply = apply,
};
