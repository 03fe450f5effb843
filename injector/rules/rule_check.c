/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rejects rules that can never match, and names that refer to nothing: surely mistakes. */
#include "injector/base/append_text.h"
#include "injector/base/near_name.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Characters of a thread's name: TASK_COMM_LEN without the NUL. */
enum { THREAD_NAME_MAX = 15 };

static void list_names(uint64_t mask, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (mask >> operation->opcode & 1 &&
		    hook_operation_find(operation->name) == operation)
			used = append_text(text, size, used, "%s%s", used ? ", " : "",
					   operation->name);
}

int rule_restrict(struct rule *rule, const struct rule_spec *spec, uint64_t mask, const char *what,
		  char *why, size_t size)
{
	const struct rule_operation *operations = spec->when.operations.items;
	char names[600];

	list_names(mask, names, sizeof(names));
	for (size_t i = 0; i < spec->when.operations.count; i++)
		if (operations[i].exact && !(operations[i].mask & mask)) {
			snprintf(why, size, "%s can never match with %s; allowed: %s", what,
				 operations[i].name, names);
			return -EINVAL;
		}
	rule->mask &= mask;
	if (rule->mask)
		return 0;
	snprintf(why, size, "%s can never match with %s; allowed: %s", what, rule->operations,
		 names);
	return -EINVAL;
}

/* The length of the shortest text that a glob matches. */
static size_t shortest_match(const char *glob)
{
	size_t length = 0;

	while (*glob) {
		/* "[]a]": a bracket that comes first is one of the characters. */
		const char *end = *glob == '[' && glob[1] ? strchr(glob + 2, ']') : NULL;

		length += *glob != '*';
		if (*glob == '\\' && glob[1])
			glob++;
		glob = end ? end + 1 : glob + 1;
	}
	return length;
}

static int check_path(const char *path, char *why, size_t size)
{
	size_t length = strlen(path);

	if (!strcmp(path, "/"))
		return 0;
	if (!length)
		snprintf(why, size, "when.path is empty; allowed: a glob, or \"/\" for the mount");
	else if (*path == '/')
		snprintf(why, size,
			 "when.path: \"%s\" can never match: paths are relative to the mount; "
			 "write \"%s\"",
			 path, path + strspn(path, "/"));
	else if (!strncmp(path, "./", 2) || !strncmp(path, "../", 3) || strstr(path, "/./") ||
		 strstr(path, "/../") || strstr(path, "//"))
		snprintf(why, size,
			 "when.path: \"%s\" can never match: paths have no \".\", \"..\" or "
			 "empty parts",
			 path);
	else if (path[length - 1] == '/')
		snprintf(why, size,
			 "when.path: \"%s\" can never match: no path ends in \"/\"; write "
			 "\"%.*s\" for the directory, \"%s*\" for all below it",
			 path, (int)length - 1, path, path);
	else
		return 0;
	return -EINVAL;
}

static int check_process(const char *process, char *why, size_t size)
{
	if (!*process)
		return snprintf(why, size, "when.process is empty; allowed: a glob"), -EINVAL;
	if (shortest_match(process) <= THREAD_NAME_MAX)
		return 0;
	snprintf(why, size,
		 "when.process: \"%s\" can never match: the kernel cuts the name of a thread to %d "
		 "characters; write \"%.*s*\"",
		 process, THREAD_NAME_MAX, THREAD_NAME_MAX - 1, process);
	return -EINVAL;
}

/* Rejects conditions that contradict each other or have no effect. */
static int check_choice(const struct rules *rules, const struct rule_when *when, char *why,
			size_t size)
{
	if (when->until && when->until <= when->from)
		snprintf(why, size, "it can never match: until is not after from");
	else if (when->nth.step && when->times && when->nth.last == when->nth.first &&
		 when->times > 1)
		snprintf(why, size, "times is never reached: nth is one match alone");
	else if (when->per && !when->nth.step && !when->times)
		snprintf(why, size, "per counts for nothing; give nth or times");
	else if (when->offset.set && when->align &&
		 (when->offset.first + when->align - 1) / when->align * when->align >
			 when->offset.last)
		snprintf(why, size, "it can never match: no offset in the range is aligned");
	else if (when->phase && !rules->config.phase)
		snprintf(why, size, "it can never match: only a run has a phase");
	else
		return 0;
	return -EINVAL;
}

/* Takes operations without the fields of the conditions out of the rule. */
static int restrict_operations(const struct rules *rules, struct rule *rule,
			       const struct rule_spec *spec, char *why, size_t size)
{
	const char *missing;
	uint64_t mask = rule_conditions_mask(&spec->when, &missing);
	char what[40];
	int r = 0;

	if (missing) {
		snprintf(what, sizeof(what), "when.%s", missing);
		r = rule_restrict(rule, spec, mask, what, why, size);
	}
	if (!r && spec->when.per == RULE_PER_HANDLE)
		r = rule_restrict(rule, spec, hook_operations_with(HOOK_HANDLE),
				  "when.per = \"handle\"", why, size);
	if (r || !rules->config.no_data)
		return r;
	r = rule_restrict(rule, spec, ~(HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE)), "", why, size);
	if (r)
		snprintf(why, size,
			 "reads and writes never come to a layer of the data path passthrough: the "
			 "rule can never match; allowed: the data path mixed or daemon");
	return r;
}

int rule_check(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
	       char *why, size_t size)
{
	const struct rule_when *when = &spec->when;
	int r = restrict_operations(rules, rule, spec, why, size);

	if (!r && when->path)
		r = check_path(when->path, why, size);
	if (!r && when->process)
		r = check_process(when->process, why, size);
	return r ? r : check_choice(rules, when, why, size);
}

/* A kind of name that rules give and refer to. */
struct naming {
	const char *what; /* for messages */
	/* Name number i of a rule; NULL: it has no more. */
	const char *(*given)(const struct rule *rule, size_t i);
};

static const char *rule_name(const struct rule *rule, size_t i)
{
	return i ? NULL : rule->name;
}

static const char *hold_name(const struct rule *rule, size_t i)
{
	for (size_t a = 0; a < rule->action_count; a++) {
		const struct action *action = &rule->actions[a];

		if (action->kind->keeps && !i--)
			return action->kind->keeps(action);
	}
	return NULL;
}

/* Whether a rule of the list has the name; else writes near names to `why`. key: that refers to it.
 * Returns 0 or -EINVAL. */
static int find_name(const struct naming *naming, struct rule *const *list, size_t count,
		     const char *key, const char *name, char *why, size_t size)
{
	struct near_names near = { .count = 0 };
	char names[200];

	for (size_t i = 0; i < count; i++) {
		const char *given;

		for (size_t n = 0; (given = naming->given(list[i], n)); n++) {
			if (!strcmp(given, name))
				return 0;
			near_names_offer(&near, name, given);
		}
	}
	near_names_text(&near, names, sizeof(names));
	snprintf(why, size, "%s: no rule %s \"%s\"%s%s%s", key, naming->what, name,
		 *names ? "; did you mean " : "", names, *names ? "?" : "");
	return -EINVAL;
}

static const struct naming of_rules = { "is called", rule_name };
static const struct naming of_holds = { "has a hold", hold_name };

static bool some_has(struct rule *const *list, size_t count, const struct rule_action *kind)
{
	for (size_t i = 0; i < count; i++)
		for (size_t a = 0; a < list[i]->action_count; a++)
			if (list[i]->actions[a].kind == kind)
				return true;
	return false;
}

/* Checks the references of one rule. planned: there is a planned crash. */
static int check_references(const struct rule *rule, struct rule *const *list, size_t count,
			    bool planned, char *why, size_t size)
{
	int r = 0;

	if (rule->when.held)
		r = find_name(&of_holds, list, count, "when.held", rule->when.held, why, size);
	if (!r && rule->when.event)
		r = find_name(&of_rules, list, count, "when.event", rule->when.event, why, size);
	if (!r && rule->when.event && !strcmp(rule->when.event, rule->name)) {
		snprintf(why, size, "when.event: it can never match: it waits for itself");
		r = -EINVAL;
	}
	for (size_t a = 0; a < rule->action_count && !r; a++) {
		const struct action *action = &rule->actions[a];

		if (action->kind->needs && !planned &&
		    !some_has(list, count, action->kind->needs) &&
		    !some_has(list, count, &rule_action_crash)) {
			snprintf(why, size,
				 "do.%s takes a rule with %s or crash, too; there is none",
				 action->kind->key.name, action->kind->needs->key.name);
			r = -EINVAL;
		}
		if (action->kind->opens)
			r = find_name(&of_holds, list, count, action->kind->key.name,
				      action->kind->opens(action), why, size);
	}
	return r;
}

int rules_check_references(const struct rules *rules, struct rule *const *list, size_t first,
			   size_t count, size_t *wrong, char *why, size_t size)
{
	int r = 0;

	for (size_t i = first; i < count && !r; i++) {
		*wrong = i - first;
		r = check_references(list[i], list, count, rules->crasher.has_plan, why, size);
	}
	return r;
}
