/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel takes errors of an answer up to 511 (fuse_dev_do_write(), fs/fuse/dev.c, 2.6.14 and
 * later). */
enum { ERROR_MAX = 511 };

/* Two numbers with two names each. */
static const struct {
	const char *name;
	int error;
} error_aliases[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK },
	{ "ENOTSUP", ENOTSUP },
	{ "EDEADLOCK", EDEADLOCK },
};

void rules_init(struct rules *rules)
{
	*rules = (struct rules){ .list = NULL };
}

void rules_release(struct rules *rules)
{
	free(rules->list);
	rules_init(rules);
}

const char *rules_error_name(int error)
{
	return error > 0 && error <= ERROR_MAX ? strerrorname_np(error) : NULL;
}

int rules_error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(error_aliases) / sizeof(error_aliases[0]); i++)
		if (!strcmp(error_aliases[i].name, name))
			return error_aliases[i].error;
	for (int error = 1; error <= ERROR_MAX; error++) {
		const char *known = rules_error_name(error);

		if (known && !strcmp(known, name))
			return error;
	}
	return 0;
}

static void list_operations(char *text, size_t size)
{
	size_t used = 0;

	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (operation->delays && hook_operation_find(operation->name) == operation &&
		    used < size)
			used += (size_t)snprintf(text + used, size - used, ", %s", operation->name);
}

static int check(const char *name, uint64_t delay_ns, int error, char *why, size_t why_size)
{
	const struct hook_operation *operation = hook_operation_find(name);
	char names[1024];

	list_operations(names, sizeof(names));
	if (!operation && strcmp(name, "any"))
		snprintf(why, why_size, "no operation \"%s\"; allowed: any%s", name, names);
	else if (operation && !operation->delays)
		snprintf(why, why_size, "%s can be neither delayed nor failed; allowed: any%s",
			 name, names);
	else if (operation && error && !operation->fails)
		snprintf(why, why_size, "%s can be delayed but not failed", name);
	else if (error && !rules_error_name(error))
		snprintf(why, why_size, "%d is no errno; allowed: 1 to %d", error, ERROR_MAX);
	else if (!error && !delay_ns)
		snprintf(why, why_size, "the rule for %s does nothing; give a delay or an error",
			 name);
	else
		return 0;
	return -EINVAL;
}

int rules_add(struct rules *rules, const char *operation, uint64_t delay_ns, int error, char *why,
	      size_t why_size)
{
	struct rule *list, *rule;
	int r = check(operation, delay_ns, error, why, why_size);

	if (r)
		return r;
	list = realloc(rules->list, (rules->count + 1) * sizeof(*list));
	if (!list) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	rules->list = list;
	rule = &list[rules->count++];
	memset(rule, 0, sizeof(*rule));
	snprintf(rule->operation, sizeof(rule->operation), "%s", operation);
	rule->delay_ns = delay_ns;
	rule->error = error;
	return 0;
}

int rules_add_text(struct rules *rules, const char *operation, uint64_t delay_ns,
		   const char *error_name, char *why, size_t why_size)
{
	int error = error_name ? rules_error_number(error_name) : 0;

	if (error_name && !error) {
		snprintf(why, why_size, "\"%s\" is no errno; write it as EIO, ENOSPC, EINTR",
			 error_name);
		return -EINVAL;
	}
	return rules_add(rules, operation, delay_ns, error, why, why_size);
}

uint64_t rules_fired(const struct rules *rules, size_t index)
{
	return index < rules->count ? atomic_load(&rules->list[index].fired) : 0;
}

static bool applies(const struct rule *rule, const struct hook_operation *operation)
{
	if (rule->error && !operation->fails)
		return false;
	return !strcmp(rule->operation, "any") || !strcmp(rule->operation, operation->name);
}

static uint64_t add_delay(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	const struct hook_operation *operation = hook_operation_of(request->opcode);
	struct hook_decision decision = { .delay_ns = 0 };
	struct rules *rules = injector;

	for (size_t i = 0; operation && i < rules->count; i++) {
		struct rule *rule = &rules->list[i];

		if (!applies(rule, operation))
			continue;
		atomic_fetch_add_explicit(&rule->fired, 1, memory_order_relaxed);
		decision.delay_ns = add_delay(decision.delay_ns, rule->delay_ns);
		if (!decision.error)
			decision.error = rule->error;
	}
	return decision;
}

struct hooks rules_hooks(struct rules *rules)
{
	return (struct hooks){ .injector = rules, .before = before };
}
