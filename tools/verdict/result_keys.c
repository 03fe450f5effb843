/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_keys.h"
#include "injector/base/array.h"
#include "injector/base/page_size.h"
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

static json_t *make_page_size(const void *at)
{
	(void)at;
	return json_integer(page_size());
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

	/* A workload that was not prepared ends without having begun. */
	return json_real(began && ended > began ? (double)(ended - began) / 1e9 : 0);
}

#define CLASS(name, number, meaning)                                                               \
	{                                                                                          \
		name, KEY_NUMBER, NULL, meaning, 0, .make = key_counter,                           \
						    .offset = (number) * sizeof(_Atomic uint64_t)  \
	}

/* The values are in worker_shared.classes. */
static const struct key class_keys[] = {
	CLASS("other-page", WRONG_OTHER_PAGE,
	      "as described for [hit](events.md#hit), like the following"),
	CLASS("zeros", WRONG_ZEROS, NULL),
	CLASS("old-generation", WRONG_OLD_GENERATION, NULL),
	CLASS("other-file", WRONG_OTHER_FILE, NULL),
	CLASS("torn", WRONG_TORN, NULL),
	CLASS("bit-flip", WRONG_BIT_FLIP, NULL),
	CLASS("garbage", WRONG_GARBAGE, NULL),
	CLASS("output", WRONG_OUTPUT, "as described for [output](events.md#output)"),
	CLASS("outcome", WRONG_OUTCOME, "as described for [outcome](events.md#outcome)"),
	CLASS("missing", WRONG_MISSING, NULL),
	KEY_END,
};

_Static_assert(ARRAY_SIZE(class_keys) == WRONG_CLASSES,
	       "a row for each class of wrong bytes, and the end of the table");

static const struct key threads_keys[] = {
	{ "iterations", KEY_NUMBER, NULL, "iterations in which each thread completed all its steps",
	  0, KEY_AT(key_counter, struct thread_totals, iterations) },
	{ "hit", KEY_NUMBER, NULL, "iterations with a hit", 0,
	  KEY_AT(key_counter, struct thread_totals, hit) },
	{ "steps", KEY_NUMBER, NULL, "steps done, including those of `before` and `after`", 0,
	  KEY_AT(key_counter, struct thread_totals, steps) },
	{ "judged", KEY_NUMBER, NULL, "steps with an expected outcome or a time limit", 0,
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
	{ "kind", KEY_TEXT, NULL, "kind of the reader", 0,
	  KEY_AT(key_string, struct reader_row, kind) },
	{ "reads", KEY_NUMBER, NULL, "accesses that were judged", 0, .make = make_reader_reads },
	{ "wrong_reads", KEY_NUMBER, NULL, "accesses that were judged wrong", 0,
	  .make = make_reader_wrong_reads },
	{ "exposures", KEY_NUMBER, NULL, "its [exposures](verdict.md#exposures)", 0,
	  .make = make_reader_exposures },
	{ "wait_ns", KEY_NUMBER, "nanoseconds",
	  "with `wait = \"auto\"`, the wait in use at the end; otherwise 0", 0,
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
	{ "name", KEY_TEXT, NULL, "name of the rule, or rule-N", 0,
	  KEY_AT(key_string, struct rule_row, name) },
	{ "op", KEY_TEXT, NULL, "first operation of the rule", 0,
	  KEY_AT(key_string, struct rule_row, op) },
	{ "fired", KEY_NUMBER, NULL,
	  "requests for which the rule fired; known when the layer has ended", 0,
	  .make = make_fired },
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
	  "reports that the page cache returned a wrong folio: "
	  "`VM_BUG_ON_FOLIO(!folio_contains(…` of any process; and, if they name a "
	  "process or file of the run, other assertions about a folio, `BUG: Bad page "
	  "…`, oopses in functions that walk the page cache, and, if the run is about "
	  "stale folios, lockups in its look-ups. Each is a hit",
	  0, .make = make_kernel_reports },
	{ "troubles", KEY_NUMBER, NULL,
	  "other reports: warnings, oopses, lockups, hung tasks, XFS errors. They do "
	  "not change the verdict, but an oops ends the run",
	  0, .make = make_kernel_troubles },
	{ "lines", KEY_TEXTS, NULL, "the first 100 lines of both", 0, .make = make_kernel_lines },
	{ "new_taint", KEY_TEXT, NULL, "letters of the taint flags that were set during the run", 0,
	  .make = make_taint },
	{ "lost", KEY_NUMBER, NULL,
	  "lower bound of the number of records that the kernel overwrote before they "
	  "were read; these were not judged",
	  0, KEY_AT(key_u64, struct run_result, log_lost) },
	{ "log_watched", KEY_BOOLEAN, NULL, "/dev/kmsg could be read", 0,
	  KEY_AT(key_bool, struct run_result, log_known) },
	KEY_END,
};

VALUE(passages, key_number(result->power.passages))
VALUE(power, result->scenario->race->none ? NULL : json_real(result->power.value))

static const struct key calibration_keys[] = {
	{ "setting", KEY_TEXT, NULL,
	  "the parameters of this run that determine the chance of a hit; null: none of "
	  "its readers can hit",
	  KEY_NULL, KEY_AT(key_text_or_null, struct power, setting) },
	{ "busy", KEY_BOOLEAN, NULL,
	  "the rates were measured under load, because this run was under load", 0,
	  KEY_AT(key_bool, struct power, busy) },
	{ "runs", KEY_NUMBER, NULL,
	  "number of calibration runs on affected kernels in this setting; 0: never "
	  "measured",
	  0, KEY_AT(key_unsigned, struct power, calibration.runs) },
	{ "passages", KEY_NUMBER, NULL, "passages in these runs", 0,
	  KEY_AT(key_unsigned, struct power, calibration.passages) },
	{ "hits", KEY_NUMBER, NULL, "passages that hit", 0,
	  KEY_AT(key_unsigned, struct power, calibration.hits) },
	{ "chance", KEY_REAL, "0 to 1",
	  "least probability that a passage hits: the lower end of the 95 % interval, "
	  "widened by the variation between runs",
	  0, KEY_AT(key_real, struct power, calibration.chance) },
	{ "noise", KEY_REAL, NULL,
	  "variation between runs: the variance of the ratio of one run's chance to the "
	  "mean. `power` takes it into account",
	  0, KEY_AT(key_real, struct power, calibration.noise) },
	{ "kernels", KEY_TEXT, NULL, "kernels of these runs", 0,
	  KEY_AT(key_text, struct power, calibration.kernels) },
	KEY_END,
};

static json_t *make_shown(const void *at)
{
	char text[256];

	return key_text_of(schedule_shown(at, text, sizeof(text)));
}

VALUE(schedule, result->scheduled ? keys_object(schedule_result_keys, result) : NULL)

VALUE(calibration,
      result->scenario->race->none ? NULL : keys_object(calibration_keys, &result->power))

static const struct key host_keys[] = {
	{ "emulated", KEY_BOOLEAN, NULL, "the processors are emulated by QEMU (TCG)", 0,
	  KEY_AT(key_bool, struct run_result, emulated) },
	{ "stalled", KEY_REAL, "0 to 1",
	  "share of the run during which a runnable thread waited for a processor, on "
	  "the worst processor",
	  KEY_NULL, KEY_AT(key_real, struct run_result, stalls.share) },
	{ "longest_stall", KEY_REAL, "seconds", "the longest such wait", KEY_NULL,
	  KEY_AT(key_real, struct run_result, stalls.longest) },
	{ "steal", KEY_REAL, "seconds",
	  "processor time that the hypervisor gave to others, over all processors; null "
	  "if it does not report it",
	  KEY_NULL, KEY_AT(key_real, struct run_result, stalls.steal) },
	{ "busy", KEY_BOOLEAN, NULL,
	  "the machine was under load, so the rates measured under load apply", 0,
	  KEY_AT(key_bool, struct run_result, power.busy) },
	KEY_END,
};

static const struct key host_load_keys[] = {
	{ "begin", KEY_REAL, NULL, "at the start of the run: load from other processes", KEY_NULL,
	  KEY_AT(key_real, struct run_result, load_begin) },
	{ "end", KEY_REAL, NULL,
	  "at the end of the storm and the workload, including their own load", KEY_NULL,
	  KEY_AT(key_real, struct run_result, load_end) },
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
	  "version of this format, now 1; goes up when a key disappears or changes its "
	  "meaning",
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
	{ "reason", KEY_TEXT, NULL, "the reason for the verdict, in words",
	  RESULT_SURVIVES | RESULT_EACH | IN_CELLS, KEY_AT(key_text, struct run_result, reason) },
	{ "expected", KEY_TEXT, NULL, "the expected verdict: hit or clean",
	  RESULT_BEGIN | RESULT_SURVIVES | RESULT_DECIDING | SHOWN, .make = make_expected },
	{ "xfail", KEY_BOOLEAN, NULL, "the kernel is listed in `expect.xfail`",
	  RESULT_BEGIN | IN_CELLS, KEY_AT(key_bool, struct run_result, xfail) },
	{ "title", KEY_TEXT, NULL, "title of the scenario", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_title },
	{ "kernel", KEY_TEXT, NULL, "kernel release, as printed by uname -r",
	  RESULT_BEGIN | RESULT_SURVIVES | RESULT_DECIDING | SHOWN,
	  KEY_AT(key_text, struct run_result, release) },
	{ "build_id", KEY_TEXT, NULL,
	  "build ID of the kernel, which identifies its vmlinux and debug information; "
	  "null if /sys/kernel/notes has none",
	  KEY_NULL | RESULT_BEGIN, KEY_AT(key_text_or_null, struct run_result, build_id) },
	{ "machine", KEY_TEXT, NULL, "architecture and number of online processors",
	  RESULT_BEGIN | RESULT_DECIDING, KEY_AT(key_text, struct run_result, machine) },
	{ "page_size", KEY_NUMBER, "bytes", "of the kernel's pages", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_page_size },
	{ "host_name", KEY_TEXT, NULL, "host name of the machine; for a guest, that of its host",
	  RESULT_SURVIVES, .make = result_origin_host },
	{ "ended", KEY_TEXT, NULL,
	  "time at which the result was written, in UTC, such as 2026-11-28T00:05:26Z",
	  RESULT_SURVIVES, .make = result_origin_now },
	{ "version", KEY_TEXT, NULL, "version of foliostorm", RESULT_BEGIN | IN_CELLS,
	  .make = make_version },
	{ "data_path", KEY_TEXT, NULL, "passthrough, mixed or daemon",
	  RESULT_BEGIN | RESULT_DECIDING, .make = make_data_path },
	{ "aim", KEY_TEXT, NULL, "the value of `storm.aim`", RESULT_BEGIN | RESULT_DECIDING,
	  .make = make_aim },
	{ "aim_page", KEY_NUMBER, NULL,
	  "page of the folio that is punched, for the first file; null if it changes or "
	  "there is no storm",
	  KEY_NULL | RESULT_BEGIN, .make = make_aim_page },
	{ "seed", KEY_NUMBER, NULL, "seed of the run", RESULT_BEGIN | RESULT_EACH,
	  .make = make_seed },
	{ "duration_seconds", KEY_REAL, "seconds", "actual duration of the storm",
	  RESULT_SUM | RESULT_EACH, .make = make_duration },
	{ "punches", KEY_NUMBER, NULL, "punches made, including failed ones",
	  RESULT_SURVIVES | RESULT_EACH | COUNTED, .make = make_punches },
	{ "punches_failed", KEY_NUMBER, NULL, "punches that returned an error", RESULT_SUM,
	  .make = make_punches_failed },
	{ "punches_evicted", KEY_NUMBER, NULL,
	  "for reclaim, pageout and drop: punches after which none of their pages was "
	  "left in the page cache; null for other operations",
	  KEY_NULL, .make = make_punches_evicted },
	{ "punches_hit", KEY_NUMBER, NULL, "punches that gave at least one reader wrong bytes",
	  RESULT_SURVIVES | RESULT_EACH | COUNTED, .make = make_punches_hit },
	{ "hit_rate", KEY_REAL, "0 to 1", "`punches_hit` / `punches`; 0 without punches",
	  RESULT_SURVIVES | RESULT_DECIDING | RESULT_EACH | RESULT_TRIAL | SHOWN,
	  .make = make_hit_rate },
	{ "first_hit_seconds", KEY_REAL, "seconds",
	  "time from the first punch (without punches, from the start of the workload) "
	  "to the first wrong read or other hit; 0 if that came before; if a guest died of "
	  "the hit, by the timestamps of its kernel log",
	  KEY_NULL | RESULT_SURVIVES | RESULT_DECIDING | RESULT_EACH | SHOWN,
	  .make = make_first_hit_seconds },
	{ "exposures", KEY_NUMBER, NULL, "number of [exposures](verdict.md#exposures)",
	  RESULT_EACH | COUNTED, .make = make_exposures },
	{ "passages", KEY_NUMBER, NULL,
	  "number of passages, the attempts that could have hit, see "
	  "[power](verdict.md#power)",
	  RESULT_EACH | COUNTED, .make = make_passages },
	{ "power", KEY_REAL, "0 to 1",
	  "probability that a kernel with the race would have been caught; null if the "
	  "scenario looks for no race",
	  KEY_NULL | RESULT_EACH | RESULT_CELL | RESULT_POINT, .make = make_power },
	{ "calibration", KEY_GROUP, NULL,
	  "the measurements behind `power`; null if the scenario looks for no race", KEY_NULL,
	  .make = make_calibration, .keys = calibration_keys },
	{ "captures", KEY_NUMBER, NULL,
	  "readers' look-ups that returned a folio without the page; null without the "
	  "witness",
	  KEY_NULL | COUNTED, .make = make_captures },
	{ "healed", KEY_NUMBER, NULL, "captures in accesses that got the right bytes nevertheless",
	  KEY_NULL, .make = make_healed },
	{ "punches_captured", KEY_NUMBER, NULL,
	  "punches that gave at least one reader a capture; null without the witness", KEY_NULL,
	  .make = make_punches_captured },
	{ "splits_inspected", KEY_NUMBER, NULL,
	  "successful splits that expose pages by the aim model and in which the slots "
	  "of each part were inspected before each store; null without witness and "
	  "inspector",
	  KEY_NULL | COUNTED, .make = make_splits_inspected },
	{ "slots_misplaced", KEY_NUMBER, NULL,
	  "times that a slot led to a folio that can be referenced and does not contain "
	  "the page; each is a hit",
	  KEY_NULL | RESULT_SUM, .make = make_slots_misplaced },
	{ "misplaced_slots", KEY_LIST, NULL,
	  "the first misplaced slot of each of the first 100 splits that had one, see "
	  "[misplaced](events.md#misplaced)",
	  KEY_APART, .make = make_misplaced_slots, .keys = misplaced_keys },
	{ "violations", KEY_LIST, NULL,
	  "the first 100 wrong slots, see [the inspector](inspector.md)", KEY_APART,
	  .make = violations_json, .keys = violation_keys },
	{ "inspection", KEY_GROUP, NULL,
	  "inspection of page-cache slots during splits, see [gate and "
	  "witness](witness.md)",
	  0, .keys = inspection_keys },
	{ "schedule", KEY_GROUP, NULL,
	  "how the [schedule](schedule.md) was followed; null if the scenario has none "
	  "or it was not started",
	  KEY_NULL, .make = make_schedule, .keys = schedule_result_keys },
	{ "shown", KEY_TEXT, NULL,
	  "of a hit by a schedule or scripted threads: the row of [`shown`](keys.md) that says so "
	  "in the scenario; null: of another run",
	  KEY_NULL, .make = make_shown },
	{ "reads", KEY_NUMBER, NULL, "accesses that were judged", RESULT_SUM, .make = make_reads },
	{ "reads_not_judged", KEY_NUMBER, NULL,
	  "accesses that could not be judged: a refill came in between (several of "
	  "them, or the bytes are a mixture), or the page was not available without "
	  "waiting",
	  0, .make = make_reads_not_judged },
	{ "wrong_reads", KEY_NUMBER, NULL, "accesses that were judged wrong", RESULT_SUM,
	  .make = make_wrong_reads },
	{ "splits", KEY_NUMBER, NULL,
	  "successful splits of folios of the order of the first file's `folio`, from a "
	  "counter of the whole machine that includes splits by other processes; null: "
	  "this kernel does not count them (before 6.10)",
	  KEY_NULL | RESULT_TRIAL, .make = make_splits },
	{ "splits_failed", KEY_NUMBER, NULL,
	  "failed splits of such folios, mostly because of an extra reference; null as "
	  "above",
	  KEY_NULL | RESULT_TRIAL, .make = make_splits_failed },
	{ "refills", KEY_NUMBER, NULL, "times that a region was filled, including the first", 0,
	  .make = make_refills },
	{ "folios_whole", KEY_NUMBER, NULL,
	  "regions that were one folio of the wanted order after they were written", 0,
	  .make = make_folios_whole },
	{ "folios_other", KEY_NUMBER, NULL,
	  "regions that were not; these are written again, a few times at most", 0,
	  .make = make_folios_other },
	{ "classes", KEY_GROUP, NULL, "wrong reads recorded as hits in `events.jsonl`, by class:",
	  0, .make = make_classes, .keys = class_keys },
	{ "threads", KEY_GROUP, NULL,
	  "counts of [scripted threads](threads.md), which are readers 0, 1, ... below; "
	  "null without threads",
	  KEY_NULL, .make = make_threads, .keys = threads_keys },
	{ "readers", KEY_LIST, NULL,
	  "one item for each reader, in the order of the scenario, followed by the "
	  "readers of the workload:",
	  0, .make = make_readers, .keys = reader_keys },
	{ "workload", KEY_GROUP, NULL,
	  "counts of the workload, see [workload](result.md#workload); null without one",
	  KEY_NULL | KEY_APART, .make = workload_result_json, .keys = workload_keys },
	{ "rules", KEY_LIST, NULL, "one item for each rule:", 0, .make = make_rules,
	  .keys = rule_keys },
	{ "operations", KEY_MAP, NULL,
	  "requests that the layer answered, with a key for each operation that "
	  "occurred:",
	  0, .make = make_operations, .keys = &operation_counts_key },
	{ "witness", KEY_GROUP, NULL,
	  "counts of the BPF witness, see [gate and witness](witness.md); zeros without "
	  "it",
	  0, .keys = witness_keys },
	{ "gate", KEY_GROUP, NULL, "settings of the BPF gate, and how often it held a thread", 0,
	  .keys = gate_keys },
	{ "kernel_log", KEY_GROUP, NULL, "what the kernel logged during the run", 0,
	  .keys = kernel_log_keys },
	{ "host", KEY_GROUP, NULL, "whether the run got the processor time that it needed", 0,
	  .keys = host_keys },
	{ "host_load", KEY_GROUP, NULL,
	  "1-minute load average of the kernel under test; for a guest, that of the "
	  "guest and not of its host",
	  0, .keys = host_load_keys },
	{ "events_lost", KEY_NUMBER, NULL,
	  "events that could not be written to `events.jsonl` or --events, for example "
	  "on a full disk. After the first of them nothing more is written to that file",
	  RESULT_SUM | RESULT_SURVIVES, KEY_AT(key_u64, struct run_result, events_lost) },
	{ "interrupted", KEY_BOOLEAN, NULL, "the run was ended by SIGINT, SIGTERM or SIGHUP",
	  RESULT_SURVIVES, KEY_AT(key_bool, struct run_result, interrupted) },
	{ "error", KEY_TEXT, NULL, "what went wrong in the run", KEY_NULL | RESULT_SURVIVES,
	  KEY_AT(key_text_or_null, struct run_result, error) },
	{ "hits", KEY_LIST, NULL,
	  "the first 100 wrong reads, with the keys of the event `hit` except `type`, "
	  "`number` and `ns`; all [kernel reports](events.md#kernel-report) that are "
	  "hits; and up to 100 each of [captures](events.md#capture), [misplaced "
	  "slots](events.md#misplaced) and [violations](events.md#violation), with the "
	  "keys described there",
	  RESULT_SURVIVES, .make = make_hits },
	{ "preconditions", KEY_MAP, NULL,
	  "what `foliostorm doctor` reported before the run: true or false for each of "
	  "its lines; for hooks see `witness.hooks`",
	  0, .make = make_preconditions, .keys = &precondition_key },
	{ "scenario", KEY_TEXT, NULL, "the contents of `scenario.cfg`",
	  RESULT_BEGIN | RESULT_DECIDING, .make = make_scenario },
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
