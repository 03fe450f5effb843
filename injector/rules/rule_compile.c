/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t failing_operations(void)
{
	uint64_t bits = 0;

	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (operation->fails)
			bits |= HOOK_BIT(operation->opcode);
	return bits;
}

static int take_operations(struct rule *rule, const struct rule_spec *spec, char *why, size_t size)
{
	const struct rule_operation *operations = spec->when.operations.items;

	if (!spec->when.operations.count) {
		snprintf(why, size, "when.op is empty; allowed: any, or an operation");
		return -EINVAL;
	}
	rule->data_syncs_only = true;
	for (size_t i = 0; i < spec->when.operations.count; i++) {
		rule->mask |= operations[i].mask;
		rule->data_syncs_only &=
			operations[i].data_only || !(operations[i].mask & HOOK_BIT(FUSE_FSYNC));
		rule_list_word(rule->operations, sizeof(rule->operations), operations[i].name);
	}
	return 0;
}

static int copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int take_conditions(struct rule *rule, const struct rule_spec *spec)
{
	const struct rule_flag *flags = spec->when.flags.items;

	rule->when = spec->when;
	rule->when.path = rule->when.process = rule->when.held = rule->when.event = NULL;
	for (size_t i = 0; i < spec->when.flags.count; i++) {
		rule->flags_mask |= flags[i].mask;
		rule->flags_value |= flags[i].value;
	}
	if (copy_text(&rule->when.path, spec->when.path) ||
	    copy_text(&rule->when.process, spec->when.process) ||
	    copy_text(&rule->when.held, spec->when.held) ||
	    copy_text(&rule->when.event, spec->when.event))
		return -ENOMEM;
	rule->tests = rule_tests_of(rule);
	return 0;
}

/* Checks an action against its kind: its place, and the operations it applies to. */
static int check_action(struct rule *rule, const struct rule_spec *spec,
			const struct action *action, char *why, size_t size)
{
	const struct rule_action *kind = action->kind;
	char what[48];
	int r = 0;

	snprintf(what, sizeof(what), "do.%s", kind->key.name);
	if (kind->before_only && action->after) {
		snprintf(why, size, "%s is done with the data; allowed: at = \"before\"", what);
		return -EINVAL;
	}
	if (kind->operations)
		r = rule_restrict(rule, spec, kind->operations, what, why, size);
	if (!r && kind->fails)
		r = rule_restrict(rule, spec, failing_operations(), what, why, size);
	return r;
}

static int make_action(const struct rules *rules, struct rule *rule, const struct rule_action *kind,
		       const struct rule_settings *settings, bool after, char *why, size_t size)
{
	const struct action_source from = {
		.settings = settings->bytes,
		.rule = rule->name,
		.config = &rules->config,
	};
	struct action *action = &rule->actions[rule->action_count];
	size_t state_size = kind->make ? kind->state_size : kind->settings_size;

	if (rule->action_count == RULE_ACTIONS_MAX) {
		snprintf(why, size, "too many actions; allowed: up to %d", RULE_ACTIONS_MAX);
		return -EINVAL;
	}
	*action = (struct action){
		.kind = kind,
		.after = after,
		.state = calloc(1, state_size),
		.shared = rules_shared(rules, kind),
	};
	if (!action->state) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	rule->action_count++;
	if (kind->make)
		return kind->make(action->state, &from, why, size);
	memcpy(action->state, settings->bytes, state_size);
	return 0;
}

/* Makes the actions of one group. Returns how many, or -errno with `why`. */
static int take_group(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
		      const struct rule_do *from, char *why, size_t size)
{
	int made = 0, r;

	for (size_t i = 0; i < RULE_ACTION_KINDS; i++) {
		if (!rule_do_has(from, i))
			continue;
		r = make_action(rules, rule, rule_actions[i], &from->settings[i], from->after, why,
				size);
		if (!r)
			r = check_action(rule, spec, &rule->actions[rule->action_count - 1], why,
					 size);
		if (r)
			return r;
		made++;
	}
	return made;
}

static int take_actions(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
			char *why, size_t size)
{
	const struct rule_do *groups = spec->actions.items;
	char names[256];
	int r;

	for (size_t i = 0; i < spec->actions.count; i++) {
		r = take_group(rules, rule, spec, &groups[i], why, size);
		if (r < 0)
			return r;
		if (!r) {
			snprintf(why, size, "do%s does nothing; give %s",
				 spec->actions.count > 1 ? " has a group that" : "",
				 rule_action_names(" or ", names, sizeof(names)));
			return -EINVAL;
		}
	}
	if (spec->actions.count)
		return 0;
	snprintf(why, size, "the rule does nothing; give do");
	return -EINVAL;
}

/* Lets each action check the whole rule. */
static int check_actions(struct rule *rule, const struct rule_spec *spec, char *why, size_t size)
{
	const struct rule_do *groups = spec->actions.items;
	int r = 0;

	for (size_t g = 0; g < spec->actions.count; g++)
		for (size_t i = 0; i < RULE_ACTION_KINDS && !r; i++)
			if (rule_actions[i]->check && rule_do_has(&groups[g], i))
				r = rule_actions[i]->check(groups[g].settings[i].bytes, rule, spec,
							   why, size);
	return r;
}

/*
 * HOOK_KEPT_* that the kernel must not cache of the files of a rule: what would save it requests
 * that the rule must see. It must cache nothing if the rule changes files behind its back, or fails
 * operations after they are done.
 */
static unsigned int watched_by(const struct rule *rule)
{
	static const struct {
		uint64_t operations;
		unsigned int kept;
	} rows[] = {
		{ HOOK_BIT(FUSE_LOOKUP), HOOK_KEPT_NAME },
		{ HOOK_BIT(FUSE_GETATTR) | HOOK_BIT(FUSE_GETXATTR), HOOK_KEPT_ATTRIBUTES },
		{ HOOK_BIT(FUSE_READ), HOOK_KEPT_PAGES },
		{ HOOK_BIT(FUSE_WRITE), HOOK_KEPT_WRITES },
	};
	unsigned int watched = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rule->mask & rows[i].operations)
			watched |= rows[i].kept;
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule->actions[i].kind->alters_beneath ||
		    (rule->actions[i].after && rule->actions[i].kind->fails))
			watched = HOOK_KEPT_ALL;
	return watched;
}

int rule_compile(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
		 char *why, size_t size)
{
	int r = rule_check_name("name", spec->name, why, size)
			?: rule_check_name("when.held", spec->when.held, why, size)
			?: rule_check_name("when.event", spec->when.event, why, size);

	tallies_init(&rule->tallies);
	rule->references = 1;
	rule->enabled = !spec->disabled;
	if (spec->name)
		snprintf(rule->name, sizeof(rule->name), "%s", spec->name);
	else
		snprintf(rule->name, sizeof(rule->name), "rule-%u", rule->id);
	if (r)
		return r;
	r = take_conditions(rule, spec);
	if (r)
		return snprintf(why, size, "out of memory"), r;
	r = take_operations(rule, spec, why, size);
	if (!r)
		r = take_actions(rules, rule, spec, why, size);
	if (!r)
		r = check_actions(rule, spec, why, size);
	if (!r)
		r = rule_check(rules, rule, spec, why, size);
	rule->watches = watched_by(rule);
	return r;
}

void rule_unref(struct rule *rule)
{
	if (!rule || atomic_fetch_sub(&rule->references, 1) != 1)
		return;
	for (size_t i = 0; i < rule->action_count; i++) {
		if (rule->actions[i].kind->release)
			rule->actions[i].kind->release(rule->actions[i].state);
		free(rule->actions[i].state);
	}
	tallies_destroy(&rule->tallies);
	free(rule->when.path);
	free(rule->when.process);
	free(rule->when.held);
	free(rule->when.event);
	free(rule);
}

void rule_set_free(struct rule_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < OPCODES; i++) {
		free(set->lists[i].entries);
		free(set->lists[i].rules);
	}
	for (size_t i = 0; i < set->count; i++)
		rule_unref(set->rules[i]);
	free(set->rules);
	free(set);
}

static struct rule_entry make_entry(const struct rule *rule)
{
	const struct rule_when *when = &rule->when;
	struct rule_entry entry = { .last = UINT32_MAX };
	const struct {
		const struct rule_number *number;
		enum rule_field field;
	} fields[] = {
		{ &when->inode, FIELD_INODE },
		{ &when->pid, FIELD_PID },
		{ &when->uid, FIELD_UID },
	};

	if (when->page.set) {
		entry.first = rule_page(when->page.value * page_size());
		entry.last = rule_page((when->page.value + 1) * page_size() - 1);
	} else if (when->offset.set) {
		entry.first = rule_page(when->offset.first);
		entry.last = rule_page(when->offset.last);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields) && !entry.field; i++)
		if (fields[i].number->set) {
			entry.field = fields[i].field;
			entry.value = rule_key(fields[i].number->value);
		}
	return entry;
}

static int fill_list(struct rule_set *set, uint32_t opcode)
{
	struct rule_list *list = &set->lists[opcode];
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += set->rules[i]->mask >> opcode & 1;
	if (!count)
		return 0;
	list->entries = calloc(count, sizeof(*list->entries));
	list->rules = calloc(count, sizeof(*list->rules));
	if (!list->entries || !list->rules)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		if (!(set->rules[i]->mask >> opcode & 1))
			continue;
		list->entries[list->count] = make_entry(set->rules[i]);
		list->rules[list->count++] = set->rules[i];
		list->has_globs |= set->rules[i]->when.path != NULL;
	}
	return 0;
}

struct rule_set *rule_set_make(struct rule **rules, size_t count, uint64_t number)
{
	struct rule_set *set = calloc(1, sizeof(*set));
	int r = 0;

	if (!set)
		return NULL;
	set->number = number;
	set->rules = calloc(count + 1, sizeof(*set->rules));
	if (!set->rules) {
		rule_set_free(set);
		return NULL;
	}
	for (; set->count < count; set->count++) {
		set->rules[set->count] = rules[set->count];
		atomic_fetch_add(&rules[set->count]->references, 1);
		set->watches |= rules[set->count]->watches;
		set->counts_handles |= rules[set->count]->when.per == RULE_PER_HANDLE;
	}
	for (uint32_t opcode = 0; opcode < OPCODES && !r; opcode++)
		r = fill_list(set, opcode);
	if (!r)
		return set;
	rule_set_free(set);
	return NULL;
}
