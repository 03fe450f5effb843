/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"
#include "injector/storm/target.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CACHED_PATHS = 64, ENTRY_WORDS_MAX = RULES_MAX / 64, PROCESS_NAME = 32 };

/* A request while rules are tested against it. Caches values that are slow to get. */
struct context {
	struct rules *rules;
	const struct rule_set *set;
	const struct hook_request *request;
	uint64_t end; /* of its range, in bytes */
	uint32_t first_page, last_page;
	uint32_t fields[FIELDS];
	uint64_t now;
	int64_t file_size; /* INT64_MIN: not known yet */
	char process[PROCESS_NAME];
	bool knows_process;
};

/*
 * The rules of a list whose glob matches a path, and those without a glob: a cache of each thread,
 * since paths recur. Set numbers are never reused.
 */
struct known_path {
	uint64_t set;
	uint32_t opcode;
	char path[PATH_MAX / 8];
	uint64_t entries[ENTRY_WORDS_MAX];
};

static _Thread_local struct known_path known[CACHED_PATHS];

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash ^ hash >> 29;
}

static void try_globs(const struct rule_list *list, const char *path, uint64_t *entries)
{
	memset(entries, 0, ENTRY_WORDS_MAX * sizeof(*entries));
	for (size_t i = 0; i < list->count; i++)
		if (!list->rules[i]->when.path || !fnmatch(list->rules[i]->when.path, path, 0))
			entries[i / 64] |= UINT64_C(1) << i % 64;
}

/* The same for a path that is too long for the cache. */
static const uint64_t *entries_of_long_path(const struct context *context,
					    const struct rule_list *list)
{
	static _Thread_local uint64_t entries[ENTRY_WORDS_MAX];
	char path[PATH_MAX];

	context->request->lookups->path(context->request, path, sizeof(path));
	try_globs(list, path, entries);
	return entries;
}

/* A bit for each rule of the list whose glob matches the path. */
static const uint64_t *entries_of(const struct context *context, const struct rule_list *list)
{
	const struct hook_request *request = context->request;
	char path[sizeof(known[0].path)];
	struct known_path *slot;

	path[0] = '\0';
	if (request->lookups)
		request->lookups->path(request, path, sizeof(path));
	if (strlen(path) == sizeof(path) - 1)
		return entries_of_long_path(context, list);
	slot = &known[(hash_of(path) + request->opcode) % CACHED_PATHS];
	if (slot->set != context->set->number || slot->opcode != request->opcode ||
	    strcmp(slot->path, path)) {
		try_globs(list, path, slot->entries);
		strcpy(slot->path, path);
		slot->set = context->set->number;
		slot->opcode = request->opcode;
	}
	return slot->entries;
}

static bool in_range(const struct rule_range *range, uint64_t value)
{
	return value >= range->first && value <= range->last;
}

static bool test_enabled(const struct rule *rule, struct context *context)
{
	(void)context;
	return atomic_load_explicit(&rule->enabled, memory_order_relaxed);
}

static bool test_offset(const struct rule *rule, struct context *context)
{
	return in_range(&rule->when.offset, context->request->offset);
}

static bool test_length(const struct rule *rule, struct context *context)
{
	return in_range(&rule->when.length, context->request->length);
}

static bool test_align(const struct rule *rule, struct context *context)
{
	return context->request->offset % rule->when.align == 0;
}

static bool test_page(const struct rule *rule, struct context *context)
{
	uint64_t page = rule->when.page.value;

	return context->request->offset / page_size() <= page &&
	       (context->end - 1) / page_size() >= page;
}

static bool test_inode(const struct rule *rule, struct context *context)
{
	return context->request->inode == rule->when.inode.value;
}

static bool test_pid(const struct rule *rule, struct context *context)
{
	return context->request->pid == rule->when.pid.value;
}

static bool test_uid(const struct rule *rule, struct context *context)
{
	return context->request->uid == rule->when.uid.value;
}

static bool test_mode(const struct rule *rule, struct context *context)
{
	uint32_t mode = context->request->mode;

	switch (rule->when.mode) {
	case RULE_MODE_PUNCH:
		return mode & FALLOC_FL_PUNCH_HOLE;
	case RULE_MODE_ZERO:
		return mode & FALLOC_FL_ZERO_RANGE;
	default:
		return !(mode & ~(uint32_t)FALLOC_FL_KEEP_SIZE);
	}
}

static bool test_flags(const struct rule *rule, struct context *context)
{
	return (context->request->mode & rule->flags_mask) == rule->flags_value;
}

static bool test_window(const struct rule *rule, struct context *context)
{
	uint64_t since;

	if (!context->now)
		context->now = units_now();
	since = context->now - context->rules->start;
	return since >= rule->when.from && (!rule->when.until || since < rule->when.until);
}

static bool test_phase(const struct rule *rule, struct context *context)
{
	return context->rules->config.phase &&
	       atomic_load(context->rules->config.phase) & rule->when.phase;
}

static bool test_held(const struct rule *rule, struct context *context)
{
	return hold_is_closed(&context->rules->holds, rule->when.held);
}

static bool test_event(const struct rule *rule, struct context *context)
{
	for (size_t i = 0; i < context->set->count; i++)
		if (!strcmp(context->set->rules[i]->name, rule->when.event) &&
		    atomic_load(&context->set->rules[i]->fired))
			return true;
	return false;
}

static bool test_size(const struct rule *rule, struct context *context)
{
	const struct hook_request *request = context->request;

	if (context->file_size == INT64_MIN)
		context->file_size = request->lookups ? request->lookups->size(request) : -1;
	return context->file_size >= 0 &&
	       in_range(&rule->when.file_size, (uint64_t)context->file_size);
}

static void read_process(struct context *context)
{
	char path[40];
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/comm", context->request->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, context->process, sizeof(context->process) - 1);
		close(fd);
	}
	context->process[got > 0 ? got - 1 : 0] = '\0';
	context->knows_process = true;
}

static bool test_process(const struct rule *rule, struct context *context)
{
	if (!context->knows_process)
		read_process(context);
	return !fnmatch(rule->when.process, context->process, 0);
}

static bool has_offset(const struct rule_when *when)
{
	return when->offset.set;
}

static bool has_length(const struct rule_when *when)
{
	return when->length.set;
}

static bool has_align(const struct rule_when *when)
{
	return when->align;
}

static bool has_page(const struct rule_when *when)
{
	return when->page.set;
}

static bool has_inode(const struct rule_when *when)
{
	return when->inode.set;
}

static bool has_pid(const struct rule_when *when)
{
	return when->pid.set;
}

static bool has_uid(const struct rule_when *when)
{
	return when->uid.set;
}

static bool has_mode(const struct rule_when *when)
{
	return when->mode;
}

static bool has_flags(const struct rule_when *when)
{
	return when->flags.count;
}

static bool has_window(const struct rule_when *when)
{
	return when->from || when->until;
}

static bool has_phase(const struct rule_when *when)
{
	return when->phase;
}

static bool has_held(const struct rule_when *when)
{
	return when->held;
}

static bool has_event(const struct rule_when *when)
{
	return when->event;
}

static bool has_size(const struct rule_when *when)
{
	return when->file_size.set;
}

static bool has_process(const struct rule_when *when)
{
	return when->process;
}

static bool always(const struct rule_when *when)
{
	(void)when;
	return true;
}

/* The conditions, the cheap ones first. */
static const struct rule_test {
	const char *key;
	bool (*is_set)(const struct rule_when *when);
	bool (*holds)(const struct rule *rule, struct context *context);
	unsigned int fields; /* enum hook_field that it tests */
} rule_tests[] = {
	{ "enabled", always, test_enabled, 0 },
	{ "offset", has_offset, test_offset, HOOK_OFFSET },
	{ "length", has_length, test_length, HOOK_LENGTH },
	{ "align", has_align, test_align, HOOK_OFFSET },
	{ "page", has_page, test_page, HOOK_RANGE },
	{ "inode", has_inode, test_inode, 0 },
	{ "pid", has_pid, test_pid, 0 },
	{ "uid", has_uid, test_uid, 0 },
	{ "mode", has_mode, test_mode, HOOK_MODE },
	{ "flags", has_flags, test_flags, HOOK_FLAGS },
	{ "phase", has_phase, test_phase, 0 },
	{ "from, until", has_window, test_window, 0 },
	{ "held", has_held, test_held, 0 },
	{ "event", has_event, test_event, 0 },
	{ "size", has_size, test_size, 0 },
	{ "process", has_process, test_process, 0 },
};

enum { TESTS = ARRAY_SIZE(rule_tests) };

uint32_t rule_tests_of(const struct rule *rule)
{
	uint32_t tests = 0;

	for (size_t i = 0; i < TESTS; i++)
		if (rule_tests[i].is_set(&rule->when))
			tests |= UINT32_C(1) << i;
	return tests;
}

uint64_t rule_conditions_mask(const struct rule_when *when, const char **missing)
{
	uint64_t mask = UINT64_MAX;

	*missing = NULL;
	for (size_t i = 0; i < TESTS; i++)
		if (rule_tests[i].is_set(when) && rule_tests[i].fields) {
			mask &= hook_operations_with(rule_tests[i].fields);
			*missing = rule_tests[i].key;
		}
	return mask;
}

static bool all_hold(const struct rule *rule, struct context *context)
{
	for (uint32_t left = rule->tests; left; left &= left - 1)
		if (!rule_tests[__builtin_ctz(left)].holds(rule, context))
			return false;
	return true;
}

/*
 * The first rule from `i` on whose entry passes the request; `count`: none. Most rules do not
 * match, so it takes one step for each, without a branch for each condition, in read-only memory.
 */
static size_t find_near(const struct context *context, const struct rule_entry *restrict entries,
			size_t i, size_t count)
{
	const uint32_t first = context->first_page, last = context->last_page;
	const uint32_t fields[FIELDS] = { context->fields[0], context->fields[1],
					  context->fields[2], context->fields[3] };

	for (; i < count; i++)
		if ((last >= entries[i].first) & (first <= entries[i].last) &
		    (fields[entries[i].field] == entries[i].value))
			break;
	return i;
}

static size_t add_match(struct context *context, struct rule *rule,
			struct rule_match matches[RULES_MAX], size_t count)
{
	const struct hook_request *request = context->request;
	uint64_t number;

	if (request->opcode == FUSE_FSYNC && rule->data_syncs_only &&
	    !(request->mode & FUSE_FSYNC_FDATASYNC))
		return count;
	if (!all_hold(rule, context))
		return count;
	number = rule_choose(context->rules, rule, context->request);
	if (!number)
		return count;
	atomic_fetch_add(&rule->references, 1);
	matches[count] = (struct rule_match){ .rule = rule, .number = number };
	return count + 1;
}

/* Whether most globs match: then scanning all rules is faster than going from bit to bit. */
static bool most_are_set(const uint64_t *entries, size_t count)
{
	size_t set = 0;

	for (size_t word = 0; word < (count + 63) / 64; word++)
		set += (size_t)__builtin_popcountll(entries[word]);
	return set > count / 2;
}

static size_t match_all(struct context *context, const struct rule_list *list,
			const uint64_t *entries, struct rule_match matches[RULES_MAX])
{
	size_t count = 0;

	for (size_t i = find_near(context, list->entries, 0, list->count); i < list->count;
	     i = find_near(context, list->entries, i + 1, list->count))
		if (!entries || entries[i / 64] >> i % 64 & 1)
			count = add_match(context, list->rules[i], matches, count);
	return count;
}

static size_t match_globs(struct context *context, const struct rule_list *list,
			  struct rule_match matches[RULES_MAX])
{
	const uint64_t *entries = entries_of(context, list);
	size_t count = 0;

	if (most_are_set(entries, list->count))
		return match_all(context, list, entries, matches);
	for (size_t word = 0; word < (list->count + 63) / 64; word++)
		for (uint64_t left = entries[word]; left; left &= left - 1) {
			size_t i = word * 64 + (size_t)__builtin_ctzll(left);

			if (find_near(context, list->entries, i, i + 1) == i)
				count = add_match(context, list->rules[i], matches, count);
		}
	return count;
}

/* Whether a rule applies to a file. when.inode does not exclude it if the rule has look-ups, whose
 * inode is the directory. */
static bool is_about(const struct rule *rule, const char *path, uint64_t inode)
{
	const struct rule_when *when = &rule->when;

	return (!when->inode.set || when->inode.value == inode ||
		rule->mask & HOOK_BIT(FUSE_LOOKUP)) &&
	       (!when->path || !fnmatch(when->path, path, 0));
}

unsigned int rules_watch(struct rules *rules, const char *path, uint64_t inode)
{
	unsigned int turn = atomic_load(&rules->turn) & 1, watched;
	const struct rule_set *set;

	if (atomic_load_explicit(&rules->crasher.awaited, memory_order_relaxed))
		return HOOK_KEPT_ALL;
	atomic_fetch_add(&rules->readers[turn], 1);
	set = atomic_load(&rules->set);
	watched = path ? 0 : set->watches;
	for (size_t i = 0; i < set->count && watched != set->watches; i++)
		if ((set->rules[i]->watches & ~watched) && is_about(set->rules[i], path, inode))
			watched |= set->rules[i]->watches;
	atomic_fetch_sub(&rules->readers[turn], 1);
	return watched;
}

size_t rules_match(struct rules *rules, const struct hook_request *request,
		   struct rule_match matches[RULES_MAX])
{
	unsigned int turn = atomic_load(&rules->turn) & 1;
	const struct rule_set *set;
	size_t count = 0;

	if (request->opcode >= OPCODES)
		return 0;
	atomic_fetch_add(&rules->readers[turn], 1);
	set = atomic_load(&rules->set);
	if (set->lists[request->opcode].count) {
		struct context context = {
			.rules = rules,
			.set = set,
			.request = request,
			.end = request->offset + (request->length ? request->length : 1),
			.fields = { 0, rule_key(request->inode), rule_key(request->pid),
				    rule_key(request->uid) },
			.file_size = INT64_MIN,
		};

		const struct rule_list *list = &set->lists[request->opcode];

		context.first_page = rule_page(request->offset);
		context.last_page = rule_page(context.end - 1);

		count = list->has_globs ? match_globs(&context, list, matches)
					: match_all(&context, list, NULL, matches);
	}
	if (set->counts_handles)
		rule_forget_handle(set, request);
	atomic_fetch_sub(&rules->readers[turn], 1);
	return count;
}
