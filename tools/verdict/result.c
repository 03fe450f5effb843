/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/rules/rule_spec.h"
#include "tools/control/operation_counts.h"
#include "tools/control/rule_log.h"
#include "tools/machine/watch.h"
#include "tools/verdict/witness_result.h"
#include "tools/verdict/workload_result.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *seconds(double value)
{
	return value < 0 ? json_null() : json_real(value);
}

/* Files of the workload come after those of the scenario. */
static const char *file_name(const struct run_result *result, unsigned int id)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_file *files = scenario->files.items;

	if (id && id <= scenario->files.count)
		return files[id - 1].name;
	return workload_file_name(&result->counts->workload, scenario->files.count, id)
		       ?: "unknown";
}

static json_t *hit_json(const struct run_result *result, const struct reader_hit *hit)
{
	const struct scenario *scenario = result->scenario;
	const struct judgement *wrong = &hit->judgement;
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string("bytes"));
	json_object_set_new(object, "punch", number(hit->ticket));
	json_object_set_new(object, "file", json_string(file_name(result, hit->file)));
	json_object_set_new(object, "page", number(hit->page));
	json_object_set_new(object, "folio", number(hit->folio));
	json_object_set_new(object, "reader", number(hit->reader));
	json_object_set_new(object, "reader_kind",
			    json_string(scenario_reader_name(scenario, hit->reader)));
	json_object_set_new(object, "class", json_string(wrong_class_names[wrong->class]));
	json_object_set_new(object, "wrong_page",
			    wrong->got.file ? number(wrong->got.page) : json_null());
	json_object_set_new(object, "wrong_file",
			    wrong->got.file ? json_string(file_name(result, wrong->got.file))
					    : json_null());
	json_object_set_new(object, "wrong_generation",
			    wrong->got.file ? number(wrong->got.generation) : json_null());
	json_object_set_new(object, "generation", number(wrong->expected.generation));
	json_object_set_new(object, "xor", number(wrong->page_xor));
	json_object_set_new(object, "folio_order", number(wrong->folio_order));
	json_object_set_new(object, "wrong_bytes", number(wrong->wrong_bytes));
	json_object_set_new(object, "first_wrong_byte", number(wrong->first_wrong));
	json_object_set_new(object, "sticky", json_boolean(hit->again_wrong));
	json_object_set_new(object, "pread_wrong", json_boolean(hit->pread_wrong));
	json_object_set_new(object, "fresh_mapping_wrong", json_boolean(hit->fresh_wrong));
	json_object_set_new(object, "access_ns", number(hit->access));
	json_object_set_new(object, "recheck_ns", number(hit->check));
	return object;
}

/* An event that is no JSON (cut, or a workload that died in the middle) is told as such. */
static json_t *told_json(const struct event *event)
{
	json_t *object =
		json_loadb(event->told.json, strnlen(event->told.json, EVENT_TOLD), 0, NULL);

	return json_is_object(object)
		       ? object
		       : (json_decref(object), json_pack("{s:s}", "type", "garbled"));
}

void result_keep_told(struct run_result *result, const struct event *event)
{
	json_t *hit;

	if (!result->workload_hits)
		result->workload_hits = json_array();
	if (json_array_size(result->workload_hits) >= RUN_HITS_KEPT)
		return;
	hit = told_json(event);
	json_object_del(hit, "type");
	json_array_append_new(result->workload_hits, hit);
}

static json_t *hits_json(const struct run_result *result)
{
	const struct kernel_reports *reports = &result->kernel_reports;
	json_t *hits = json_array();

	for (size_t i = 0; i < result->hit_count; i++)
		json_array_append_new(hits, hit_json(result, &result->hits[i]));
	json_array_extend(hits, result->workload_hits);
	for (size_t i = 0; i < result->capture_count; i++)
		json_array_append_new(
			hits, capture_hit_json(result->scenario, &result->captures[i],
					       file_name(result, result->captures[i].file)));
	for (size_t i = 0; i < reports->count; i++)
		if (kernel_report_meaning(&reports->items[i]) == KERNEL_HIT)
			json_array_append_new(hits, kernel_report_json(&reports->items[i]));
	return hits;
}

static json_t *classes_json(const struct run_result *result)
{
	json_t *classes = json_object();

	for (size_t i = WRONG_NONE + 1; i < WRONG_CLASSES; i++)
		json_object_set_new(classes, wrong_class_names[i],
				    number(atomic_load(&result->counts->classes[i])));
	return classes;
}

static json_t *readers_json(const struct run_result *result)
{
	const struct worker_shared *shared = result->counts;
	unsigned int more = atomic_load(&shared->workload.readers);
	json_t *readers = json_array();

	for (unsigned int i = 0; i < shared->readers + more; i++) {
		const struct reader_counts *counts =
			i < shared->readers ? &shared->reader[i]
					    : &shared->workload.reader[i - shared->readers];
		json_t *reader = json_object();

		json_object_set_new(reader, "kind",
				    json_string(scenario_reader_name(result->scenario, i)));
		json_object_set_new(reader, "reads", number(atomic_load(&counts->reads)));
		json_object_set_new(reader, "wrong_reads", number(atomic_load(&counts->wrong)));
		json_object_set_new(reader, "exposures", number(atomic_load(&counts->exposures)));
		json_object_set_new(reader, "wait_ns", number(atomic_load(&counts->wait)));
		json_array_append_new(readers, reader);
	}
	return readers;
}

static json_t *rules_json(const struct run_result *result)
{
	const struct rule_spec *rules = result->scenario->rules.items;
	json_t *array = json_array();
	char name[24];

	for (size_t i = 0; i < result->scenario->rules.count; i++) {
		const struct rule_operation *operations = rules[i].when.operations.items;

		snprintf(name, sizeof(name), "rule-%zu", i + 1);
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:o}", "name", rules[i].name ?: name, "op",
					 operations[0].name, "fired",
					 number(atomic_load(&result->counts->rules_fired[i]))));
	}
	return array;
}

static json_t *kernel_json(const struct run_result *result)
{
	json_t *lines = json_array();
	char letters[32];

	for (size_t i = 0; i < result->kernel_line_count; i++)
		json_array_append_new(lines, json_string(result->kernel_lines[i]));
	watch_taint_letters(result->taint, letters, sizeof(letters));
	return json_pack("{s:o, s:o, s:o, s:s, s:b}", "reports",
			 number(kernel_reports_of(&result->kernel_reports, KERNEL_HIT)), "troubles",
			 number(kernel_reports_of(&result->kernel_reports, KERNEL_TROUBLE)),
			 "lines", lines, "new_taint", letters, "log_watched", result->log_known);
}

static void add_counts(json_t *object, const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t began = atomic_load(&counts->began), ended = atomic_load(&counts->ended);

	json_object_set_new(object, "duration_seconds",
			    json_real(ended > began ? (double)(ended - began) / 1e9 : 0));
	json_object_set_new(object, "punches", number(atomic_load(&counts->punches)));
	json_object_set_new(object, "punches_failed", number(atomic_load(&counts->punches_failed)));
	json_object_set_new(object, "punches_evicted",
			    verdict_evicts(result) ? number(atomic_load(&counts->punches_evicted))
						   : json_null());
	json_object_set_new(object, "punches_hit", number(atomic_load(&counts->punches_hit)));
	json_object_set_new(object, "hit_rate", json_real(verdict_hit_rate(result)));
	json_object_set_new(object, "first_hit_seconds", seconds(verdict_first_hit(result)));
	json_object_set_new(object, "exposures", number(verdict_exposures(result)));
	json_object_set_new(object, "captures",
			    result->witnessed ? number(verdict_captures(result)) : json_null());
	json_object_set_new(object, "healed",
			    result->witnessed ? number(verdict_healed(result)) : json_null());
	json_object_set_new(object, "punches_captured",
			    result->witnessed ? number(atomic_load(&counts->punches_captured))
					      : json_null());
	json_object_set_new(object, "reads", number(verdict_reads(result)));
	json_object_set_new(object, "reads_not_judged", number(verdict_not_judged(result)));
	json_object_set_new(object, "wrong_reads", number(verdict_wrong(result)));
	json_object_set_new(object, "splits",
			    result->splits_known ? number(result->splits.split) : json_null());
	json_object_set_new(object, "splits_failed",
			    result->splits_known ? number(result->splits.failed) : json_null());
	json_object_set_new(object, "refills", number(atomic_load(&counts->refill.refills)));
	json_object_set_new(object, "folios_whole",
			    number(atomic_load(&counts->refill.folios_whole)));
	json_object_set_new(object, "folios_other",
			    number(atomic_load(&counts->refill.folios_other)));
}

/* What is known before the run begins. */
static void add_identity(json_t *object, const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;
	char aim[32];

	json_object_set_new(object, "expected",
			    json_string(result->expected == EXPECT_HIT ? "hit" : "clean"));
	json_object_set_new(object, "xfail", json_boolean(result->xfail));
	json_object_set_new(object, "title", json_string(scenario->title));
	json_object_set_new(object, "kernel", json_string(result->release));
	json_object_set_new(object, "machine", json_string(result->machine));
	json_object_set_new(object, "version", json_string(FOLIOSTORM_VERSION));
	json_object_set_new(object, "data_path",
			    json_string(layer_data_path_name(scenario->mount.data_path)));
	json_object_set_new(object, "aim",
			    json_string(aim_format(&scenario->storm.aim, aim, sizeof(aim))));
	json_object_set_new(object, "aim_page",
			    result->aim_page < 0 ? json_null() : json_integer(result->aim_page));
	json_object_set_new(object, "seed", number(scenario->seed));
}

json_t *result_json(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;
	enum test_outcome outcome =
		verdict_outcome(result->verdict, result->expected, result->xfail);
	char *text = scenario_text(scenario);
	json_t *object = json_object();

	json_object_set_new(object, "verdict", json_string(verdict_names[result->verdict]));
	json_object_set_new(object, "as_expected", json_boolean(test_outcome_as_expected(outcome)));
	json_object_set_new(object, "outcome", json_string(test_outcome_names[outcome]));
	json_object_set_new(object, "reason", json_string(result->reason));
	add_identity(object, result);
	add_counts(object, result);
	json_object_set_new(object, "classes", classes_json(result));
	json_object_set_new(object, "readers", readers_json(result));
	json_object_set_new(object, "workload", workload_result_json(result));
	json_object_set_new(object, "rules", rules_json(result));
	json_object_set_new(object, "operations", operation_counts_json(&result->counts->layer));
	json_object_set_new(object, "witness", witness_result_json(result));
	json_object_set_new(object, "gate", gate_result_json(result));
	json_object_set_new(object, "kernel_log", kernel_json(result));
	json_object_set_new(object, "interrupted", json_boolean(result->interrupted));
	json_object_set_new(object, "error",
			    *result->error ? json_string(result->error) : json_null());
	json_object_set_new(object, "hits", hits_json(result));
	json_object_set(object, "preconditions", result->preconditions ?: json_null());
	json_object_set_new(object, "scenario", json_string(text ? text : ""));
	free(text);
	return object;
}

static void print_hit(FILE *to, const struct run_result *result, const struct reader_hit *hit)
{
	const struct judgement *wrong = &hit->judgement;

	fprintf(to, "  punch %" PRIu64 ": %s read page %" PRIu64 " of %s and got ", hit->ticket,
		scenario_reader_name(result->scenario, hit->reader), hit->page,
		file_name(result, hit->file));
	switch (wrong->class) {
	case WRONG_OTHER_PAGE:
		fprintf(to, "page %" PRIu64 " (xor 0x%" PRIx64 ", folio order %u)", wrong->got.page,
			wrong->page_xor, wrong->folio_order);
		break;
	case WRONG_OLD_GENERATION:
		if (wrong->got.generation == wrong->expected.generation)
			fprintf(to, "the bytes of before the hole");
		else
			fprintf(to, "its generation %u instead of %u", wrong->got.generation,
				wrong->expected.generation);
		break;
	case WRONG_OTHER_FILE:
		fprintf(to, "page %" PRIu64 " of %s", wrong->got.page,
			file_name(result, wrong->got.file));
		break;
	default:
		fprintf(to, "%s (%u bytes wrong, from byte %u)", wrong_class_names[wrong->class],
			wrong->wrong_bytes, wrong->first_wrong);
		break;
	}
	fprintf(to, "; %s, pread %s, a fresh mapping %s\n",
		hit->again_wrong ? "sticky" : "transient", hit->pread_wrong ? "wrong too" : "right",
		hit->fresh_wrong ? "wrong too" : "right");
}

/* Programs that printed something else. */
static void print_outputs(FILE *to, json_t *hits)
{
	size_t number, shown = 0;
	json_t *hit;

	json_array_foreach (hits, number, hit) {
		const char *kind = "", *in, *wanted, *got;
		json_int_t run, line;

		if (json_unpack(hit, "{s:s, s:s, s:I, s:I, s:s, s:s}", "kind", &kind, "differs_in",
				&in, "run", &run, "line", &line, "wanted", &wanted, "got", &got) ||
		    strcmp(kind, "output") != 0 || shown++ >= 5)
			continue;
		fprintf(to,
			"  run %" JSON_INTEGER_FORMAT ": its %s differs, line %" JSON_INTEGER_FORMAT
			": \"%s\" became \"%s\"\n",
			run, in, line, wanted, got);
	}
}

static void print_aim(FILE *to, const struct run_result *result)
{
	char aim[32];

	if (!result->scenario->has_storm)
		return;
	fprintf(to, "aim        %s", aim_format(&result->scenario->storm.aim, aim, sizeof(aim)));
	if (result->aim_page >= 0)
		fprintf(to, ": page %d of a folio of %ju", result->aim_page,
			(uintmax_t)(((const struct scenario_file *)result->scenario->files.items)[0]
					    .folio /
				    TARGET_PAGE_SIZE));
	fprintf(to, ", %s %s\n", result->scenario->storm.op->name,
		result->scenario->storm.op->keeps       ? "beneath the layer"
		: result->scenario->storm.through_mount ? "through the mount"
							: "through the backing file");
}

static void print_counts(FILE *to, const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t punches = atomic_load(&counts->punches);

	if (result->scenario->has_storm || punches)
		fprintf(to, "punches    %" PRIu64 ", of them hit %" PRIu64 " (%.1f %%)\n", punches,
			atomic_load(&counts->punches_hit), verdict_hit_rate(result) * 100);
	if (verdict_evicts(result))
		fprintf(to, "evicted    %" PRIu64 " times all that the punch was at\n",
			atomic_load(&counts->punches_evicted));
	if (verdict_first_hit(result) >= 0)
		fprintf(to, "first hit  %.3f s after %s\n", verdict_first_hit(result),
			punches ? "the first punch" : "it began");
	fprintf(to, "reads      %" PRIu64 " judged, wrong %" PRIu64 ", exposures %" PRIu64 "\n",
		verdict_reads(result), verdict_wrong(result), verdict_exposures(result));
	if (result->splits_known)
		fprintf(to, "splits     %" PRIu64 ", failed %" PRIu64 "\n", result->splits.split,
			result->splits.failed);
	if (!result->scenario->files.count)
		return;
	fprintf(to, "folios     %" PRIu64 " of the wanted order, %" PRIu64 " of another\n",
		atomic_load(&counts->refill.folios_whole),
		atomic_load(&counts->refill.folios_other));
}

/* The race that the scenario is about. */
static bool has_race(const struct run_result *result)
{
	return result->scenario->affected.count
		       ? scenario_affects(result->scenario, &result->kernel)
		       : aim_affected(&result->kernel);
}

void result_print(FILE *to, const struct run_result *result)
{
	enum { HITS_SHOWN = 5 };
	char letters[32];

	fprintf(to, "scenario   %s (%s)\n", result->scenario->title, result->scenario->path);
	fprintf(to, "kernel     %s, %s the race by its version\n", result->release,
		has_race(result) ? "has" : "does not have");
	fprintf(to, "data path  %s\n", layer_data_path_name(result->scenario->mount.data_path));
	print_aim(to, result);
	print_counts(to, result);
	workload_result_print(to, result);
	witness_result_print(to, result);
	for (size_t i = 0; i < result->hit_count && i < HITS_SHOWN; i++)
		print_hit(to, result, &result->hits[i]);
	print_outputs(to, result->workload_hits);
	if (result->hit_count > HITS_SHOWN)
		fprintf(to, "  ... the first %zu are in result.json (--out DIR)\n",
			result->hit_count);
	for (size_t i = 0; i < result->kernel_line_count && i < HITS_SHOWN; i++)
		fprintf(to, "kernel     %s\n", result->kernel_lines[i]);
	if (result->taint)
		fprintf(to, "tainted    %s\n",
			watch_taint_letters(result->taint, letters, sizeof(letters)));
	fprintf(to, "verdict    %s, expected %s%s: %s\n", verdict_names[result->verdict],
		result->expected == EXPECT_HIT ? "HIT" : "CLEAN",
		result->xfail ? " (known to fail here: expect.xfail)" : "", result->reason);
}

static json_t *punch_event(const struct run_result *result, const struct event *event)
{
	json_t *object = json_object();

	json_object_set_new(object, "type", json_string("punch"));
	json_object_set_new(object, "punch", number(event->punch.number));
	json_object_set_new(object, "file", json_string(file_name(result, event->punch.file)));
	json_object_set_new(object, "folio", number(event->punch.folio));
	json_object_set_new(object, "first_byte", number(event->punch.first));
	json_object_set_new(object, "length", number(event->punch.length));
	json_object_set_new(object, "generation", number(event->punch.generation));
	json_object_set_new(object, "took_ns", number(event->punch.took));
	json_object_set_new(object, "readers_there", number(event->punch.gathered));
	json_object_set_new(object, "split",
			    event->punch.outcome == STORM_UNKNOWN
				    ? json_null()
				    : json_boolean(event->punch.outcome == STORM_SPLIT));
	json_object_set_new(object, "error",
			    event->punch.error ? json_string(strerrorname_np(-event->punch.error))
					       : json_null());
	return object;
}

static json_t *text_event(const char *type, const struct event *event)
{
	json_t *text = json_string(event->text);

	/* The kernel log may hold bytes that are no UTF-8. */
	return json_pack("{s:s, s:o}", "type", type, "text", text ? text : json_string("?"));
}

static json_t *event_json(const struct run_result *result, const struct event *event)
{
	json_t *object;

	switch (event->type) {
	case EVENT_PUNCH:
		return punch_event(result, event);
	case EVENT_HIT:
		object = hit_json(result, &event->hit);
		json_object_set_new(object, "type", json_string("hit"));
		return object;
	case EVENT_RULE:
		object = rule_event_json(&event->rule);
		json_object_set_new(object, "type", json_string("rule"));
		return object;
	case EVENT_KERNEL:
		return text_event("kernel", event);
	case EVENT_CAPTURE:
	case EVENT_SPLIT:
		return witness_event_json(result->scenario, event,
					  file_name(result, event->gate.file));
	case EVENT_WORKLOAD:
		return told_json(event);
	default:
		return text_event("phase", event);
	}
}

/* number: of the event; time: ns since the run began. Releases the object. */
static void write_line(FILE *to, json_t *object, uint64_t event_number, uint64_t time)
{
	json_object_set_new(object, "number", number(event_number));
	json_object_set_new(object, "ns", number(time));
	json_dumpf(object, to, JSON_COMPACT);
	fputc('\n', to);
	json_decref(object);
}

void result_write_begin(FILE *to, const struct run_result *result, uint64_t start)
{
	char *text = scenario_text(result->scenario);
	json_t *object = json_pack("{s:s, s:s}", "type", "begin", "scenario", text ? text : "");

	add_identity(object, result);
	json_object_set_new(object, "began_ns", number(start));
	write_line(to, object, 0, 0);
	free(text);
}

void result_write_event(FILE *to, const struct run_result *result, uint64_t event_number,
			uint64_t start, const struct event *event)
{
	write_line(to, event_json(result, event), event_number, event->time - start);
}

int result_write(const char *directory, const struct run_result *result)
{
	json_t *object = result_json(result);
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/result.json", directory);
	r = json_dump_file(object, path, JSON_INDENT(2)) ? report(-errno, "%s", path) : 0;
	json_decref(object);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/scenario.cfg", directory);
	return scenario_write(result->scenario, path);
}
