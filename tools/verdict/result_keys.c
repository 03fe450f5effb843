/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_keys.h"
#include "injector/base/array.h"
#include "injector/rules/rule_spec.h"
#include "tools/control/operation_counts.h"
#include "tools/machine/watch.h"
#include "tools/verdict/cache_result.h"
#include "tools/verdict/event_keys.h"
#include "tools/verdict/result_origin.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/witness_result.h"
#include "tools/verdict/workload_result.h"

#include <stdlib.h>

static enum test_outcome outcome_of(const struct run_result *result)
{
	return verdict_outcome(result->verdict, result->expected, result->xfail);
}

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct run_result *result = at;                                              \
                                                                                                   \
		return expression;                                                                 \
	}

static bool inspects(const struct run_result *result)
{
	return result->witnessed || result->inspected;
}

#define COUNTER(name) VALUE(name, key_counter(&result->counts->name))

static json_t *make_schema_version(const void *at)
{
	(void)at;
	return json_integer(RESULT_SCHEMA_VERSION);
}

VALUE(verdict, json_string(verdict_names[result->verdict]))
VALUE(expected, json_string(result->expected == EXPECT_HIT ? "hit" : "clean"))
VALUE(as_expected, json_boolean(test_outcome_as_expected(outcome_of(result))))
VALUE(outcome, json_string(test_outcome_names[outcome_of(result)]))
VALUE(title, key_text_of(result->scenario->title))
VALUE(data_path, json_string(layer_data_path_name(result->scenario->mount.data_path)))
VALUE(aim_page, result->aim_page < 0 ? NULL : json_integer(result->aim_page))
VALUE(seed, key_number(result->scenario->seed))
COUNTER(punches)
COUNTER(punches_failed)
COUNTER(punches_hit)
VALUE(punches_evicted,
      verdict_evicts(result) ? key_counter(&result->counts->punches_evicted) : NULL)
VALUE(punches_captured, result->witnessed ? key_counter(&result->counts->punches_captured) : NULL)
VALUE(hit_rate, json_real(verdict_hit_rate(result)))
VALUE(first_hit_seconds, key_real_of(verdict_first_hit(result)))
VALUE(exposures, key_number(verdict_exposures(result)))
VALUE(captures, result->witnessed ? key_number(verdict_captures(result)) : NULL)
VALUE(splits_inspected, inspects(result) ? key_number(result->gate.splits_inspected) : NULL)
VALUE(slots_misplaced, inspects(result) ? key_number(result->gate.slots_misplaced) : NULL)
VALUE(misplaced_slots, misplaced_json(result))
VALUE(healed, result->witnessed ? key_number(verdict_healed(result)) : NULL)
VALUE(reads, key_number(verdict_reads(result)))
VALUE(reads_not_judged, key_number(verdict_not_judged(result)))
VALUE(wrong_reads, key_number(verdict_wrong(result)))
VALUE(splits, result->splits_known ? key_number(result->splits.split) : NULL)
VALUE(splits_failed, result->splits_known ? key_number(result->splits.failed) : NULL)
VALUE(refills, key_counter(&result->counts->refill.refills))
VALUE(folios_whole, key_counter(&result->counts->refill.folios_whole))
VALUE(folios_other, key_counter(&result->counts->refill.folios_other))
VALUE(operations, operation_counts_json(&result->counts->layer))
VALUE(kernel_reports, key_number(kernel_reports_of(&result->kernel_reports, KERNEL_HIT)))
VALUE(kernel_troubles, key_number(kernel_reports_of(&result->kernel_reports, KERNEL_TROUBLE)))
VALUE(preconditions, json_incref(result->preconditions))

static json_t *make_version(const void *at)
{
	(void)at;
	return json_string(FOLIOSTORM_VERSION);
}

static json_t *make_aim(const void *at)
{
	const struct run_result *result = at;
	char aim[32];

	return json_string(aim_format(&result->scenario->storm.aim, aim, sizeof(aim)));
}

static json_t *make_duration(const void *at)
{
	const struct run_result *result = at;
	uint64_t began = atomic_load(&result->counts->began);
	uint64_t ended = atomic_load(&result->counts->ended);

	return json_real(ended > began ? (double)(ended - began) / 1e9 : 0);
}

#define CLASS(name, number, meaning)                                                               \
	{                                                                                          \
		name, KEY_NUMBER, NULL, meaning, 0, .make = key_counter,                           \
						    .offset = (number) * sizeof(_Atomic uint64_t)  \
	}

/* Of worker_shared.classes. */
static const struct key class_keys[] = {
	CLASS("other-page", WRONG_OTHER_PAGE, "see [hit](events.md#hit), like the following"),
	CLASS("zeros", WRONG_ZEROS, NULL),
	CLASS("old-generation", WRONG_OLD_GENERATION, NULL),
	CLASS("other-file", WRONG_OTHER_FILE, NULL),
	CLASS("torn", WRONG_TORN, NULL),
	CLASS("bit-flip", WRONG_BIT_FLIP, NULL),
	CLASS("garbage", WRONG_GARBAGE, NULL),
	CLASS("output", WRONG_OUTPUT, "see [output](events.md#output)"),
	CLASS("outcome", WRONG_OUTCOME, "see [outcome](events.md#outcome)"),
	CLASS("missing", WRONG_MISSING, NULL),
	KEY_END,
};

_Static_assert(ARRAY_SIZE(class_keys) == WRONG_CLASSES,
	       "a row for each class of wrong bytes, and the end of the table");

static const struct key threads_keys[] = {
	{ "iterations", KEY_NUMBER, NULL, "in which each thread did all its steps", 0,
	  KEY_AT(key_counter, struct thread_totals, iterations) },
	{ "hit", KEY_NUMBER, NULL, "of them gave a hit", 0,
	  KEY_AT(key_counter, struct thread_totals, hit) },
	{ "steps", KEY_NUMBER, NULL, "done, with those before and after", 0,
	  KEY_AT(key_counter, struct thread_totals, steps) },
	{ "judged", KEY_NUMBER, NULL, "of them: how they end was expected", 0,
	  KEY_AT(key_counter, struct thread_totals, judged) },
	KEY_END,
};

static json_t *make_threads(const void *at)
{
	const struct run_result *result = at;

	return result->scenario->threads.count ? keys_object(threads_keys, &result->counts->threads)
					       : NULL;
}

static json_t *make_classes(const void *at)
{
	return keys_object(class_keys, ((const struct run_result *)at)->counts->classes);
}

struct reader_row {
	const char *kind;
	const struct reader_counts *counts;
};

#define READER(name, count)                                                                        \
	static json_t *make_reader_##name(const void *at)                                          \
	{                                                                                          \
		return key_counter(&((const struct reader_row *)at)->counts->count);               \
	}

READER(reads, reads)
READER(wrong_reads, wrong)
READER(exposures, exposures)
READER(wait, wait)

static const struct key reader_keys[] = {
	{ "kind", KEY_TEXT, NULL, NULL, 0, KEY_AT(key_string, struct reader_row, kind) },
	{ "reads", KEY_NUMBER, NULL, "judged", 0, .make = make_reader_reads },
	{ "wrong_reads", KEY_NUMBER, NULL, NULL, 0, .make = make_reader_wrong_reads },
	{ "exposures", KEY_NUMBER, NULL, NULL, 0, .make = make_reader_exposures },
	{ "wait_ns", KEY_NUMBER, "nanoseconds",
	  "the wait in use at the end, with `wait = \"auto\"`; otherwise 0", 0,
	  .make = make_reader_wait },
	KEY_END,
};

static json_t *make_readers(const void *at)
{
	const struct run_result *result = at;
	const struct worker_shared *shared = result->counts;
	unsigned int more = atomic_load(&shared->workload.readers);
	json_t *readers = json_array();

	for (unsigned int i = 0; i < shared->readers + more; i++) {
		const struct reader_row row = {
			.kind = scenario_reader_name(result->scenario, i),
			.counts = i < shared->readers
					  ? &shared->reader[i]
					  : &shared->workload.reader[i - shared->readers],
		};

		json_array_append_new(readers, keys_object(reader_keys, &row));
	}
	return readers;
}

struct rule_row {
	const char *name, *op;
	const _Atomic uint64_t *fired;
};

static json_t *make_fired(const void *at)
{
	return key_counter(((const struct rule_row *)at)->fired);
}

static const struct key rule_keys[] = {
	{ "name", KEY_TEXT, NULL, "its name, or rule-N", 0,
	  KEY_AT(key_string, struct rule_row, name) },
	{ "op", KEY_TEXT, NULL, "its first operation", 0, KEY_AT(key_string, struct rule_row, op) },
	{ "fired", KEY_NUMBER, NULL, "requests that it applied to; known when the layer has ended",
	  0, .make = make_fired },
	KEY_END,
};

static json_t *make_rules(const void *at)
{
	const struct run_result *result = at;
	const struct rule_spec *rules = result->scenario->rules.items;
	json_t *array = json_array();
	char name[24];

	for (size_t i = 0; i < result->scenario->rules.count; i++) {
		const struct rule_operation *operations = rules[i].when.operations.items;
		const struct rule_row row = {
			.name = rules[i].name ?: name,
			.op = operations[0].name,
			.fired = &result->counts->rules_fired[i],
		};

		snprintf(name, sizeof(name), "rule-%zu", i + 1);
		json_array_append_new(array, keys_object(rule_keys, &row));
	}
	return array;
}

static json_t *make_kernel_lines(const void *at)
{
	const struct run_result *result = at;
	json_t *lines = json_array();

	for (size_t i = 0; i < result->kernel_line_count; i++)
		json_array_append_new(lines, key_text_of(result->kernel_lines[i]));
	return lines;
}

static json_t *make_taint(const void *at)
{
	const struct run_result *result = at;
	char letters[32];

	return json_string(watch_taint_letters(result->taint, letters, sizeof(letters)));
}

static const struct key kernel_log_keys[] = {
	{ "reports", KEY_NUMBER, NULL,
	  "reports that the page cache gave out a wrong folio: `VM_BUG_ON_FOLIO(!folio_contains(…` "
	  "of anybody; and what names a process or file of the run: other assertions about a "
	  "folio, `BUG: Bad page …`, oopses in functions that walk the page cache, and, where the "
	  "run is about stale folios, lockups in its look-ups. Each is a hit",
	  0, .make = make_kernel_reports },
	{ "troubles", KEY_NUMBER, NULL,
	  "other reports, warnings, oopses, lockups, hung tasks, XFS errors: they do not change "
	  "the verdict, but an oops ends the run",
	  0, .make = make_kernel_troubles },
	{ "lines", KEY_TEXTS, NULL, "the first 100 of both", 0, .make = make_kernel_lines },
	{ "new_taint", KEY_TEXT, NULL,
	  "letters of the taint flags that the kernel got during the run", 0, .make = make_taint },
	{ "lost", KEY_NUMBER, NULL,
	  "records that the kernel overwrote before they were read, at least: none of them was "
	  "judged",
	  0, KEY_AT(key_u64, struct run_result, log_lost) },
	{ "log_watched", KEY_BOOLEAN, NULL, "/dev/kmsg could be read", 0,
	  KEY_AT(key_bool, struct run_result, log_known) },
	KEY_END,
};

VALUE(passages, key_number(result->power.passages))
VALUE(power, result->scenario->race->none ? NULL : json_real(result->power.value))

static const struct key calibration_keys[] = {
	{ "setting", KEY_TEXT, NULL,
	  "what the chance of a hit depends on, in this run; null: none of its readers can hit",
	  KEY_NULL, KEY_AT(key_text_or_null, struct power, setting) },
	{ "busy", KEY_BOOLEAN, NULL, "measured beside load, as the run was beside load", 0,
	  KEY_AT(key_bool, struct power, busy) },
	{ "runs", KEY_NUMBER, NULL, "on affected kernels, in this setting; 0: never measured", 0,
	  KEY_AT(key_unsigned, struct power, calibration.runs) },
	{ "passages", KEY_NUMBER, NULL, "of them, together", 0,
	  KEY_AT(key_unsigned, struct power, calibration.passages) },
	{ "hits", KEY_NUMBER, NULL, "of these", 0,
	  KEY_AT(key_unsigned, struct power, calibration.hits) },
	{ "chance", KEY_REAL, "0 to 1",
	  "of a hit in a passage, at least: the lower end of the 95 % interval, widened by how "
	  "much the runs differ",
	  0, KEY_AT(key_real, struct power, calibration.chance) },
	{ "noise", KEY_REAL, NULL,
	  "by how much the runs differ: the variance of the factor by which a run's own chance is "
	  "another; the power allows for it",
	  0, KEY_AT(key_real, struct power, calibration.noise) },
	{ "kernels", KEY_TEXT, NULL, "that they were on", 0,
	  KEY_AT(key_text, struct power, calibration.kernels) },
	KEY_END,
};

VALUE(schedule, result->scheduled ? keys_object(schedule_result_keys, result) : NULL)

VALUE(calibration,
      result->scenario->race->none ? NULL : keys_object(calibration_keys, &result->power))

static const struct key host_keys[] = {
	{ "emulated", KEY_BOOLEAN, NULL, "its processors are QEMU's own (TCG)", 0,
	  KEY_AT(key_bool, struct run_result, emulated) },
	{ "stalled", KEY_REAL, "0 to 1",
	  "share of the run for which a thread that wanted a processor waited for it; of the "
	  "processor where that is largest",
	  KEY_NULL, KEY_AT(key_real, struct run_result, stalls.share) },
	{ "longest_stall", KEY_REAL, "seconds", "the longest of these", KEY_NULL,
	  KEY_AT(key_real, struct run_result, stalls.longest) },
	{ "steal", KEY_REAL, "seconds",
	  "that the hypervisor gave to others, all processors together, where it tells", KEY_NULL,
	  KEY_AT(key_real, struct run_result, stalls.steal) },
	{ "busy", KEY_BOOLEAN, NULL, "the run is judged by what was measured beside load", 0,
	  KEY_AT(key_bool, struct run_result, power.busy) },
	KEY_END,
};

static const struct key host_load_keys[] = {
	{ "begin", KEY_REAL, NULL, "as the run began: what else keeps the machine busy", KEY_NULL,
	  KEY_AT(key_real, struct run_result, load_begin) },
	{ "end", KEY_REAL, NULL, "as the storm and the workload ended, their own load included",
	  KEY_NULL, KEY_AT(key_real, struct run_result, load_end) },
	KEY_END,
};

static json_t *make_hits(const void *at)
{
	return hits_json(at);
}

static json_t *make_scenario(const void *at)
{
	const struct run_result *result = at;
	char *text = scenario_text(result->scenario);
	json_t *string = key_text_of(text ? text : "");

	free(text);
	return string;
}

static const struct key precondition_key = { "*", KEY_BOOLEAN, NULL, NULL, 0, .make = NULL };

enum {
	IN_CELLS = RESULT_CELL | RESULT_DECIDING,
	SHOWN = RESULT_CELL | RESULT_POINT,
	COUNTED = RESULT_SUM | RESULT_TRIAL | RESULT_CELL | RESULT_POINT,
};

const struct key result_keys[] = {
	{ "schema_version", KEY_NUMBER, NULL,
	  "of the names and meanings of these keys: 1; goes up when one goes or means something "
	  "else",
	  RESULT_BEGIN | RESULT_SURVIVES | RESULT_DECIDING, .make = make_schema_version },
	{ "verdict", KEY_TEXT, NULL, "HIT, CLEAN, VERIFIED, INCONCLUSIVE or ERROR",
	  RESULT_SURVIVES | RESULT_DECIDING | RESULT_EACH | RESULT_TRIAL | SHOWN,
	  .make = make_verdict },
	{ "as_expected", KEY_BOOLEAN, NULL, "the exit code is 0", RESULT_SURVIVES | IN_CELLS,
	  .make = make_as_expected },
	{ "outcome", KEY_TEXT, NULL,
	  "pass, fail, xfail, xpass, inconclusive or error, see [regression "
	  "suites](suites.md)",
	  RESULT_SURVIVES | RESULT_EACH | IN_CELLS, .make = make_outcome },
	{ "reason", KEY_TEXT, NULL, "why this verdict, in words",
	  RESULT_SURVIVES | RESULT_EACH | IN_CELLS, KEY_AT(key_text, struct run_result, reason) },
	{ "expected", KEY_TEXT, NULL, "hit or clean",
	  RESULT_BEGIN | RESULT_SURVIVES | RESULT_DECIDING | SHOWN, .make = make_expected },
	{ "xfail", KEY_BOOLEAN, NULL, "the kernel is in `expect.xfail`", RESULT_BEGIN | IN_CELLS,
	  KEY_AT(key_bool, struct run_result, xfail) },
	{ "title", KEY_TEXT, NULL, "of the scenario", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_title },
	{ "kernel", KEY_TEXT, NULL, "release of the kernel, as uname -r says",
	  RESULT_BEGIN | RESULT_SURVIVES | RESULT_DECIDING | SHOWN,
	  KEY_AT(key_text, struct run_result, release) },
	{ "build_id", KEY_TEXT, NULL,
	  "of the kernel, by which its vmlinux and debug information are found; null where "
	  "/sys/kernel/notes has none",
	  KEY_NULL | RESULT_BEGIN, KEY_AT(key_text_or_null, struct run_result, build_id) },
	{ "machine", KEY_TEXT, NULL, "architecture and processors online",
	  RESULT_BEGIN | RESULT_DECIDING, KEY_AT(key_text, struct run_result, machine) },
	{ "host_name", KEY_TEXT, NULL, "name of the machine; of a guest, of the one that ran it",
	  RESULT_SURVIVES, .make = result_origin_host },
	{ "ended", KEY_TEXT, NULL, "when the result was made, in UTC: 2026-11-28T00:05:26Z",
	  RESULT_SURVIVES, .make = result_origin_now },
	{ "version", KEY_TEXT, NULL, "of foliostorm", RESULT_BEGIN | IN_CELLS,
	  .make = make_version },
	{ "data_path", KEY_TEXT, NULL, "passthrough, mixed or daemon",
	  RESULT_BEGIN | RESULT_DECIDING, .make = make_data_path },
	{ "aim", KEY_TEXT, NULL, "as `storm.aim`", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_aim },
	{ "aim_page", KEY_NUMBER, NULL,
	  "page that is punched, in folios of the first file; null when it changes, or without a "
	  "storm",
	  KEY_NULL | RESULT_BEGIN, .make = make_aim_page },
	{ "seed", KEY_NUMBER, NULL, NULL, RESULT_BEGIN | RESULT_EACH, .make = make_seed },
	{ "duration_seconds", KEY_REAL, "seconds", "how long the storm really took",
	  RESULT_SUM | RESULT_EACH, .make = make_duration },
	{ "punches", KEY_NUMBER, NULL, "made, also those that failed",
	  RESULT_SURVIVES | RESULT_EACH | COUNTED, .make = make_punches },
	{ "punches_failed", KEY_NUMBER, NULL, "of them returned an error", RESULT_SUM,
	  .make = make_punches_failed },
	{ "punches_evicted", KEY_NUMBER, NULL,
	  "of reclaim, pageout and drop: after that many nothing of what they hit was in the page "
	  "cache. null: the storm does not do that",
	  KEY_NULL, .make = make_punches_evicted },
	{ "punches_hit", KEY_NUMBER, NULL, "of them gave at least one reader wrong bytes",
	  RESULT_SURVIVES | RESULT_EACH | COUNTED, .make = make_punches_hit },
	{ "hit_rate", KEY_REAL, "0 to 1", "`punches_hit` / `punches`; 0 without punches",
	  RESULT_SURVIVES | RESULT_DECIDING | RESULT_EACH | RESULT_TRIAL | SHOWN,
	  .make = make_hit_rate },
	{ "first_hit_seconds", KEY_REAL, "seconds",
	  "from the first punch, or where nothing is punched from the begin of the workload, to "
	  "the "
	  "first wrong read or other hit; where a guest died of it, by the time in the kernel's "
	  "log",
	  KEY_NULL | RESULT_SURVIVES | RESULT_DECIDING | RESULT_EACH | SHOWN,
	  .make = make_first_hit_seconds },
	{ "exposures", KEY_NUMBER, NULL, "see [exposures](verdict.md#exposures)",
	  RESULT_EACH | COUNTED, .make = make_exposures },
	{ "passages", KEY_NUMBER, NULL, "attempts that can have hit, see [power](verdict.md#power)",
	  RESULT_EACH | COUNTED, .make = make_passages },
	{ "power", KEY_REAL, "0 to 1",
	  "how probable it is that a kernel with the race would have been caught; null: no race "
	  "was "
	  "looked for",
	  KEY_NULL | RESULT_EACH | RESULT_CELL | RESULT_POINT, .make = make_power },
	{ "calibration", KEY_GROUP, NULL, "what that stands on; null without a race", KEY_NULL,
	  .make = make_calibration, .keys = calibration_keys },
	{ "captures", KEY_NUMBER, NULL,
	  "look-ups of readers that returned a folio without the page; null without the witness",
	  KEY_NULL | COUNTED, .make = make_captures },
	{ "healed", KEY_NUMBER, NULL, "of them in an access that got the right bytes all the same",
	  KEY_NULL, .make = make_healed },
	{ "punches_captured", KEY_NUMBER, NULL, "punches that gave at least one reader a capture",
	  KEY_NULL, .make = make_punches_captured },
	{ "splits_inspected", KEY_NUMBER, NULL,
	  "splits that succeeded and expose pages by the aim model, of which each part's slot was "
	  "followed before each store; null without witness and inspector",
	  KEY_NULL | COUNTED, .make = make_splits_inspected },
	{ "slots_misplaced", KEY_NUMBER, NULL,
	  "times that a slot led to a folio that can be referenced and does not contain the page: "
	  "each is a hit",
	  KEY_NULL | RESULT_SUM, .make = make_slots_misplaced },
	{ "misplaced_slots", KEY_LIST, NULL,
	  "the first such slot of each of the first 100 splits, see "
	  "[misplaced](events.md#misplaced)",
	  KEY_APART, .make = make_misplaced_slots, .keys = misplaced_keys },
	{ "violations", KEY_LIST, NULL,
	  "the first 100 slots that were wrong, see [the inspector](inspector.md)", KEY_APART,
	  .make = violations_json, .keys = violation_keys },
	{ "inspection", KEY_GROUP, NULL,
	  "the slots of the page cache while folios are split, see [gate and "
	  "witness](witness.md)",
	  0, .keys = inspection_keys },
	{ "schedule", KEY_GROUP, NULL,
	  "what became of the [schedule](schedule.md); null: the scenario has none, or it was not "
	  "begun",
	  KEY_NULL, .make = make_schedule, .keys = schedule_result_keys },
	{ "reads", KEY_NUMBER, NULL, "accesses that were judged", RESULT_SUM, .make = make_reads },
	{ "reads_not_judged", KEY_NUMBER, NULL,
	  "accesses of which a refill left nothing to say (too many passed, or the bytes are cut), "
	  "or "
	  "that did not get a page without waiting",
	  0, .make = make_reads_not_judged },
	{ "wrong_reads", KEY_NUMBER, NULL, "judged wrong", RESULT_SUM, .make = make_wrong_reads },
	{ "splits", KEY_NUMBER, NULL,
	  "folios of the order of the first file's `folio` that the kernel split during the run: a "
	  "counter of the whole machine, so what else splits folios is in it. null: not counted by "
	  "this kernel (before 6.10)",
	  KEY_NULL | RESULT_TRIAL, .make = make_splits },
	{ "splits_failed", KEY_NUMBER, NULL,
	  "of that order that it could not split, mostly because somebody held a reference",
	  KEY_NULL | RESULT_TRIAL, .make = make_splits_failed },
	{ "refills", KEY_NUMBER, NULL, "regions filled, the first time included", 0,
	  .make = make_refills },
	{ "folios_whole", KEY_NUMBER, NULL,
	  "after a write of a region: it was one folio of the wanted order", 0,
	  .make = make_folios_whole },
	{ "folios_other", KEY_NUMBER, NULL, "it was not, and was written again a few times", 0,
	  .make = make_folios_other },
	{ "classes", KEY_GROUP, NULL, "wrong reads that are in `events.jsonl` as hits, by class:",
	  0, .make = make_classes, .keys = class_keys },
	{ "threads", KEY_GROUP, NULL,
	  "of [scripted threads](threads.md), which are readers 0, 1, ... below; null "
	  "without",
	  KEY_NULL, .make = make_threads, .keys = threads_keys },
	{ "readers", KEY_LIST, NULL,
	  "for each reader, in the order of the scenario, and then for those of the workload:", 0,
	  .make = make_readers, .keys = reader_keys },
	{ "workload", KEY_GROUP, NULL, "see [workload](result.md#workload); null without one",
	  KEY_NULL | KEY_APART, .make = workload_result_json, .keys = workload_keys },
	{ "rules", KEY_LIST, NULL, "for each rule:", 0, .make = make_rules, .keys = rule_keys },
	{ "operations", KEY_MAP, NULL,
	  "requests that the layer answered, a key for each operation that came:", 0,
	  .make = make_operations, .keys = &operation_counts_key },
	{ "witness", KEY_GROUP, NULL, "see [gate and witness](witness.md); zeros without it", 0,
	  .keys = witness_keys },
	{ "gate", KEY_GROUP, NULL, "as the scenario says, and what was done", 0,
	  .keys = gate_keys },
	{ "kernel_log", KEY_GROUP, NULL, NULL, 0, .keys = kernel_log_keys },
	{ "host", KEY_GROUP, NULL, "whether the run had the processors that it needed", 0,
	  .keys = host_keys },
	{ "host_load", KEY_GROUP, NULL,
	  "the 1-minute load average of the kernel that the run was on; of a guest, not of who "
	  "runs it",
	  0, .keys = host_load_keys },
	{ "events_lost", KEY_NUMBER, NULL,
	  "that could not be written to `events.jsonl` or --events, as on a full disk; after the "
	  "first of them nothing more is written to that file",
	  RESULT_SUM | RESULT_SURVIVES, KEY_AT(key_u64, struct run_result, events_lost) },
	{ "interrupted", KEY_BOOLEAN, NULL, "by SIGINT, SIGTERM or SIGHUP", RESULT_SURVIVES,
	  KEY_AT(key_bool, struct run_result, interrupted) },
	{ "error", KEY_TEXT, NULL, "what went wrong with the run", KEY_NULL | RESULT_SURVIVES,
	  KEY_AT(key_text_or_null, struct run_result, error) },
	{ "hits", KEY_LIST, NULL,
	  "the first 100 hits, with the keys of the event `hit` except `type`, `number` and `ns`; "
	  "and the reports of the kernel, with the keys of a [kernel "
	  "report](events.md#kernel-report); and "
	  "the first 100 captures, with the keys of a [capture](events.md#capture), as many "
	  "misplaced "
	  "slots, with those of [misplaced](events.md#misplaced), and violations, with those of "
	  "[violation](events.md#violation)",
	  RESULT_SURVIVES, .make = make_hits },
	{ "preconditions", KEY_MAP, NULL,
	  "what `foliostorm doctor` says of this machine before the run: true or false for each "
	  "line's name; of the hooks see `witness.hooks`",
	  0, .make = make_preconditions, .keys = &precondition_key },
	{ "scenario", KEY_TEXT, NULL, "what `scenario.cfg` holds", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_scenario },
	{ "guest", KEY_GROUP, NULL, "see [guest](result.md#guest)", KEY_ADDED | KEY_APART,
	  .keys = guest_keys },
	{ "baseline", KEY_GROUP, NULL, "see [baseline](result.md#baseline)", KEY_ADDED | KEY_APART,
	  .keys = baseline_keys },
	KEY_END,
};

void result_keys_copy(json_t *into, const json_t *result, unsigned int flags)
{
	for (const struct key *key = result_keys; key->name; key++) {
		json_t *value = json_object_get(result, key->name);

		if (key->flags & flags)
			json_object_set_new(into, key->name,
					    value ? json_incref(value) : json_null());
	}
}
