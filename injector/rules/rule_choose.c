/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses among the requests that match a rule: nth, probability, times. */
#include "injector/base/cleanup.h"
#include "injector/base/random.h"
#include "injector/base/text_file.h"
#include "injector/rules/rule_engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The process of a thread, and its start time, since the process ID may be reused. Zeros: unknown.
 */
static struct tally_key process_key(uint32_t thread)
{
	_cleanup_free_ char *status = NULL, *stat = NULL;
	struct tally_key key = { 0, 0 };
	const char *line;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/status", thread);
	if (!thread || text_file_read(path, &status, NULL))
		return key;
	line = strstr(status, "\nTgid:");
	if (!line || sscanf(line, "\nTgid: %" SCNu64, &key.first) != 1)
		return key;
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/stat", key.first);
	line = text_file_read(path, &stat, NULL) ? NULL : strrchr(stat, ')');
	/* Field 22 is the start time; field 2 ends at `line`. */
	for (int i = 2; line && i < 22; i++)
		line = strchr(line + 1, ' ');
	if (line)
		key.second = strtoull(line, NULL, 10);
	return key;
}

static struct tally_key key_of(const struct rule *rule, const struct hook_request *request)
{
	switch (rule->when.per) {
	case RULE_PER_FILE:
		return (struct tally_key){ request->inode, request->device };
	case RULE_PER_PROCESS:
		return process_key(request->pid);
	default:
		return (struct tally_key){ request->handle, 0 };
	}
}

/* Counts a firing, unless there have been `times` already; 0: no limit. */
static bool may_fire(_Atomic uint64_t *fired, uint64_t times)
{
	if (atomic_fetch_add(fired, 1) < times || !times)
		return true;
	atomic_fetch_sub(fired, 1);
	return false;
}

uint64_t rule_choose(struct rules *rules, struct rule *rule, const struct hook_request *request)
{
	uint64_t number = atomic_fetch_add_explicit(&rule->matched, 1, memory_order_relaxed) + 1;
	uint64_t counted = number;
	struct tally *tally = NULL;

	if (rule->when.per) {
		tally = tallies_find(&rule->tallies, key_of(rule, request));
		if (!tally)
			return 0;
		counted = atomic_fetch_add(&tally->matched, 1) + 1;
	}
	if (rule->when.nth.step && !rule_nth_has(&rule->when.nth, counted))
		return 0;
	if (rule->when.probability < 1 &&
	    (double)(random_value(rules->config.seed, RANDOM_RULE + (uint64_t)rule->id * 16 + 15,
				  number) >>
		     11) / 9007199254740992.0 >=
		    rule->when.probability)
		return 0;
	if (tally && !may_fire(&tally->fired, rule->when.times))
		return 0;
	if (!may_fire(&rule->fired, tally ? 0 : rule->when.times))
		return 0;
	atomic_store_explicit(&rule->last, request->arrived, memory_order_relaxed);
	return number;
}

void rule_forget_handle(const struct rule_set *set, const struct hook_request *request)
{
	if (request->opcode != FUSE_RELEASE && request->opcode != FUSE_RELEASEDIR)
		return;
	for (size_t i = 0; i < set->count; i++)
		if (set->rules[i]->when.per == RULE_PER_HANDLE)
			tallies_drop(&set->rules[i]->tallies, key_of(set->rules[i], request));
}
