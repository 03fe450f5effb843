/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rules.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shared by all engines, since each thread caches matches by the number of the set. */
static _Atomic uint64_t last_set;

static int begin_shared(struct rules *rules)
{
	for (size_t i = 0; i < RULE_ACTION_KINDS; i++) {
		const struct rule_action *kind = rule_actions[i];
		void *state = kind->shared_size ? calloc(1, kind->shared_size) : NULL;

		if (!kind->shared_size)
			continue;
		if (!state)
			return -ENOMEM;
		kind->begin(state, &rules->config);
		rules->shared[rules->shared_count].kind = kind;
		rules->shared[rules->shared_count++].state = state;
	}
	return 0;
}

static void end_shared(struct rules *rules)
{
	for (size_t i = 0; i < rules->shared_count; i++) {
		rules->shared[i].kind->end(rules->shared[i].state);
		free(rules->shared[i].state);
	}
}

int rules_make(struct rules **made, const struct rules_config *config)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct rule_set *set = rule_set_make(NULL, 0, ++last_set);

	if (!rules || !set) {
		free(rules);
		rule_set_free(set);
		return -ENOMEM;
	}
	rules->config = *config;
	rules->start = units_now();
	atomic_store(&rules->set, set);
	pthread_mutex_init(&rules->change, NULL);
	holds_init(&rules->holds);
	pthread_mutex_init(&rules->crasher.lock, NULL);
	if (begin_shared(rules)) {
		rules_free(rules);
		return -ENOMEM;
	}
	*made = rules;
	return 0;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	rules_await_crash(rules);
	rule_set_free(atomic_load(&rules->set));
	holds_destroy(&rules->holds);
	end_shared(rules);
	pthread_mutex_destroy(&rules->crasher.lock);
	pthread_mutex_destroy(&rules->change);
	free(rules);
}

/*
 * Waits until no thread reads the old set. A reader increments the counter of the present turn, and
 * then reads the set. A reader that is slow in between may use the other counter, so it waits for
 * both in turn.
 */
static void wait_for_readers(struct rules *rules)
{
	for (int i = 0; i < 2; i++) {
		unsigned int turn = atomic_fetch_add(&rules->turn, 1) & 1;

		while (atomic_load(&rules->readers[turn]))
			sched_yield();
	}
}

/* Replaces the set, with the change lock held. `list` and its references stay the caller's. */
static int install(struct rules *rules, struct rule **list, size_t count)
{
	struct rule_set *set = rule_set_make(list, count, ++last_set), *old;

	if (!set)
		return -ENOMEM;
	old = atomic_exchange(&rules->set, set);
	wait_for_readers(rules);
	for (size_t i = 0; i < RULE_ACTION_KINDS; i++)
		if (rule_actions[i]->see_rules)
			rule_actions[i]->see_rules(rules, list, count);
	if (rules->forget && (old->watches || set->watches))
		rules->forget(rules->layer);
	rule_set_free(old);
	return 0;
}

static int compile_all(struct rules *rules, const struct rule_spec *specs, size_t count,
		       struct rule **list, size_t *wrong, char *why, size_t size)
{
	int r = 0;

	for (size_t i = 0; i < count && !r; i++) {
		*wrong = i;
		list[i] = calloc(1, sizeof(**list));
		if (!list[i])
			return snprintf(why, size, "out of memory"), -ENOMEM;
		list[i]->id = rules->last_id + (unsigned int)i + 1;
		r = rule_compile(rules, list[i], &specs[i], why, size);
	}
	return r;
}

/* Checks that names are unique: ctl, when.event and the log refer to rules by them. */
static int check_names(struct rule **list, size_t first, size_t count, size_t *wrong, char *why,
		       size_t size)
{
	for (size_t i = first; i < count; i++)
		for (size_t other = 0; other < i; other++) {
			if (strcmp(list[i]->name, list[other]->name))
				continue;
			*wrong = i - first;
			snprintf(why, size,
				 "name: another rule is called \"%s\"; allowed: a name of its own",
				 list[i]->name);
			return -EINVAL;
		}
	return 0;
}

bool rules_open(struct rule *const *rules, size_t count, const char *hold)
{
	for (size_t i = 0; i < count; i++)
		for (size_t a = 0; a < rules[i]->action_count; a++) {
			const struct action *action = &rules[i]->actions[a];

			if (action->kind->opens && !strcmp(action->kind->opens(action), hold))
				return true;
		}
	return false;
}

/* Writes the last warning about the rules from `first` on, if there is one. */
static void warn(struct rule *const *list, size_t count, size_t first, size_t *wrong, char *why,
		 size_t size)
{
	for (size_t i = first; i < count; i++)
		for (size_t a = 0; a < list[i]->action_count; a++) {
			const struct action *action = &list[i]->actions[a];
			char warning[200] = "";

			if (action->kind->warn)
				action->kind->warn(action, list, count, warning, sizeof(warning));
			if (!*warning)
				continue;
			*wrong = i - first;
			snprintf(why, size, "%s", warning);
		}
}

static int change(struct rules *rules, bool replaces, const struct rule_spec *specs, size_t count,
		  size_t *wrong, char *why, size_t size)
{
	const struct rule_set *set;
	struct rule **list;
	size_t there;
	int r;

	*why = '\0';
	*wrong = 0;
	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	there = replaces ? 0 : set->count;
	list = calloc(there + count + 1, sizeof(*list));
	if (!list) {
		r = -ENOMEM;
	} else if (there + count > RULES_MAX) {
		r = -EINVAL;
		snprintf(why, size, "%zu rules; allowed: up to %d", there + count, RULES_MAX);
	} else {
		memcpy(list, set->rules, there * sizeof(*list));
		r = compile_all(rules, specs, count, list + there, wrong, why, size)
			    ?: check_names(list, there, there + count, wrong, why, size)
			    ?: rules_check_references(rules, list, there, there + count, wrong, why,
						   size);
		if (!r)
			r = install(rules, list, there + count);
		if (!r)
			warn(list, there + count, there, wrong, why, size);
		for (size_t i = there; i < there + count; i++)
			rule_unref(list[i]);
	}
	if (!r)
		rules->last_id += (unsigned int)count;
	else if (r == -ENOMEM)
		snprintf(why, size, "out of memory");
	free(list);
	pthread_mutex_unlock(&rules->change);
	return r;
}

int rules_add(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
	      char *why, size_t size)
{
	return change(rules, false, specs, count, wrong, why, size);
}

int rules_replace(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
		  char *why, size_t size)
{
	return change(rules, true, specs, count, wrong, why, size);
}

static void reset(struct rule *rule)
{
	rule->matched = rule->fired = rule->last = 0;
	tallies_reset(&rule->tallies);
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule->actions[i].kind->reset)
			rule->actions[i].kind->reset(rule->actions[i].state);
}

int rules_reset(struct rules *rules, unsigned int id)
{
	const struct rule_set *set;
	int r = id ? -ENOENT : 0;

	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	for (size_t i = 0; i < set->count; i++) {
		if (id && set->rules[i]->id != id)
			continue;
		reset(set->rules[i]);
		r = 0;
	}
	pthread_mutex_unlock(&rules->change);
	return r;
}

/* With the change lock held. */
static struct rule *find_rule(const struct rules *rules, unsigned int id)
{
	const struct rule_set *set = atomic_load(&rules->set);

	for (size_t i = 0; i < set->count; i++)
		if (set->rules[i]->id == id)
			return set->rules[i];
	return NULL;
}

int rules_remove(struct rules *rules, unsigned int id)
{
	const struct rule_set *set;
	struct rule **list;
	size_t count = 0;
	int r = -ENOENT;

	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	list = calloc(set->count + 1, sizeof(*list));
	for (size_t i = 0; list && i < set->count; i++)
		if (set->rules[i]->id != id)
			list[count++] = set->rules[i];
	if (!list)
		r = -ENOMEM;
	else if (count < set->count)
		r = install(rules, list, count);
	pthread_mutex_unlock(&rules->change);
	free(list);
	return r;
}

int rules_enable(struct rules *rules, unsigned int id, bool enabled)
{
	struct rule *rule;

	pthread_mutex_lock(&rules->change);
	rule = find_rule(rules, id);
	if (rule)
		atomic_store(&rule->enabled, enabled);
	pthread_mutex_unlock(&rules->change);
	return rule ? 0 : -ENOENT;
}

unsigned int rules_find(struct rules *rules, const char *name)
{
	const struct rule_set *set;
	const char *end;
	unsigned int id = 0;
	uint64_t number;

	end = rule_read_number(name, &number);
	if (!end || *end)
		number = 0;
	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	for (size_t i = 0; i < set->count && !id; i++)
		if (!strcmp(set->rules[i]->name, name) || set->rules[i]->id == number)
			id = set->rules[i]->id;
	pthread_mutex_unlock(&rules->change);
	return id;
}

static struct rule_status status_of(const struct rule *rule)
{
	struct rule_status status = {
		.id = rule->id,
		.enabled = rule->enabled,
		.matched = rule->matched,
		.fired = rule->fired,
		.last = rule->last,
	};

	memcpy(status.name, rule->name, sizeof(status.name));
	memcpy(status.operations, rule->operations, sizeof(status.operations));
	for (size_t i = 0; i < rule->action_count; i++)
		rule_list_word(status.actions, sizeof(status.actions),
			       rule->actions[i].kind->key.name);
	return status;
}

void rules_list(struct rules *rules, void (*each)(void *context, const struct rule_status *),
		void *context)
{
	const struct rule_set *set;

	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	for (size_t i = 0; i < set->count; i++) {
		const struct rule_status status = status_of(set->rules[i]);

		each(context, &status);
	}
	pthread_mutex_unlock(&rules->change);
}

size_t rules_count(struct rules *rules)
{
	size_t count;

	pthread_mutex_lock(&rules->change);
	count = atomic_load(&rules->set)->count;
	pthread_mutex_unlock(&rules->change);
	return count;
}

uint64_t rules_fired(struct rules *rules, unsigned int id)
{
	const struct rule *rule;
	uint64_t fired;

	pthread_mutex_lock(&rules->change);
	rule = find_rule(rules, id);
	fired = rule ? atomic_load(&rule->fired) : 0;
	pthread_mutex_unlock(&rules->change);
	return fired;
}

struct listing {
	void (*each)(void *context, const struct hold_status *);
	void *context;
};

static void list_hold(void *context, const struct hold_counts *counts)
{
	const struct listing *listing = context;
	struct hold_status status = {
		.waiting = counts->waiting,
		.wanted = counts->wanted,
		.released = counts->released,
		.timed_out = counts->timed_out,
	};

	snprintf(status.name, sizeof(status.name), "%s", counts->name);
	listing->each(listing->context, &status);
}

void rules_holds(struct rules *rules, void (*each)(void *context, const struct hold_status *),
		 void *context)
{
	struct listing listing = { .each = each, .context = context };

	holds_each(&rules->holds, list_hold, &listing);
}

long rules_release(struct rules *rules, const char *hold, uint64_t count)
{
	return hold_release(&rules->holds, hold, count);
}
