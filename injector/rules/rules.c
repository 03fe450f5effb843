/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rules.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sets of all engines have different numbers: what a thread knows of one is not of another. */
static _Atomic uint64_t last_set;

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
	lose_init(&rules->lose, config->seed);
	misplace_init(&rules->misplace);
	*made = rules;
	return 0;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	rule_set_free(atomic_load(&rules->set));
	holds_destroy(&rules->holds);
	lose_destroy(&rules->lose);
	misplace_destroy(&rules->misplace);
	pthread_mutex_destroy(&rules->change);
	free(rules);
}

/*
 * Until every thread that may look at the old set has left it. A reader takes the counter whose
 * turn it is, and only then the set; one that was slow in between may count in the wrong turn, so
 * both turns are waited for, one after the other.
 */
static void wait_for_readers(struct rules *rules)
{
	for (int i = 0; i < 2; i++) {
		unsigned int turn = atomic_fetch_add(&rules->turn, 1) & 1;

		while (atomic_load(&rules->readers[turn]))
			sched_yield();
	}
}

/* With the change lock held. Takes over nothing: `list` stays the caller's. */
static int install(struct rules *rules, struct rule **list, size_t count)
{
	struct rule_set *set = rule_set_make(list, count, ++last_set), *old;

	if (!set)
		return -ENOMEM;
	old = atomic_exchange(&rules->set, set);
	wait_for_readers(rules);
	rule_set_free(old);
	return 0;
}

/* What is allowed, and still not as it should be. */
static void warn(const struct rule *rule, char *why, size_t size)
{
	char timeout[32];

	for (size_t i = 0; i < rule->action_count; i++) {
		const struct action *action = &rule->actions[i];

		if (strcmp(action->kind->name, "hold") || action->hold.terms.count)
			continue;
		snprintf(why, size,
			 "hold %s has no count: unless another rule or `foliostorm ctl` releases "
			 "it, its time-out of %s does",
			 action->hold.name,
			 units_format_duration(action->hold.terms.timeout, timeout,
					       sizeof(timeout)));
	}
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

/* Names are how people speak of rules: in ctl, in when.event, in the log. */
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

static bool releases(const struct rule *rule, const char *hold)
{
	for (size_t i = 0; i < rule->action_count; i++)
		if (!strcmp(rule->actions[i].kind->name, "release") &&
		    !strcmp(rule->actions[i].text, hold))
			return true;
	return false;
}

static void warn_of_holds(struct rule **list, size_t count, size_t first, size_t *wrong, char *why,
			  size_t size)
{
	for (size_t i = first; i < count; i++) {
		char warning[200] = "";
		bool released = false;

		warn(list[i], warning, sizeof(warning));
		for (size_t a = 0; a < list[i]->action_count && *warning; a++)
			for (size_t k = 0; k < count && !released; k++)
				released = !strcmp(list[i]->actions[a].kind->name, "hold") &&
					   releases(list[k], list[i]->actions[a].hold.name);
		if (!*warning || released)
			continue;
		*wrong = i - first;
		snprintf(why, size, "%s", warning);
	}
}

int rules_add(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
	      char *why, size_t size)
{
	const struct rule_set *set;
	struct rule **list;
	size_t there;
	int r;

	*why = '\0';
	*wrong = 0;
	pthread_mutex_lock(&rules->change);
	set = atomic_load(&rules->set);
	there = set->count;
	list = calloc(there + count + 1, sizeof(*list));
	if (!list) {
		r = -ENOMEM;
		snprintf(why, size, "out of memory");
	} else if (there + count > RULES_MAX) {
		r = -EINVAL;
		snprintf(why, size, "%zu rules; allowed: up to %d", there + count, RULES_MAX);
	} else {
		memcpy(list, set->rules, there * sizeof(*list));
		r = compile_all(rules, specs, count, list + there, wrong, why, size)
			    ?: check_names(list, there, there + count, wrong, why, size);
		if (!r)
			r = install(rules, list, there + count);
		if (!r)
			warn_of_holds(list, there + count, there, wrong, why, size);
		for (size_t i = there; i < there + count; i++)
			rule_unref(list[i]);
	}
	if (!r)
		rules->last_id += (unsigned int)count;
	free(list);
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
	unsigned int id = 0, number = 0;
	char rest;

	if (sscanf(name, "%u%c", &number, &rest) != 1)
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
	};
	size_t used = 0;

	memcpy(status.name, rule->name, sizeof(status.name));
	memcpy(status.operations, rule->operations, sizeof(status.operations));
	for (size_t i = 0; i < rule->action_count && used < sizeof(status.actions); i++)
		used += (size_t)snprintf(status.actions + used, sizeof(status.actions) - used,
					 "%s%s", used ? "," : "", rule->actions[i].kind->name);
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

struct lose_report rules_crash(struct rules *rules, enum lose_how how)
{
	return lose_crash(&rules->lose, how);
}
