/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result as a person reads it, and the lines of events.jsonl. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/rules/rule_event.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/scenario/workload_kind.h"
#include "tools/verdict/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is printed of a result; the caller frees it. */
static char *printed(struct run_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	verdict_decide(result);
	result_print(memory, result);
	fclose(memory);
	return text;
}

/* Checks that a line that begins so, or a part of one, is printed; or, without `there`, is not. */
static void prints(struct run_result *result, const char *part, bool there)
{
	char *text = printed(result);

	if (!strstr(text, part) == there)
		printf("\n    %s \"%s\" in:\n%s", there ? "no" : "there is", part, text);
	CU_ASSERT_EQUAL(strstr(text, part) != NULL, there);
	free(text);
}

struct line {
	struct run_facts facts;
	const char *text;
};

static void lines_of_facts(void)
{
	static const struct line there[] = {
		{ { .reads = 9 }, "scenario   a story (story.cfg)\n" },
		{ { .reads = 9 }, "data path  passthrough\n" },
		{ { .storm = "punch" }, "aim        auto, punch through the backing file\n" },
		{ { .storm = "split" }, "aim        auto, split beneath the layer\n" },
		{ { .storm = "punch", .punches = 8, .hit = 1 },
		  "punches    8, of them hit 1 (12.5 %)\n" },
		{ { .punches = 8, .hit = 1 }, "punches    8, of them hit 1 (12.5 %)\n" },
		{ { .storm = "drop", .evicted = 4 }, "evicted    4 times all that the punch" },
		{ { .punches = 1, .first_punch = 1000000000, .first_hit = 1250000000 },
		  "first hit  0.250 s after the first punch\n" },
		{ { .began = 1000000000, .first_hit = 1000000000 }, "first hit  0.000 s after" },
		{ { .began = 1000000000, .first_hit = 1250000000 },
		  "first hit  0.250 s after it began\n" },
		{ { .reads = 9, .wrong = 2, .exposures = 3 },
		  "reads      9 judged, wrong 2, exposures 3\n" },
		{ { .splits_known = true, .split = 4, .split_failed = 3 },
		  "splits     4, failed 3\n" },
		{ { .folios_whole = 4, .folios_other = 3 },
		  "folios     4 of the wanted order, 3 of another\n" },
		{ { .workload = "replay", .operations = 3 },
		  "workload   replay, killed after 0.000 s: 3 operations\n" },
		{ { .workload = "replay", .operations = 3, .planned = 4 },
		  ": 3 operations of 4\n" },
		{ { .workload = "replay", .stuck = "x" }, "workload   replay, stuck after" },
		{ { .witnessed = true,
		    .lookups = 9,
		    .frozen_lookups = 4,
		    .captures = 2,
		    .captured = 1,
		    .healed = 1 },
		  "witness    9 lookups, 4 of them of a frozen folio; 2 captures in 1 punches, 1 "
		  "healed\n" },
		{ { .reads = 9 },
		  "verdict    VERIFIED, expected CLEAN: every byte was right in 9 reads" },
		{ { .reads = 9, .wrong = 1 }, "verdict    HIT, expected CLEAN: " },
		{ { .error = "the layer died" },
		  "verdict    ERROR, expected CLEAN: the layer died" },
		{ { .reads = 0 }, "verdict    INCONCLUSIVE, expected CLEAN: " },
	};
	/* Of what a run does not have nothing is told. */
	static const struct line absent[] = {
		{ { .reads = 9 }, "aim   " },
		{ { .reads = 9 }, "punches   " },
		{ { .storm = "punch", .evicted = 4 }, "evicted" },
		{ { .reads = 9 }, "first hit" },
		{ { .split = 4 }, "splits  " },
		{ { .reads = 9 }, "workload  " },
		{ { .reads = 9 }, "witness  " },
		{ { .witnessed = true }, "gate  " },
		{ { .reads = 9 }, "tainted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(there); i++)
		prints(run_of(&there[i].facts), there[i].text, true);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		prints(run_of(&absent[i].facts), absent[i].text, false);
}

static void other_lines(void)
{
	struct run_result *result = run_of(&(struct run_facts){ .storm = "punch", .reads = 1 });
	struct scenario *scenario = (struct scenario *)result->scenario;
	struct worker_shared *counts = (struct worker_shared *)result->counts;

	strcpy(result->release, "6.18.9");
	result->kernel = (struct kernel_version){ .major = 6, .minor = 18, .patch = 9 };
	prints(result, "kernel     6.18.9, has the race by its version\n", true);
	result->kernel.patch = 20;
	prints(result, "kernel     6.18.9, does not have the race by its version\n", true);
	result->aim_page = 257;
	scenario->storm.through_mount = true;
	prints(result, "aim        auto: page 257 of a folio of 512, punch through the mount\n",
	       true);
	result->aim_page = 0;
	prints(result, ": page 0 of a folio", true);
	result->expected = EXPECT_HIT;
	result->xfail = true;
	prints(result, "expected HIT (known to fail here: expect.xfail): ", true);
	for (size_t i = 0; i < 6; i++)
		snprintf(result->kernel_lines[i], sizeof(result->kernel_lines[i]), "line %zu", i);
	result->kernel_line_count = 4;
	prints(result,
	       "kernel     line 0\nkernel     line 1\nkernel     line 2\n"
	       "kernel     line 3\nverdict",
	       true);
	/* A few are shown. */
	result->kernel_line_count = 6;
	prints(result, "kernel     line 4\nverdict", true);
	result->log_lost = 7;
	prints(result, "kernel     7 records of its log were lost\n", true);
	result->taint = 1 << 7;
	prints(result, "tainted    D\n", true);
	scenario->workload.kind = workload_schema(0);
	counts->workload.unexpected = 2;
	prints(result, ", 2 of them ended otherwise than they should have\n", true);
	/* The affected versions of the scenario come before what is known of the race. */
	result->kernel.patch = 9;
	scenario->affected =
		(struct schema_list){ &(struct kernel_range){ { .major = 5 }, { .major = 6 } }, 1 };
	prints(result, "kernel     6.18.9, does not have the race", true);
}

static void witness_lines(void)
{
	static const char splits[] =
		"           5 of 9 splits succeeded (1 reference, 2 dirty, 3 writeback, 4 other); "
		"frozen for 8 us or more in half of them\n";
	struct run_result *result = run_of(&(struct run_facts){ .reads = 1 });
	struct gate_counts *gate = &result->gate;

	strcpy(result->witness_missing, "no BTF");
	prints(result, "witness    none, and no gate: no BTF\n", true);
	*result->witness_missing = '\0';
	result->witnessed = true;
	gate->splits = 9;
	gate->succeeded = 5;
	for (unsigned int i = 0; i < GATE_FAILURES; i++)
		gate->failed[i] = i + 1;
	prints(result, "frozen for 0 us", true);
	/* The middle of five windows is in the bucket of 2^13 ns. */
	gate->window[10] = 2;
	gate->window[13] = 1;
	gate->window[20] = 2;
	prints(result, splits, true);
	/* Half of them are below. */
	gate->window[20] = 3;
	gate->window[10] = 3;
	gate->window[13] = 0;
	prints(result, "frozen for 1 us or more", true);
	prints(result, "gate  ", false);
	prints(result, "left out", false);
	result->missed = 3;
	prints(result, "left out", false);
	result->missed_known = true;
	prints(result, "           the kernel left out 3 calls of the witness's programs", true);
	prints(result, "inspection every exposed slot", false);
	gate->splits_inspected = 136;
	prints(result,
	       "inspection every exposed slot led to the frozen folio in 136 of 136 splits\n",
	       true);
	gate->refused = 7;
	prints(result, "gate       0 holds, 0.000 s in all, the longest 0 us; 7 refused", true);
	gate->refused = 0;
	gate->holds = 3;
	gate->held = 1500000000;
	gate->longest = 6000;
	prints(result, "gate       3 holds, 1.500 s in all, the longest 6 us; 0 refused", true);

	prints(result, "hooks", false);
	result->hooks[1] = (struct witness_hook){ .function = "b", .method = HOOK_KPROBE };
	prints(result, "\nhooks      b by kprobe\n", true);
	result->hooks[0] =
		(struct witness_hook){ .function = "a", .call = "c", .method = HOOK_CALL };
	prints(result, "\nhooks      a by kprobe at a call of c, b by kprobe\n", true);
}

static void hit_lines(void)
{
	static const struct {
		struct reader_hit hit;
		const char *line;
	} rows[] = {
		{ { .ticket = 5,
		    .file = 1,
		    .page = 258,
		    .again_wrong = true,
		    .judgement = { .class = WRONG_OTHER_PAGE,
				   .got.page = 256,
				   .page_xor = 2,
				   .folio_order = 2 } },
		  "  punch 5: load read page 258 of a and got page 256 (xor 0x2, folio order 2); "
		  "sticky, pread right, a fresh mapping right\n" },
		{ { .file = 2, .reader = 2, .judgement.class = WRONG_ZEROS, .pread_wrong = true },
		  ": pread read page 0 of b and got zeros (0 bytes wrong, from byte 0); transient, "
		  "pread wrong too, a fresh mapping right\n" },
		{ { .file = 1,
		    .fresh_wrong = true,
		    .judgement = { .class = WRONG_OLD_GENERATION,
				   .got.generation = 3,
				   .expected.generation = 4 } },
		  "and got its generation 3 instead of 4; transient, pread right, a fresh mapping "
		  "wrong too\n" },
		{ { .file = 1,
		    .judgement = { .class = WRONG_OLD_GENERATION,
				   .got.generation = 3,
				   .expected.generation = 3 } },
		  "and got the bytes of before the hole; " },
		{ { .file = 1,
		    .judgement = { .class = WRONG_OTHER_FILE, .got = { .file = 2, .page = 7 } } },
		  "and got page 7 of b; " },
		{ { .file = 9,
		    .reader = 9,
		    .judgement = { .class = WRONG_TORN, .wrong_bytes = 64, .first_wrong = 8 } },
		  "unknown read page 0 of unknown and got torn (64 bytes wrong, from byte 8); " },
	};
	struct run_result *result;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		result = run_of(&(struct run_facts){ .reads = 1, .wrong = 1 });
		result->hits[0] = rows[i].hit;
		result->hit_count = 1;
		prints(result, rows[i].line, true);
	}
	/* A few are shown. */
	for (unsigned int i = 0; i < 6; i++)
		result->hits[i] = (struct reader_hit){ .ticket = i };
	result->hit_count = 4;
	prints(result, "punch 3: ", true);
	prints(result, "punch 4: ", false);
	result->hit_count = 5;
	prints(result, "result.json", false);
	result->hit_count = 6;
	prints(result, "punch 4: ", true);
	prints(result, "punch 5: ", false);
	prints(result, "  ... the first 6 are in result.json (--out DIR)\n", true);
}

static void outputs(void)
{
	static const struct event told = {
		.told.json = "{\"type\":\"output\",\"kind\":\"output\",\"differs_in\":\"stdout\","
			     "\"run\":3,\"line\":4,\"wanted\":\"a\",\"got\":\"b\"}",
	};
	static const struct event other = { .told.json = "{\"kind\":\"memory\"}" };
	static const char line[] = "  run 3: its stdout differs, line 4: \"a\" became \"b\"\n";
	struct run_result *result = run_of(&(struct run_facts){ .reads = 1 });
	char *text;
	size_t shown = 0;

	result_keep_told(result, &other);
	prints(result, "differs", false);
	for (int i = 0; i < 7; i++)
		result_keep_told(result, &told);
	text = printed(result);
	for (const char *at = text; (at = strstr(at, line)); at++)
		shown++;
	CU_ASSERT_EQUAL(shown, 5);
	free(text);
}

static void begins(void)
{
	static const char wanted[] =
		"{\"type\":\"begin\",\"schema_version\":1,\"expected\":\"clean\",\"xfail\":false,"
		"\"title\":\"a "
		"story\",\"kernel\":\"\",\"build_id\":null,\"machine\":\"\","
		"\"page_size\":16384,\"version\":"
		"\"" FOLIOSTORM_VERSION "\",\"data_path\":\"passthrough\",\"aim\":\"auto\","
		"\"aim_page\":null,\"seed\":0,\"scenario\":\"\",\"began_ns\":77,\"number\":0,"
		"\"ns\":0}";
	const unsigned int here = page_size();
	char *text;

	page_size_choose(16384);
	text = result_begin_line(run_of(&(struct run_facts){ .reads = 0 }), 77);
	page_size_choose(here);
	CU_ASSERT_STRING_EQUAL(text, wanted);
	free(text);
}

/* Without its number and time, which end each line. */
static void events(void)
{
	static const struct {
		struct event event;
		const char *line;
	} rows[] = {
		{ { .type = EVENT_PUNCH,
		    .punch = { 1, 1, 512, 0, 4096, 2, 30, 3, STORM_SPLIT, 0 } },
		  "{\"type\":\"punch\",\"punch\":1,\"file\":\"a\",\"folio\":512,\"first_byte\":0,"
		  "\"length\":4096,\"generation\":2,\"took_ns\":30,\"readers_there\":3,"
		  "\"split\":true,\"error\":null" },
		{ { .type = EVENT_PUNCH, .punch = { .outcome = STORM_UNKNOWN, .error = -EIO } },
		  "\"split\":null,\"error\":\"EIO\"" },
		{ { .type = EVENT_HIT, .hit = { .ticket = 5, .file = 1 } },
		  "{\"type\":\"hit\",\"kind\":\"bytes\",\"punch\":5,\"file\":\"a\"," },
		{ { .type = EVENT_HIT }, "\"file\":\"unknown\",\"page\":0" },
		{ { .type = EVENT_KERNEL, .text = "a line" },
		  "{\"type\":\"kernel\",\"text\":\"a line\"" },
		/* No UTF-8. */
		{ { .type = EVENT_KERNEL, .text = "\xff" }, "{\"type\":\"kernel\",\"text\":\"?\"" },
		{ { .type = EVENT_PHASE, .text = "storm" },
		  "{\"type\":\"phase\",\"text\":\"storm\"" },
		{ { .type = EVENT_CAPTURE,
		    .gate = { .file = 2,
			      .page = 7,
			      .folio = 4,
			      .order = 1,
			      .reader = 1,
			      .punch = 6 } },
		  "{\"type\":\"capture\",\"punch\":6,\"file\":\"b\",\"page\":7,\"wrong_folio\":4,"
		  "\"wrong_folio_"
		  "order\":1,\"reader\":"
		  "1,"
		  "\"reader_kind\":\"pread\",\"frozen\":false" },
		{ { .type = EVENT_SPLIT,
		    .gate = { .file = 1,
			      .page = 512,
			      .order = 9,
			      .levels = 2,
			      .window = 40,
			      .time = 90,
			      .frozen_at = 30,
			      .outcome = GATE_SPLIT } },
		  "{\"type\":\"split\",\"file\":\"a\",\"folio\":512,\"order\":9,\"levels\":2,"
		  "\"window_ns\":40,"
		  "\"frozen_ns\":60,\"failed\":null,\"error\":null" },
		{ { .type = EVENT_SPLIT,
		    .gate = { .frozen_exposed = 1,
			      .split_at = 257,
			      .stores = 9,
			      .inspected = true,
			      .misplaced = 1 << 7,
			      .slot = { .page = 400, .folio = 256, .order = 0, .refcount = 2 } } },
		  "\"frozen_exposed\":1,\"split_at\":257,\"stores\":9,\"inspected\":true,"
		  "\"misplaced_parts\":128,\"misplaced_page\":400,\"misplaced_folio\":256,"
		  "\"misplaced_folio_order\":0,\"misplaced_refcount\":2" },
		{ { .type = EVENT_SPLIT },
		  "\"split_at\":null,\"stores\":0,\"inspected\":false,\"misplaced_parts\":0,"
		  "\"misplaced_page\":null,\"misplaced_folio\":null,"
		  "\"misplaced_folio_order\":null,\"misplaced_refcount\":null" },
		{ { .type = EVENT_MISPLACED,
		    .gate = { .punch = 7,
			      .file = 2,
			      .page = 400,
			      .folio = 256,
			      .order = 1,
			      .refcount = 3 } },
		  "{\"type\":\"misplaced\",\"punch\":7,\"file\":\"b\",\"page\":400,"
		  "\"wrong_folio\":256,\"wrong_folio_order\":1,\"refcount\":3" },
		{ { .type = EVENT_SPLIT,
		    .gate = { .time = 90, .outcome = GATE_FAILED_REFERENCE, .error = -EAGAIN } },
		  "\"frozen_ns\":0,\"failed\":\"reference\",\"error\":\"EAGAIN\"" },
		{ { .type = EVENT_RULE,
		    .rule = { .name = "slow",
			      .action = "delay",
			      .operation = "fsync",
			      .path = "x",
			      .decision = 1,
			      .match = 2,
			      .offset = 3,
			      .length = 4,
			      .pid = 5,
			      .drawn = 6,
			      .measured = 7,
			      .error = EINTR,
			      .cut_short = true } },
		  "{\"type\":\"rule\",\"rule\":\"slow\",\"decision\":1,\"match\":2,\"action\":"
		  "\"delay\","
		  "\"operation\":"
		  "\"fsync\",\"path\":\"x\",\"offset\":3,\"length\":4,\"pid\":5,\"drawn\":6,"
		  "\"measured_ns\":7,\"cut_short\":true,\"error\":\"EINTR\"" },
		{ { .type = EVENT_WORKLOAD, .told.json = "{\"type\":\"x\",\"n\":1}" },
		  "{\"type\":\"x\",\"n\":1" },
		{ { .type = EVENT_WORKLOAD, .told.json = "{\"type\":\"x\",\"n" },
		  "{\"type\":\"garbled\",\"kind\":\"garbled\"" },
		{ { .type = EVENT_WORKLOAD, .told.json = "[1]" },
		  "{\"type\":\"garbled\",\"kind\":\"garbled\"" },
	};
	struct run_result *result = run_of(&(struct run_facts){ .reads = 0 });

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct event event = rows[i].event;
		char *text, *end;

		event.time = 1030;
		text = result_event_line(result, i + 1, 1000, &event);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		end = strstr(text, ",\"number\":");
		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		CU_ASSERT_PTR_NOT_NULL(strstr(end, ",\"ns\":30}"));
		CU_ASSERT_EQUAL(strtoull(end + strlen(",\"number\":"), NULL, 10), i + 1);
		if (!strstr(text, rows[i].line))
			printf("\n    row %zu: %s", i, text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, rows[i].line));
		free(text);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "facts and their lines", lines_of_facts },
		{ "the other lines", other_lines },
		{ "witness and gate", witness_lines },
		{ "hits", hit_lines },
		{ "what programs printed", outputs },
		{ "the first event", begins },
		{ "events", events },
		CU_TEST_INFO_NULL,
	};

	return run_suite("result_text", tests);
}
