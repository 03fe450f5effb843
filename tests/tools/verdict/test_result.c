/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of result.json by what is known of a run. How it is told to people, and events, are in
 * test_result_text.c. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/rules/rule_spec.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/verdict/result.h"
#include "tools/verdict/result_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASSERTION "page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))"

/* What a path such as "hits[0].class" leads to; NULL: nothing. */
static const json_t *json_at(const json_t *from, const char *path)
{
	while (from && *path) {
		size_t length = strcspn(path, ".[");
		char name[64];

		if (*path == '[') {
			from = json_array_get(from, strtoul(path + 1, NULL, 10));
			path += strcspn(path, "]") + 1;
		} else {
			snprintf(name, sizeof(name), "%.*s", (int)length, path);
			from = json_object_get(from, name);
			path += length;
		}
		path += *path == '.';
	}
	return from;
}

/* Checks that the path leads to a value that is written as `wanted`. */
static void has(const json_t *object, const char *path, const char *wanted)
{
	const json_t *value = json_at(object, path);
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");

	if (!text || strcmp(text, wanted))
		printf("\n    %s: %s, wanted %s", path, text ?: "not there", wanted);
	CU_ASSERT_STRING_EQUAL(text ?: "", wanted);
	free(text);
}

static json_t *judged(struct run_result *result)
{
	verdict_decide(result);
	return result_json(result);
}

static void every_key(void)
{
	static const char *const keys[] = {
		"schema_version",
		"verdict",
		"as_expected",
		"outcome",
		"reason",
		"expected",
		"xfail",
		"title",
		"kernel",
		"machine",
		"page_size",
		"version",
		"data_path",
		"aim",
		"aim_page",
		"seed",
		"duration_seconds",
		"punches",
		"punches_failed",
		"punches_evicted",
		"punches_hit",
		"hit_rate",
		"first_hit_seconds",
		"exposures",
		"passages",
		"power",
		"calibration",
		"captures",
		"healed",
		"punches_captured",
		"reads",
		"reads_not_judged",
		"wrong_reads",
		"splits",
		"splits_failed",
		"refills",
		"folios_whole",
		"folios_other",
		"classes",
		"readers",
		"workload",
		"rules",
		"operations",
		"witness",
		"gate",
		"kernel_log",
		"host",
		"events_lost",
		"interrupted",
		"error",
		"hits",
		"preconditions",
		"scenario",
	};
	json_t *object = judged(run_of(&(struct run_facts){ .reads = 0 })), *value;
	const char *key;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!json_object_get(object, keys[i]))
			printf("\n    %s is not there", keys[i]);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(object, keys[i]));
	}
	/* What was added since has a row, like all others. */
	json_object_foreach (object, key, value)
		CU_ASSERT_PTR_NOT_NULL(keys_find(result_keys, key));
	json_decref(object);
}

/* A fact and the key that tells it. */
static const struct {
	struct run_facts facts;
	const char *path, *value;
} fact_rows[] = {
	{ { .reads = 9 }, "verdict", "\"VERIFIED\"" },
	{ { .race = "folio-split", .reads = 9, .power = 1, .chance = 1 }, "verdict", "\"CLEAN\"" },
	{ { .reads = 9 }, "as_expected", "true" },
	{ { .reads = 9 }, "outcome", "\"pass\"" },
	{ { .reads = 9, .wrong = 1 }, "verdict", "\"HIT\"" },
	{ { .reads = 9, .wrong = 1 }, "as_expected", "false" },
	{ { .reads = 9, .wrong = 1 }, "outcome", "\"fail\"" },
	{ { .reads = 0 }, "verdict", "\"INCONCLUSIVE\"" },
	{ { .reads = 0 }, "as_expected", "false" },
	{ { .reads = 0 }, "outcome", "\"inconclusive\"" },
	{ { .error = "why" }, "verdict", "\"ERROR\"" },
	{ { .error = "why" }, "outcome", "\"error\"" },
	{ { .error = "why" }, "error", "\"why\"" },
	{ { .error = "why" }, "reason", "\"why\"" },
	{ { .reads = 9 }, "error", "null" },
	{ { .interrupted = true }, "interrupted", "true" },
	{ { .reads = 9 }, "interrupted", "false" },

	{ { .punches = 8, .hit = 2 }, "punches", "8" },
	{ { .punches = 8, .hit = 2 }, "punches_hit", "2" },
	{ { .punches = 8, .hit = 2 }, "hit_rate", "0.25" },
	{ { .punches = 0, .hit = 2 }, "hit_rate", "0.0" },
	{ { .failed = 3 }, "punches_failed", "3" },
	{ { .storm = "drop", .evicted = 3 }, "punches_evicted", "3" },
	{ { .storm = "punch", .evicted = 3 }, "punches_evicted", "null" },
	{ { .evicted = 3 }, "punches_evicted", "null" },
	{ { .began = 1000000000, .first_hit = 1500000000 }, "first_hit_seconds", "0.5" },
	{ { .began = 1000000000, .first_hit = 1000000000 }, "first_hit_seconds", "0.0" },
	{ { .began = 1000000000 }, "first_hit_seconds", "null" },
	/* Without a punch so far. */
	{ { .began = 1000000000, .first_punch = 1500000000, .first_hit = 1250000000 },
	  "first_hit_seconds",
	  "0.0" },
	/* It did not come to its end. */
	{ { .began = 1000000000 }, "duration_seconds", "0.0" },
	/* It did not begin. */
	{ { .ended = 1000000000 }, "duration_seconds", "0.0" },

	{ { .reads = 9, .workload_reads = 3 }, "reads", "12" },
	{ { .reads = 9, .wrong = 4, .workload_wrong = 3 }, "wrong_reads", "7" },
	{ { .exposures = 4, .workload_exposures = 3 }, "exposures", "7" },
	{ { .punches = 8, .passages = 5 }, "passages", "5" },
	{ { .race = "folio-split", .power = 0.5 }, "power", "0.5" },
	{ { .power = 0.5 }, "power", "null" },
	{ { .race = "folio-split" }, "calibration.runs", "0" },
	{ { .race = "folio-split" }, "calibration.kernels", "\"\"" },
	{ { .race = "folio-split", .locked_out = true }, "calibration.setting", "null" },
	{ { .race = "folio-split", .chance = 0.25 }, "calibration.chance", "0.25" },
	{ { .race = "folio-split", .chance = 0.25 }, "calibration.kernels", "\"6.18.9\"" },
	{ { .race = "folio-split", .chance = 0.25 }, "calibration.hits", "50" },
	{ { .reads = 1 }, "calibration", "null" },
	{ { .not_judged = 4 }, "reads_not_judged", "4" },
	{ { .splits_known = true, .split = 4, .split_failed = 3 }, "splits", "4" },
	{ { .splits_known = true, .split = 4, .split_failed = 3 }, "splits_failed", "3" },
	/* Not known is not none. */
	{ { .split = 4 }, "splits", "null" },
	{ { .split_failed = 4 }, "splits_failed", "null" },
	{ { .folios_whole = 4, .folios_other = 3 }, "folios_whole", "4" },
	{ { .folios_whole = 4, .folios_other = 3 }, "folios_other", "3" },

	{ { .witnessed = true, .captures = 3 }, "captures", "3" },
	{ { .witnessed = true, .healed = 2 }, "healed", "2" },
	{ { .witnessed = true, .captured = 1 }, "punches_captured", "1" },
	{ { .captures = 3 }, "captures", "null" },
	{ { .healed = 3 }, "healed", "null" },
	{ { .captured = 3 }, "punches_captured", "null" },
	{ { .witnessed = true, .lookups = 7 }, "witness.lookups", "7" },
	{ { .witnessed = true, .frozen_lookups = 6 }, "witness.frozen_lookups", "6" },
	{ { .witnessed = true }, "witness.ran", "true" },
	{ { .witnessed = false }, "witness.ran", "false" },
	{ { .witnessed = true }, "witness.missing", "null" },

	{ { .log = ASSERTION }, "kernel_log.reports", "1" },
	{ { .log = ASSERTION }, "kernel_log.troubles", "0" },
	{ { .log = "WARNING: CPU: 0" }, "kernel_log.reports", "0" },
	{ { .log = "WARNING: CPU: 0" }, "kernel_log.troubles", "1" },
	{ { .log = ASSERTION }, "hits[0].kind", "\"kernel-report\"" },
	/* Trouble is no hit. */
	{ { .log = "WARNING: CPU: 0" }, "hits", "[]" },

	{ { .reads = 9 }, "workload", "null" },
	{ { .workload = "replay" }, "workload.kind", "\"replay\"" },
	{ { .workload = "replay" }, "workload.outcome", "\"killed\"" },
	{ { .workload = "replay", .stuck = "x" }, "workload.outcome", "\"stuck\"" },
	{ { .workload = "replay", .stuck = "x" }, "workload.stuck", "true" },
	{ { .workload = "replay" }, "workload.stuck", "false" },
	{ { .workload = "replay", .operations = 5 }, "workload.operations", "5" },
	{ { .workload = "replay", .planned = 5 }, "workload.operations_planned", "5" },
	{ { .workload = "replay", .workload_reads = 5 }, "workload.reads", "5" },
	{ { .workload = "replay", .workload_wrong = 5 }, "workload.wrong_reads", "5" },
	{ { .workload = "replay", .workload_exposures = 5 }, "workload.exposures", "5" },
	{ { .workload = "replay" }, "workload.details", "null" },
	{ { .workload = "replay", .details = "{\"a\":1}" }, "workload.details", "{\"a\":1}" },
	/* Cut in the middle. */
	{ { .workload = "replay", .details = "{\"a\"" }, "workload.details", "null" },
	{ { .workload = "replay" }, "workload.failure", "null" },

	{ { .reads = 9 }, "title", "\"a story\"" },
	{ { .reads = 9 }, "data_path", "\"passthrough\"" },
	{ { .reads = 9 }, "aim", "\"auto\"" },
	{ { .reads = 9 }, "aim_page", "null" },
	{ { .reads = 9 }, "scenario", "\"\"" },
	{ { .reads = 9 }, "operations", "{}" },
	{ { .reads = 9 }, "rules", "[]" },
};

static void keys_of_facts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fact_rows); i++) {
		json_t *object = judged(run_of(&fact_rows[i].facts));

		has(object, fact_rows[i].path, fact_rows[i].value);
		json_decref(object);
	}
}

/* The same of what no row of facts has. */
static void keys_of_the_rest(void)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "expected", "\"hit\"" },
		{ "xfail", "true" },
		{ "outcome", "\"xpass\"" },
		{ "as_expected", "false" },
		{ "kernel", "\"6.18.9+deb13\"" },
		{ "machine", "\"x86_64\"" },
		{ "page_size", "16384" },
		{ "aim", "\"257\"" },
		{ "aim_page", "257" },
		{ "seed", "7" },
		{ "duration_seconds", "1.5" },
		{ "refills", "12" },
		{ "classes",
		  "{\"other-page\":1,\"zeros\":2,\"old-generation\":3,\"other-file\":4,\"torn\":5,"
		  "\"bit-flip\":6,\"garbage\":7,\"output\":8,\"outcome\":9,\"missing\":10}" },
		{ "readers[0]", "{\"kind\":\"load\",\"reads\":3,\"wrong_reads\":1,\"exposures\":2,"
				"\"wait_ns\":40}" },
		{ "readers[1].kind", "\"pread\"" },
		{ "readers[2].kind", "\"pread\"" },
		/* A reader of the workload. */
		{ "readers[3].kind", "\"journal\"" },
		{ "readers[3].reads", "8" },
		{ "workload.outcome", "\"failed\"" },
		{ "workload.failure", "\"no space\"" },
		{ "workload.duration_seconds", "2.0" },
		{ "workload.operations_unexpected", "4" },
		{ "workload.punches", "5" },
		{ "workload.punches_failed", "6" },
		{ "workload.punches_hit", "7" },
		{ "rules[0]", "{\"name\":\"slow\",\"op\":\"fsync\",\"fired\":3}" },
		{ "rules[1]", "{\"name\":\"rule-2\",\"op\":\"any\",\"fired\":0}" },
		{ "operations.fsync.count", "2" },
		{ "operations.fsync.errors", "1" },
		{ "operations.fsync.histogram[0][1]", "2" },
		{ "witness.missing", "\"no BTF\"" },
		{ "kernel_log.lines", "[\"a line\",\"another\"]" },
		{ "readers[4]", "nothing" },
		{ "kernel_log.new_taint", "\"PD\"" },
		{ "kernel_log.log_watched", "true" },
		{ "kernel_log.lost", "3" },
		{ "host_load", "{\"begin\":0.5,\"end\":null}" },
	};
	struct run_result *result = run_of(&(struct run_facts){ .workload = "journal",
								.reads = 3,
								.wrong = 1,
								.exposures = 2,
								.workload_reads = 8 });
	struct scenario *scenario = (struct scenario *)result->scenario;
	struct worker_shared *counts = (struct worker_shared *)result->counts;
	struct rule_operation fsync = { .name = "fsync" }, any = { .name = "any" };
	char slow[] = "slow";
	struct rule_spec rules[] = { { .name = slow, .when.operations = { &fsync, 1 } },
				     { .when.operations = { &any, 1 } } };
	const unsigned int here = page_size();
	json_t *object;

	scenario->rules = (struct schema_list){ rules, 2 };
	scenario->storm.aim = (struct aim){ AIM_KIND_PAGE, .number = 257 };
	scenario->seed = 7;
	result->expected = EXPECT_HIT;
	result->xfail = true;
	result->aim_page = 257;
	strcpy(result->release, "6.18.9+deb13");
	strcpy(result->machine, "x86_64");
	strcpy(result->witness_missing, "no BTF");
	strcpy(result->kernel_lines[0], "a line");
	strcpy(result->kernel_lines[1], "another");
	result->kernel_line_count = 2;
	result->log_known = true;
	result->log_lost = 3;
	result->load_begin = 0.5;
	result->load_end = -1;
	result->taint = 1 << 0 | 1 << 7;
	counts->began = 1000000000;
	counts->ended = 2500000000;
	counts->readers = 3;
	counts->reader[0].wait = 40;
	counts->refill.refills = 12;
	counts->rules_fired[0] = 3;
	for (unsigned int i = WRONG_NONE + 1; i < WRONG_CLASSES; i++)
		counts->classes[i] = i;
	counts->workload.state = WORKLOAD_FAILED;
	counts->workload.failed = true;
	strcpy(counts->workload.failure, "no space");
	counts->workload.began = 1000000000;
	counts->workload.ended = 3000000000;
	counts->workload.unexpected = 4;
	counts->workload.punches = 5;
	counts->workload.punches_failed = 6;
	counts->workload.punches_hit = 7;
	statistics_count(&counts->layer, 20, 1000, 0);
	statistics_count(&counts->layer, 20, 1000, EIO);
	page_size_choose(16384);
	object = judged(result);
	page_size_choose(here);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		has(object, rows[i].path, rows[i].value);
	json_decref(object);
	/* One that is through with its work, and has not told how long it took. */
	counts->workload.state = WORKLOAD_DONE;
	counts->workload.began = 0;
	result->aim_page = 0;
	object = judged(result);
	has(object, "workload.outcome", "\"done\"");
	has(object, "workload.duration_seconds", "0.0");
	has(object, "aim_page", "0");
	json_decref(object);
}

static void preconditions(void)
{
	struct run_result *result = run_of(&(struct run_facts){ .reads = 1 });
	json_t *object = judged(result);

	/* They are recorded before the run, and nothing is asked of the machine after it. */
	has(object, "preconditions", "null");
	json_decref(object);
	result->preconditions = json_pack("{s:b, s:b}", "root", 1, "zram", 0);
	object = judged(result);
	has(object, "preconditions.root", "true");
	has(object, "preconditions.zram", "false");
	json_decref(object);
	json_decref(result->preconditions);
	result->preconditions = NULL;
}

static void witness(void)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "witness.splits", "9" },
		{ "witness.splits_succeeded", "5" },
		{ "witness.splits_failed",
		  "{\"reference\":1,\"dirty\":2,\"writeback\":3,\"other\":4}" },
		{ "witness.levels", "18" },
		{ "witness.events_lost", "2" },
		{ "witness.window_log2_ns[10]", "3" },
		{ "witness.window_log2_ns[23]", "4" },
		{ "witness.window_log2_ns[24]", "nothing" },
		{ "witness.hooks[0]",
		  "{\"role\":\"split\",\"function\":\"__folio_split\",\"call\":null,\"method\":"
		  "\"fentry\",\"missing\":null}" },
		{ "witness.hooks[1]",
		  "{\"role\":\"level\",\"function\":null,\"call\":null,\"method\":\"none\","
		  "\"missing\":\"not in this kernel\"}" },
		{ "gate",
		  "{\"split_ns\":1,\"meet_ns\":2,\"reader_ns\":3,\"lookup_ns\":4,\"holds\":5,"
		  "\"held_ns\":6,\"longest_ns\":7,\"refused\":8}" },
	};
	struct run_result *result = run_of(&(struct run_facts){ .witnessed = true, .reads = 1 });
	struct scenario *scenario = (struct scenario *)result->scenario;
	json_t *object;

	scenario->gate.split = 1;
	scenario->gate.meet = 2;
	scenario->gate.reader = 3;
	scenario->gate.lookup = 4;
	result->gate.splits = 9;
	result->gate.succeeded = 5;
	for (unsigned int i = 0; i < GATE_FAILURES; i++)
		result->gate.failed[i] = i + 1;
	result->gate.levels = 18;
	result->gate.lost = 2;
	result->gate.window[10] = 3;
	result->gate.window[23] = 4;
	result->gate.holds = 5;
	result->gate.held = 6;
	result->gate.longest = 7;
	result->gate.refused = 8;
	result->hooks[1] = (struct witness_hook){ .function = NULL };
	result->hooks[0] =
		(struct witness_hook){ .function = "__folio_split", .method = HOOK_FENTRY };
	strcpy(result->hooks[1].why, "not in this kernel");
	object = judged(result);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		has(object, rows[i].path, rows[i].value);
	json_decref(object);
}

/* In the order: readers, workload, witness, kernel. */
static void hits(void)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "hits[0]",
		  "{\"kind\":\"bytes\",\"punch\":5,\"file\":\"a\",\"page\":258,\"folio\":0,"
		  "\"reader\":1,\"reader_kind\":\"pread\",\"class\":\"other-page\","
		  "\"wrong_page\":256,\"wrong_file\":\"b\",\"wrong_generation\":3,"
		  "\"generation\":4,\"xor\":2,\"folio_order\":2,\"wrong_bytes\":4096,"
		  "\"first_wrong_byte\":8,\"sticky\":true,\"pread_wrong\":false,"
		  "\"fresh_mapping_wrong\":true,\"access_ns\":100,\"recheck_ns\":200}" },
		/* Bytes that are no stamp. */
		{ "hits[1].wrong_page", "null" },
		{ "hits[1].wrong_file", "null" },
		{ "hits[1].wrong_generation", "null" },
		{ "hits[1].file", "\"of the workload\"" },
		{ "hits[2]", "{\"kind\":\"output\",\"run\":3}" },
		/* Cut in the middle. */
		{ "hits[3]", "{\"kind\":\"garbled\"}" },
		{ "hits[4]",
		  "{\"kind\":\"capture\",\"punch\":0,\"file\":\"unknown\",\"page\":7,\"wrong_"
		  "folio\":4,\"wrong_folio_order\":1,"
		  "\"reader\":0,\"reader_kind\":\"load\",\"frozen\":true}" },
		{ "hits[5].file", "\"b\"" },
		{ "hits[6].kind", "\"kernel-report\"" },
		{ "hits[7].text", "\"BUG: Bad page state in process foliostorm\"" },
	};
	static const struct event told[] = {
		{ .told.json = "{\"type\":\"output\",\"kind\":\"output\",\"run\":3}" },
		{ .told.json = "{\"type\":" },
	};
	struct run_result *result = run_of(&(struct run_facts){ .reads = 1, .log = ASSERTION });
	struct worker_shared *counts = (struct worker_shared *)result->counts;
	json_t *object;

	result->hits[0] = (struct reader_hit){
		.ticket = 5,
		.file = 1,
		.page = 258,
		.reader = 1,
		.again_wrong = true,
		.fresh_wrong = true,
		.access = 100,
		.check = 200,
		.judgement = { .class = WRONG_OTHER_PAGE,
			       .expected = { .file = 1, .page = 258, .generation = 4 },
			       .got = { .file = 2, .page = 256, .generation = 3 },
			       .page_xor = 2,
			       .folio_order = 2,
			       .wrong_bytes = 4096,
			       .first_wrong = 8 },
	};
	result->hits[1] = (struct reader_hit){ .file = 3, .judgement = { .class = WRONG_GARBAGE } };
	result->hit_count = 2;
	counts->workload.files = 1;
	strcpy(counts->workload.file[0], "of the workload");
	result->captures[0] =
		(struct gate_event){ .file = 4, .page = 7, .folio = 4, .order = 1, .frozen = 1 };
	result->captures[1] = (struct gate_event){ .file = 2, .page = 8 };
	result->capture_count = 2;
	kernel_reports_line(&result->kernel_reports, "---[ end trace 0 ]---");
	kernel_reports_line(&result->kernel_reports, "BUG: Bad page state in process foliostorm");
	result_keep_told(result, &told[0]);
	result_keep_told(result, &told[1]);
	object = judged(result);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		has(object, rows[i].path, rows[i].value);
	CU_ASSERT_EQUAL(json_array_size(json_at(object, "hits")), 8);
	json_decref(object);
	/* The first of them are kept. */
	for (int i = 0; i < 2 * RUN_HITS_KEPT; i++)
		result_keep_told(result, &told[0]);
	CU_ASSERT_EQUAL(json_array_size(result->workload_hits), RUN_HITS_KEPT);
}

static void as_files(void)
{
	char directory[] = "/tmp/foliostorm-result.XXXXXX", path[64], message[256] = "";
	struct run_result *result = run_of(&(struct run_facts){ .reads = 9 });
	json_t *object, *same;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	object = judged(result);
	CU_ASSERT_EQUAL(result_write(directory, result), 0);
	snprintf(path, sizeof(path), "%s/result.json", directory);
	same = json_load_file(path, 0, NULL);
	CU_ASSERT_TRUE(json_equal(object, same));
	unlink(path);
	snprintf(path, sizeof(path), "%s/scenario.cfg", directory);
	CU_ASSERT_EQUAL(unlink(path), 0);
	rmdir(directory);
	json_decref(object);
	json_decref(same);
	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(result_write("/nowhere", result), -EIO);
	report_capture(NULL, 0);
	CU_ASSERT_STRING_EQUAL(message, "/nowhere/result.json: No such file or directory");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "every key is there", every_key },
		{ "facts and their keys", keys_of_facts },
		{ "the other keys", keys_of_the_rest },
		{ "preconditions", preconditions },
		{ "witness and gate", witness },
		{ "hits", hits },
		{ "files", as_files },
		CU_TEST_INFO_NULL,
	};

	return run_suite("result", tests);
}
