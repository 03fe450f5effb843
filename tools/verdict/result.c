/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "tools/base/save.h"
#include "tools/machine/watch.h"
#include "tools/verdict/begin_line.h"
#include "tools/verdict/cache_result.h"
#include "tools/verdict/event_keys.h"
#include "tools/verdict/result_keys.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/witness_result.h"
#include "tools/verdict/workload_result.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void result_keep_told(struct run_result *result, const struct event *event)
{
	json_t *hit;

	if (!result->workload_hits)
		result->workload_hits = json_array();
	if (json_array_size(result->workload_hits) >= RUN_HITS_KEPT)
		return;
	hit = event_told_json(event);
	json_object_del(hit, "type");
	json_array_append_new(result->workload_hits, hit);
}

json_t *result_json(const struct run_result *result)
{
	return keys_object(result_keys, result);
}

static void print_hit(FILE *to, const struct run_result *result, const struct reader_hit *hit)
{
	const struct judgement *wrong = &hit->judgement;

	fprintf(to, "  punch %" PRIu64 ": %s read page %" PRIu64 " of %s and got ", hit->ticket,
		scenario_reader_name(result->scenario, hit->reader), hit->page,
		result_file_name(result, hit->file));
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
			result_file_name(result, wrong->got.file));
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

/* Prints the first programs whose output differs. */
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

/* Prints the first steps of threads with an unexpected outcome. */
static void print_outcomes(FILE *to, json_t *hits)
{
	size_t number, shown = 0;
	json_t *hit;

	json_array_foreach (hits, number, hit) {
		const char *kind = "", *thread, *operation, *wanted, *got;
		json_int_t iteration, step;

		if (json_unpack(hit, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "kind", &kind,
				"reader_kind", &thread, "operation", &operation, "wanted", &wanted,
				"got", &got, "punch", &iteration, "step", &step) ||
		    strcmp(kind, "outcome") != 0 || shown++ >= 5)
			continue;
		fprintf(to,
			"  iteration %" JSON_INTEGER_FORMAT ": %s, step %" JSON_INTEGER_FORMAT
			" (%s): %s instead of %s\n",
			iteration, thread, step, operation, got, wanted);
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
				    page_size()));
	fprintf(to, ", %s %s\n", result->scenario->storm.op->name,
		result->scenario->storm.op->beneath     ? "beneath the layer"
		: result->scenario->storm.through_mount ? "through the mount"
							: "through the backing file");
}

static void print_counts(FILE *to, const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t punches = atomic_load(&counts->punches);
	char account[1024];

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
	if (result->scheduled)
		fprintf(to, "schedule   %s\n", schedule_account(result, account, sizeof(account)));
	if (!result->scenario->files.count)
		return;
	fprintf(to, "folios     %" PRIu64 " of the wanted order, %" PRIu64 " of another\n",
		atomic_load(&counts->refill.folios_whole),
		atomic_load(&counts->refill.folios_other));
}

/* The row of `shown` to add to the scenario, if it has none for this interleaving. */
static void print_shown(FILE *to, const struct run_result *result)
{
	char row[256];

	if (!result->power.calibration.runs && schedule_shown(result, row, sizeof(row)))
		fprintf(to, "shown      %s\n", row);
}

/* Whether the kernel has the race that the scenario is about. */
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
	cache_result_print(to, result);
	for (size_t i = 0; i < result->hit_count && i < HITS_SHOWN; i++)
		print_hit(to, result, &result->hits[i]);
	print_outputs(to, result->workload_hits);
	print_outcomes(to, result->workload_hits);
	if (result->hit_count > HITS_SHOWN)
		fprintf(to, "  ... the first %zu are in result.json (--out DIR)\n",
			result->hit_count);
	for (size_t i = 0; i < result->kernel_line_count && i < HITS_SHOWN; i++)
		fprintf(to, "kernel     %s\n", result->kernel_lines[i]);
	if (result->log_lost)
		fprintf(to, "kernel     %" PRIu64 " records of its log were lost\n",
			result->log_lost);
	if (result->events_lost)
		fprintf(to, "events     %" PRIu64 " were not written: %s\n", result->events_lost,
			strerror(-result->events_error));
	if (result->taint)
		fprintf(to, "tainted    %s\n",
			watch_taint_letters(result->taint, letters, sizeof(letters)));
	print_shown(to, result);
	fprintf(to, "verdict    %s, expected %s%s: %s\n", verdict_names[result->verdict],
		result->expected == EXPECT_HIT ? "HIT" : "CLEAN",
		result->xfail ? " (known to fail here: expect.xfail)" : "", result->reason);
}

/* The caller frees the text; NULL without memory. Releases the line. */
static char *line_text(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	json_decref(line);
	return text;
}

char *result_begin_line(const struct run_result *result, uint64_t start)
{
	return line_text(event_begin_json(result, start));
}

char *result_event_line(const struct run_result *result, uint64_t number, uint64_t start,
			const struct event *event)
{
	return line_text(event_json(result, event, number, start));
}

int result_write(const char *directory, const struct run_result *result)
{
	json_t *object = result_json(result);
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/result.json", directory);
	r = save_json(path, object, JSON_INDENT(2));
	json_decref(object);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/scenario.cfg", directory);
	return scenario_write(result->scenario, path);
}
