/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/witness_result.h"
#include "injector/storm/aim.h"
#include "tools/scenario/scenario_schedule.h"

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
	{ "function", KEY_TEXT, NULL,
	  "function of the kernel that is watched; null: the role is not used", KEY_NULL,
	  .make = make_function },
	{ "call", KEY_TEXT, NULL,
	  "the call inside the function that is watched; null: the function's entry", KEY_NULL,
	  .make = make_call },
	{ "method", KEY_TEXT, NULL, "fentry, kprobe, kprobe at a call, none", 0,
	  KEY_AT(key_string, struct hook_row, method) },
	{ "missing", KEY_TEXT, NULL,
	  "why the role is not used; for store also why slots are not inspected there", KEY_NULL,
	  KEY_AT(key_string, struct hook_row, missing) },
	KEY_END,
};

static json_t *make_hooks(const void *at)
{
	const struct run_result *result = at;
	json_t *hooks = json_array();

	for (int role = 0; role < HOOK_ROLES; role++) {
		const struct witness_hook *hook = &result->hooks[role];
		const struct hook_row row = {
			.role = hook_role_names[role],
			.method = hook_method_names[hook->method],
			.missing = *hook->why && result->witnessed ? hook->why : NULL,
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
VALUE(missed, result->missed_known ? key_number(result->missed) : NULL)
VALUE(frozen_lookups, key_number(verdict_frozen_lookups(result)))

static const struct key failed_keys[] = {
	{ "reference", KEY_NUMBER, NULL, "splits that failed because of an extra reference", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_REFERENCE]) },
	{ "dirty", KEY_NUMBER, NULL, "because the folio was dirty", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_DIRTY]) },
	{ "writeback", KEY_NUMBER, NULL, "because the folio was under writeback", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_WRITEBACK]) },
	{ "other", KEY_NUMBER, NULL, "for any other reason", 0,
	  KEY_AT(key_u64, struct run_result, gate.failed[GATE_FAILED_OTHER]) },
	KEY_END,
};

const struct key witness_keys[] = {
	{ "ran", KEY_BOOLEAN, NULL, "the witness was active", 0,
	  KEY_AT(key_bool, struct run_result, witnessed) },
	{ "missing", KEY_TEXT, NULL, "why it was not, if the scenario asked for it", KEY_NULL,
	  KEY_AT(key_text_or_null, struct run_result, witness_missing) },
	{ "lookups", KEY_NUMBER, NULL,
	  "readers' look-ups that found a folio, without fault-around, which is not "
	  "watched",
	  0, .make = make_lookups },
	{ "frozen_lookups", KEY_NUMBER, NULL, "look-ups that began while the folio was frozen", 0,
	  .make = make_frozen_lookups },
	{ "splits", KEY_NUMBER, NULL,
	  "splits begun, of folios of the run's files; a punch makes up to two", 0,
	  KEY_AT(key_u64, struct run_result, gate.splits) },
	{ "splits_succeeded", KEY_NUMBER, NULL, "splits that succeeded", 0,
	  KEY_AT(key_u64, struct run_result, gate.succeeded) },
	{ "splits_failed", KEY_GROUP, NULL, "splits that failed, by cause", 0,
	  .keys = failed_keys },
	{ "passages", KEY_NUMBER, NULL,
	  "punches with a successful split and at least one look-up of an exposed page "
	  "that began while the folio was frozen; before 6.15, where all pages are "
	  "equally exposed, of any page",
	  0, KEY_AT(key_u64, struct run_result, gate.passages) },
	{ "levels", KEY_NUMBER, NULL, "levels of all splits together", 0,
	  KEY_AT(key_u64, struct run_result, gate.levels) },
	{ "window_log2_ns", KEY_NUMBERS, NULL,
	  "histogram of splits by the time from the freeze to the last store: item n "
	  "counts 2^n to 2^(n+1) - 1 ns",
	  0, .make = make_windows },
	{ "events_lost", KEY_NUMBER, NULL,
	  "events missing from events.jsonl because the ring buffer was full", 0,
	  KEY_AT(key_u64, struct run_result, gate.lost) },
	{ "missed", KEY_NUMBER, NULL,
	  "times that the kernel skipped a program of the witness: so many look-ups, "
	  "returns from look-ups, or splits were not seen. null: this kernel does not "
	  "count them (kprobes before 6.7, all before 5.12)",
	  KEY_NULL, .make = make_missed },
	{ "maps_full", KEY_NUMBER, NULL,
	  "look-ups and splits that could not be recorded; any is an error of the run", 0,
	  KEY_AT(key_u64, struct run_result, gate.maps_full) },
	{ "hooks", KEY_LIST, NULL, "one item for each role:", 0, .make = make_hooks,
	  .keys = hook_keys },
	KEY_END,
};

VALUE(split_ns, key_number(result->scenario->gate.split))
VALUE(meet_ns, key_number(result->scenario->gate.meet))
VALUE(reader_ns, key_number(result->scenario->gate.reader))
VALUE(lookup_ns, key_number(result->scenario->gate.lookup))

const struct key gate_keys[] = {
	{ "split_ns", KEY_NUMBER, "nanoseconds", "as in the scenario, like the next three", 0,
	  .make = make_split_ns },
	{ "meet_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_meet_ns },
	{ "reader_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_reader_ns },
	{ "lookup_ns", KEY_NUMBER, "nanoseconds", NULL, 0, .make = make_lookup_ns },
	{ "holds", KEY_NUMBER, NULL, "times that the gate held a thread", 0,
	  KEY_AT(key_u64, struct run_result, gate.holds) },
	{ "held_ns", KEY_NUMBER, "nanoseconds", "duration of all holds together", 0,
	  KEY_AT(key_u64, struct run_result, gate.held) },
	{ "longest_ns", KEY_NUMBER, "nanoseconds", "duration of the longest hold", 0,
	  KEY_AT(key_u64, struct run_result, gate.longest) },
	{ "refused", KEY_NUMBER, NULL,
	  "holds that were refused because the limit for that second was used up", 0,
	  KEY_AT(key_u64, struct run_result, gate.refused) },
	KEY_END,
};

static json_t *make_inspection_verdict(const void *at)
{
	static const char *const names[] = {
		[INSPECTION_MISPLACED] = "misplaced",
		[INSPECTION_RIGHT] = "right",
		[INSPECTION_NONE] = "none",
	};

	return json_string(names[inspection_judge(at)]);
}

static json_t *make_engine(const void *at)
{
	const struct run_result *result = at;

	if (result->inspected && scenario_inspects_splits(result->scenario))
		return json_string("qemu");
	return result->witnessed ? json_string("bpf") : NULL;
}

static json_t *make_shape(const void *at)
{
	const struct run_result *result = at;
	unsigned int shapes = inspection_shapes(result);

	if (!inspection_hit(result) || !result->inspection.compared)
		return NULL;
	return json_string(shapes ? aim_shape_name(shapes) : "none fits");
}

static json_t *make_model_agrees(const void *at)
{
	const struct run_result *result = at;

	if (!inspection_hit(result) || !result->inspection.compared)
		return NULL;
	return json_boolean(inspection_shapes(result) & aim_shape_of(&result->kernel));
}

static json_t *make_aimed(const void *at)
{
	const struct run_result *result = at;

	return json_boolean(atomic_load(&result->counts->seen.followed));
}

/* As ranges [first page, last page]. */
static json_t *make_exposed(const void *at)
{
	const bool *misplaced = ((const struct run_result *)at)->inspection.misplaced;
	json_t *ranges = json_array();

	for (size_t page = 0, first; page < INSPECTION_PAGES; page++) {
		if (!misplaced[page])
			continue;
		for (first = page; page + 1 < INSPECTION_PAGES && misplaced[page + 1];)
			page++;
		json_array_append_new(ranges,
				      json_pack("[I, I]", (json_int_t)first, (json_int_t)page));
	}
	return ranges;
}

static bool version_agrees(const struct run_result *result)
{
	return (inspection_judge(result) == INSPECTION_MISPLACED) == aim_affected(&result->kernel);
}

static json_t *make_version_agrees(const void *at)
{
	return inspection_judge(at) == INSPECTION_NONE ? NULL : json_boolean(version_agrees(at));
}

static json_t *make_inspection_text(const void *at)
{
	char text[256];

	inspection_explain(at, text, sizeof(text));
	return key_text_of(text);
}

const struct key inspection_keys[] = {
	{ "verdict", KEY_TEXT, NULL,
	  "misplaced: the kernel has the race; right: 20 or more splits without a "
	  "misplaced slot; none: neither",
	  0, .make = make_inspection_verdict },
	{ "reason", KEY_TEXT, NULL, "the same in words", 0, .make = make_inspection_text },
	{ "splits_misplaced", KEY_NUMBER, NULL, "splits with a misplaced slot", 0,
	  KEY_AT(key_u64, struct run_result, gate.splits_misplaced) },
	{ "slots_inspected", KEY_NUMBER, NULL, "slots that were followed", 0,
	  KEY_AT(key_u64, struct run_result, gate.slots_inspected) },
	{ "errors", KEY_NUMBER, NULL, "slots that could not be followed", 0,
	  KEY_AT(key_u64, struct run_result, gate.inspect_errors) },
	{ "exposed", KEY_PAIRS, NULL,
	  "pages of the folio that had misplaced slots in any split, as ranges [first, "
	  "last]",
	  0, .make = make_exposed },
	{ "engine", KEY_TEXT, NULL,
	  "what inspected splits: bpf, the witness; qemu, the "
	  "[inspector](inspector.md); null: nothing did",
	  KEY_NULL, .make = make_engine },
	{ "looks", KEY_NUMBER, NULL, "times that all slots of all files were inspected", 0,
	  KEY_AT(key_u64, struct run_result, cache.looks) },
	{ "slots", KEY_NUMBER, NULL, "slots seen in these looks, together", 0,
	  KEY_AT(key_u64, struct run_result, cache.slots) },
	{ "folios", KEY_NUMBER, NULL, "folios seen in these looks, together", 0,
	  KEY_AT(key_u64, struct run_result, cache.folios) },
	{ "violations", KEY_NUMBER, NULL,
	  "slots that were wrong in four looks, 100 ms apart, while the tree did not "
	  "change; each is a hit",
	  0, KEY_AT(key_u64, struct run_result, cache.violations) },
	{ "shape", KEY_TEXT, NULL,
	  "the shapes of the aim model that agree with each split: they expose exactly the pages "
	  "seen, or more where a split was seen in part; batched, interleaved or both; none fits: "
	  "neither does; null: nothing was misplaced",
	  KEY_NULL, .make = make_shape },
	{ "model_agrees", KEY_BOOLEAN, NULL, "the shape of the kernel's version is one of them",
	  KEY_NULL, .make = make_model_agrees },
	{ "aimed", KEY_BOOLEAN, NULL,
	  "readers of exposed pages have read those that were seen, which are not those of the "
	  "shape",
	  0, .make = make_aimed },
	{ "version_agrees", KEY_BOOLEAN, NULL,
	  "the kernel has, or lacks, the race as its version says; false: a change was "
	  "backported from another version; null: unknown",
	  KEY_NULL, .make = make_version_agrees },
	KEY_END,
};

/* The lower bound in ns of the bucket with the median window. */
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

static void print_inspection(FILE *to, const struct run_result *result)
{
	char inspection[256];

	inspection_explain(result, inspection, sizeof(inspection));
	fprintf(to, "inspection %s\n", inspection);
	if (inspection_judge(result) != INSPECTION_NONE && !version_agrees(result))
		fprintf(to,
			"           by its version this kernel %s the race, and by what was seen "
			"it "
			"%s: a change was taken over from another version\n",
			aim_affected(&result->kernel) ? "has" : "does not have",
			inspection_hit(result) ? "has" : "has not");
	if (atomic_load(&result->counts->seen.followed))
		fprintf(to, "           splits expose other pages than the aim model says; readers "
			    "have "
			    "read those that were seen\n");
}

void witness_result_print(FILE *to, const struct run_result *result)
{
	const struct gate_counts *counts = &result->gate;
	bool any = false;

	if (*result->witness_missing)
		fprintf(to, "witness    none, and no gate: %s\n", result->witness_missing);
	if (!result->witnessed) {
		if (result->inspected && scenario_inspects_splits(result->scenario))
			print_inspection(to, result);
		return;
	}
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
	if (result->missed_known && result->missed)
		fprintf(to,
			"           the kernel left out %" PRIu64
			" calls of the witness's programs, so its counts are that short\n",
			result->missed);
	print_inspection(to, result);
	if (counts->holds || counts->refused)
		fprintf(to,
			"gate       %ju holds, %.3f s in all, the longest %ju us; %ju refused, the "
			"time of that second being spent\n",
			(uintmax_t)counts->holds, (double)counts->held / 1e9,
			(uintmax_t)counts->longest / 1000, (uintmax_t)counts->refused);
	for (int role = 0; role < HOOK_ROLES; role++) {
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
