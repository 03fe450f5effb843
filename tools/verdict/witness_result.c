/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/witness_result.h"

#include <inttypes.h>
#include <string.h>

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct run_result *result = at;                                              \
                                                                                                   \
		return expression;                                                                 \
	}

const char *const gate_failure_names[GATE_FAILURES] = {
	[GATE_FAILED_REFERENCE] = "reference",
	[GATE_FAILED_DIRTY] = "dirty",
	[GATE_FAILED_WRITEBACK] = "writeback",
	[GATE_FAILED_OTHER] = "other",
};

/* A hook and its role. */
struct hook_row {
	const char *role, *method, *missing;
	const struct witness_hook *hook;
};

static json_t *make_function(const void *at)
{
	return key_text_of(((const struct hook_row *)at)->hook->function);
}

static json_t *make_call(const void *at)
{
	return key_text_of(((const struct hook_row *)at)->hook->call);
}

static const struct key hook_keys[] = {
	{ "role", KEY_TEXT, NULL, "split, level, store, stored, lookup, read, shmem", 0,
	  KEY_AT(key_string, struct hook_row, role) },
	{ "function", KEY_TEXT, NULL, "of the kernel; null: not used", KEY_NULL,
	  .make = make_function },
	{ "call", KEY_TEXT, NULL, "the call that it is watched at; null: its entry", KEY_NULL,
	  .make = make_call },
	{ "method", KEY_TEXT, NULL, "fentry, kprobe, kprobe at a call, none", 0,
	  KEY_AT(key_string, struct hook_row, method) },
	{ "missing", KEY_TEXT, NULL, "why not", KEY_NULL,
	  KEY_AT(key_string, struct hook_row, missing) },
	KEY_END,
};

static json_t *make_hooks(const void *at)
{
	const struct run_result *result = at;
	json_t *hooks = json_array();

	for (int role = 0; role < HOOK_WITNESS_ROLES; role++) {
		const struct witness_hook *hook = &result->hooks[role];
		const struct hook_row row = {
			.role = hook_role_names[role],
			.method = hook_method_names[hook->method],
			.missing = hook->function || !result->witnessed ? NULL : hook->why,
			.hook = hook,
		};

		json_array_append_new(hooks, keys_object(hook_keys, &row));
	}
	return hooks;
}

static json_t *make_windows(const void *at)
{
	const struct run_result *result = at;
	json_t *windows = json_array();

	for (unsigned int i = 0; i < GATE_BUCKETS; i++)
		json_array_append_new(windows, key_number(result->gate.window[i]));
	return windows;
}

VALUE(lookups, key_number(verdict_lookups(result)))
VALUE(frozen_lookups, key_number(verdict_frozen_lookups(result)))

static const struct key failed_keys[] = {
	{ "reference", KEY_NUMBER, NULL, "somebody held one", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_REFERENCE]) },
	{ "dirty", KEY_NUMBER, NULL, "the folio was dirty", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_DIRTY]) },
	{ "writeback", KEY_NUMBER, NULL, "it was being written back", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_WRITEBACK]) },
	{ "other", KEY_NUMBER, NULL, "anything else", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_OTHER]) },
	KEY_END,
};

const struct key witness_keys[] = {
	{ "ran", KEY_BOOLEAN, NULL, "it was there", 0,
	  KEY_AT(key_bool, struct run_result, witnessed) },
	{ "missing", KEY_TEXT, NULL, "why not, where the scenario asked for it", KEY_NULL,
	  KEY_AT(key_text_or_null, struct run_result, witness_missing) },
	{ "lookups", KEY_NUMBER, NULL, "of readers that found a folio", 0, .make = make_lookups },
	{ "frozen_lookups", KEY_NUMBER, NULL, "of them begun while the folio was frozen", 0,
	  .make = make_frozen_lookups },
	{ "splits", KEY_NUMBER, NULL,
	  "begun, of folios of the run's files. A punch makes up to two", 0,
	  KEY_AT(key_u64, struct run_result, gate.splits) },
	{ "splits_succeeded", KEY_NUMBER, NULL, "of them", 0,
	  KEY_AT(key_u64, struct run_result, gate.succeeded) },
	{ "splits_failed", KEY_GROUP, NULL, "of them", 0, .keys = failed_keys },
	{ "levels", KEY_NUMBER, NULL, "of all splits", 0,
	  KEY_AT(key_u64, struct run_result, gate.levels) },
	{ "window_log2_ns", KEY_NUMBERS, NULL,
	  "splits by the time from freeze to last store: item n is for 2^n to 2^(n+1) - 1 ns", 0,
	  .make = make_windows },
	{ "events_lost", KEY_NUMBER, NULL, "that did not get into events.jsonl for want of room", 0,
	  KEY_AT(key_u64, struct run_result, gate.lost) },
	{ "hooks", KEY_LIST, NULL, "for each role:", 0, .make = make_hooks, .keys = hook_keys },
	KEY_END,
};

VALUE(split_ns, key_number(result->scenario->gate.split))
VALUE(meet_ns, key_number(result->scenario->gate.meet))
VALUE(reader_ns, key_number(result->scenario->gate.reader))
VALUE(lookup_ns, key_number(result->scenario->gate.lookup))

const struct key gate_keys[] = {
	{ "split_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_split_ns },
	{ "meet_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_meet_ns },
	{ "reader_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_reader_ns },
	{ "lookup_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_lookup_ns },
	{ "holds", KEY_NUMBER, NULL, NULL, 0, KEY_AT(key_u64, struct run_result, gate.holds) },
	{ "held_ns", KEY_NUMBER, "nanoseconds", "all together", 0,
	  KEY_AT(key_u64, struct run_result, gate.held) },
	{ "longest_ns", KEY_NUMBER, "nanoseconds", NULL, 0,
	  KEY_AT(key_u64, struct run_result, gate.longest) },
	{ "refused", KEY_NUMBER, NULL, "for want of time in that second", 0,
	  KEY_AT(key_u64, struct run_result, gate.refused) },
	KEY_END,
};

/* The bucket that holds the middle one of all windows: its lower bound in ns. */
static uint64_t median_window(const struct gate_counts *counts)
{
	uint64_t all = 0, below = 0;
	unsigned int bucket = 0;

	for (unsigned int i = 0; i < GATE_BUCKETS; i++)
		all += counts->window[i];
	while (bucket < GATE_BUCKETS - 1 && (below + counts->window[bucket]) * 2 < all)
		below += counts->window[bucket++];
	return all ? 1ULL << bucket : 0;
}

void witness_result_print(FILE *to, const struct run_result *result)
{
	const struct gate_counts *counts = &result->gate;
	bool any = false;

	if (*result->witness_missing)
		fprintf(to, "witness    none, and no gate: %s\n", result->witness_missing);
	if (!result->witnessed)
		return;
	fprintf(to,
		"witness    %" PRIu64 " lookups, %" PRIu64 " of them of a frozen folio; %" PRIu64
		" captures in %" PRIu64 " punches, %" PRIu64 " healed\n",
		verdict_lookups(result), verdict_frozen_lookups(result), verdict_captures(result),
		atomic_load(&result->counts->punches_captured), verdict_healed(result));
	fprintf(to,
		"           %ju of %ju splits succeeded (%ju reference, %ju dirty, %ju writeback, "
		"%ju other); frozen for %" PRIu64 " us or more in half of them\n",
		(uintmax_t)counts->succeeded, (uintmax_t)counts->splits,
		(uintmax_t)counts->failed[GATE_FAILED_REFERENCE],
		(uintmax_t)counts->failed[GATE_FAILED_DIRTY],
		(uintmax_t)counts->failed[GATE_FAILED_WRITEBACK],
		(uintmax_t)counts->failed[GATE_FAILED_OTHER], median_window(counts) / 1000);
	if (counts->holds || counts->refused)
		fprintf(to,
			"gate       %ju holds, %.3f s in all, the longest %ju us; %ju refused, the "
			"time of that second being spent\n",
			(uintmax_t)counts->holds, (double)counts->held / 1e9,
			(uintmax_t)counts->longest / 1000, (uintmax_t)counts->refused);
	for (int role = 0; role < HOOK_WITNESS_ROLES; role++) {
		const struct witness_hook *hook = &result->hooks[role];

		if (!hook->function)
			continue;
		fprintf(to, "%s %s by %s%s%s", any ? "," : "hooks     ", hook->function,
			hook_method_names[hook->method], hook->call ? " of " : "",
			hook->call ? hook->call : "");
		any = true;
	}
	if (any)
		fputc('\n', to);
}
