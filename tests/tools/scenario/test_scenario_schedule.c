/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schedules in scenarios: what is made of them, and what is said of mistakes. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "injector/schedule/schedule_engine.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_schedule.h"

#include <errno.h>
#include <string.h>

/* The split race. */
static const char race[] =
	"schedule = (\n"
	"{ hold = \"split\"; at = \"__folio_split calls xas_try_split\"; until = \"read enters "
	"filemap_get_entry\"; },\n"
	"{ hold = \"split\"; at = \"__folio_split calls __xa_store\"; when = \"page >= exposed\"; "
	"until = \"read returns from __filemap_get_folio\"; or = ( \"read calls xas_load in "
	"filemap_get_entry\", \"read enters f|g\" ); bound = \"2ms\"; },\n"
	"{ hold = \"read\"; at = \"return of __filemap_get_folio\"; when = ( \"nth == 1\", "
	"\"return != 0\" ); until = ( \"split returns from __folio_split\" ); } );\n";

static void values(void)
{
	static const struct {
		const char *role, *at, *until;
		uint64_t bound;
		size_t conditions, spares;
	} holds[] = {
		{ "split", "__folio_split calls xas_try_split", "read enters filemap_get_entry",
		  100000000, 0, 0 },
		{ "split", "__folio_split calls __xa_store",
		  "read returns from __filemap_get_folio", 2000000, 1, 2 },
		{ "read", "return of __filemap_get_folio", "split returns from __folio_split",
		  100000000, 2, 0 },
	};
	const struct scenario_lines lines = { .more = race };
	struct scenario scenario;
	const struct schedule_event *spares;
	struct schedule schedule;
	char text[256];

	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &lines, NULL), 0);
	CU_ASSERT_STRING_EQUAL(scenario_complaint, "");
	schedule = scenario_schedule(&scenario);
	CU_ASSERT_EQUAL(schedule.made, 100);
	CU_ASSERT_EQUAL_FATAL(schedule.count, ARRAY_SIZE(holds));
	for (size_t i = 0; i < schedule.count; i++) {
		const struct schedule_hold *hold = &schedule.holds[i];

		CU_ASSERT_STRING_EQUAL(hold->role, holds[i].role);
		CU_ASSERT_STRING_EQUAL(code_point_text(&hold->at, text, sizeof(text)), holds[i].at);
		CU_ASSERT_EQUAL(hold->bound, holds[i].bound);
		CU_ASSERT_EQUAL(hold->when.count, holds[i].conditions);
		CU_ASSERT_EQUAL(hold->spare.count, holds[i].spares);
		CU_ASSERT_EQUAL_FATAL(hold->until.count, 1);
		CU_ASSERT_STRING_EQUAL(schedule_event_text(hold->until.items, text, sizeof(text)),
				       holds[i].until);
	}
	CU_ASSERT_STRING_EQUAL(
		schedule_condition_text(schedule.holds[1].when.items, text, sizeof(text)),
		"page >= exposed");
	spares = schedule.holds[1].spare.items;
	CU_ASSERT_STRING_EQUAL(schedule_event_text(&spares[0], text, sizeof(text)),
			       "read calls xas_load in filemap_get_entry");
	CU_ASSERT_STRING_EQUAL(schedule_event_text(&spares[1], text, sizeof(text)),
			       "read enters f|g");
	scenario_release(&scenario);
}

#define ONE(text)                                                                                  \
	{                                                                                          \
		.more = "schedule = ( {\n" text "\n} );"                                           \
	}
#define UNTIL " until = \"split enters F\";"

static void mistakes(void)
{
	static const struct {
		struct scenario_lines lines;
		const char *complaint; /* how it begins */
	} rows[] = {
		{ ONE("at = \"begin\";" UNTIL),
		  "s.cfg:5: schedule[0].hold: missing; allowed: split, read" },
		{ ONE("hold = \"read\";" UNTIL),
		  "s.cfg:5: schedule[0].at: missing; allowed: begin, " },
		{ { .more = "schedule = ( {\nhold = \"read\"; at = \"entry of f\";" UNTIL "\n} );\n"
			    "shown = ( { interleaving = \"0\"; kernel = \"6.18.9\";\n"
			    "passages = 9; hits = 10; } );" },
		  "s.cfg:9: shown[0].hits: more than the 9 passages; allowed: up to so many" },
		{ { .more = "shown = ( { interleaving = \"0\"; kernel = \"6.18.9\";\n"
			    "passages = 9; hits = 9; } );" },
		  "s.cfg:5: shown: there is neither a schedule nor a thread; allowed: with one" },
		{ ONE("hold = \"read\"; at = \"begin\";"),
		  "s.cfg:5: schedule[0].until: missing; allowed: an event such as \"read enters" },
		{ ONE("hold = \"read\"; to = \"begin\";" UNTIL),
		  "s.cfg:6: schedule[0].to: unknown key; did you mean at? allowed here: hold, at, "
		  "when, until, "
		  "or, bound" },
		{ ONE("hold = \"read\"; at = \"filemap_fault\";" UNTIL),
		  "s.cfg:6: schedule[0].at: \"filemap_fault\" is not a point in the kernel's code; "
		  "allowed: begin, entry of F, " },
		{ ONE("hold = \"read\";\nat = \"begin\"; until = ( \"split enters F\",\n\"split "
		      "F\" );"),
		  "s.cfg:8: schedule[0].until[1]: \"F\" is not what a role can do; allowed: "
		  "begins, " },
		{ ONE("hold = \"read\"; at = \"begin\";\nwhen = \"page = 7\";" UNTIL),
		  "s.cfg:7: schedule[0].when: \"page = 7\" is not a condition; allowed: page, " },
		{ ONE("hold = \"read\"; at = \"begin\";\nbound = \"2s\";" UNTIL),
		  "s.cfg:7: schedule[0].bound: \"2s\" is out of range; allowed: a duration such "
		  "as" },
		{ ONE("hold = \"read\"; at = \"begin\";\nor = ( \"split enters F\", \"split\" "
		      ");" UNTIL),
		  "s.cfg:7: schedule[0].or[1]: \"split\" is not an event" },
		{ ONE("hold = \"read\"; at = \"begin\";\nor = 7;" UNTIL),
		  "s.cfg:7: schedule[0].or: " },
		/* Of the schedule as a whole. */
		{ ONE("hold = \"read\"; at = \"begin\";\nor = \"write enters f\";" UNTIL),
		  "s.cfg:7: schedule[0].or: \"write\" is unknown; allowed: split, read" },
		{ ONE("hold = \"read\"; at = \"begin\";\nor = \"read enters f\";" UNTIL),
		  "s.cfg:7: schedule[0].or: \"read enters f\" cannot come: read has one thread" },
		{ ONE("hold = \"write\"; at = \"begin\";" UNTIL),
		  "s.cfg:6: schedule[0].hold: \"write\" is unknown; allowed: split, read" },
		{ ONE("hold = \"read\"; at = \"begin\";\nwhen = \"page == 7\";" UNTIL),
		  "s.cfg:7: schedule[0].when: page is not known at \"begin\"; allowed: nth" },
		{ ONE("hold = \"read\"; at = \"begin\";\nuntil = \"read enters f\";"),
		  "s.cfg:7: schedule[0].until: \"read enters f\" cannot come: read has one "
		  "thread" },
		{ { .more = "schedule = ( { hold = \"split\"; at = \"F calls a\"; until = \"read "
			    "returns from f\"; },\n{ hold = \"read\"; at = \"entry of f\"; until = "
			    "\"split returns from F\"; } );" },
		  "s.cfg:5: schedule[0].until: waits for itself: for \"read returns from f\", "
		  "behind "
		  "schedule[1], which waits for \"split returns from F\", behind this hold" },
		{ { .storm = "",
		    .readers = "readers = ( { kind = \"load\"; pages = \"all\"; } );",
		    .more = "schedule = ( { hold = \"read\"; at = \"begin\"; until = \"split "
			    "enters "
			    "F\"; } );" },
		  "s.cfg:5: schedule[0].until: no thread of this scenario has the role split (the "
		  "storm's punches); allowed: read" },
		{ { .readers = "",
		    .more = "workload = { kind = \"journal\"; }; schedule = ( { hold = \"read\"; "
			    "at = "
			    "\"begin\"; until = \"split enters F\"; } );" },
		  "s.cfg:5: schedule[0].hold: no thread of this scenario has the role read (the "
		  "first reader); allowed: split" },
		{ { .more = "inspect = {\nat = \"read calls __xa_store in F\"; };" },
		  "s.cfg:6: inspect.at: not a store of a split; allowed: split calls __xa_store in "
		  "F" },
		{ { .more = "inspect = { slots = \"both\"; at = \"split enters __xa_store\"; };" },
		  "s.cfg:5: inspect.at: not a store of a split; " },
		{ { .more = "inspect = { slots = \"all\"; };" },
		  "s.cfg:5: inspect.slots: \"all\" is unknown; allowed: exposed, file, both" },
		{ { .more = "witness = true; inspect = { slots = \"exposed\"; };" },
		  "s.cfg:5: inspect.slots: the witness inspects splits too; allowed: \"file\" " },
		{ { .storm = "",
		    .readers = "readers = ( { kind = \"load\"; pages = \"all\"; } );",
		    .more = "inspect = { slots = \"exposed\"; };" },
		  "s.cfg:5: inspect.slots: there is no storm that splits folios; allowed: " },
		{ { .more = "expect = {\nmade = 9; };" },
		  "s.cfg:6: expect.made: there is no schedule; allowed: with one" },
	};
	struct scenario scenario;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = scenario_load_lines(&scenario, &rows[i].lines, NULL);
		const char *said = strstr(scenario_complaint, rows[i].complaint);

		scenario_release(&scenario);
		if (r != -EINVAL || said != scenario_complaint)
			printf("\n    row %zu: got %d \"%s\"", i, r, scenario_complaint);
		CU_ASSERT_EQUAL(r, -EINVAL);
		CU_ASSERT_PTR_EQUAL(said, scenario_complaint);
	}
}

static void engine(void)
{
	const struct scenario_lines scheduled = { .more = race };
	const struct scenario_lines inspected = { .more = "inspect = { };" };
	static const char *const none[] = { "", "schedule = ( ); expect = { made = 5; };" };
	struct scenario scenario;
	char said[512];
	bool missing = schedule_engine_missing(said, sizeof(said));

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		const struct scenario_lines plain = { .more = none[i] };

		CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &plain, NULL), 0);
		CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 1, SCHEDULE_ENGINE_AUTO), 0);
		scenario_release(&scenario);
	}
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &scheduled, NULL), 0);
	report_capture(said, sizeof(said));
	CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 1, SCHEDULE_ENGINE_AUTO), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "s.cfg:5: schedule: 2 roles, and 1 processor; allowed: "
					    "as many roles as processors"));
	CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 2, SCHEDULE_ENGINE_QEMU), 0);
	CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 2, SCHEDULE_ENGINE_AUTO),
			missing ? -EPERM : 0);
	CU_ASSERT_EQUAL(strstr(said, "s.cfg:5: schedule: no engine for schedules here: ") != NULL,
			missing);
	report_capture(NULL, 0);
	scenario_release(&scenario);
	/* The inspector has no roles. */
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &inspected, NULL), 0);
	CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 1, SCHEDULE_ENGINE_QEMU), 0);
	CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 1, SCHEDULE_ENGINE_AUTO), -EPERM);
	scenario_release(&scenario);
}

/* What the language has and no engine follows. */
static void beyond_engines(void)
{
	static const struct {
		struct scenario_lines lines;
		const char *complaint;
	} rows[] = {
		{ { .readers = "readers = ( { kind = \"load\"; }, { kind = \"load\"; } );",
		    .more = race },
		  "s.cfg:5: schedule: 2 readers, and 2 processors; allowed: one for each reader, "
		  "and one more" },
		{ { .readers = "readers = ( { kind = \"load\"; count = 2; } );", .more = race },
		  "s.cfg:5: schedule: 2 readers, and 2 processors; allowed: one for each reader, "
		  "and one more" },
		{ ONE("hold = \"split\"; at = \"begin\"; until = \"read enters F\"; }, "
		      "{ hold = \"read\"; at = \"entry of F\"; until = \"split enters G\";"),
		  "s.cfg:5: schedule: a punch cannot be held at \"begin\"; allowed: at a point" },
		{ ONE("hold = \"split\"; at = \"entry of F\"; until = \"read begins\";"),
		  "s.cfg:5: schedule: \"begins\" cannot be waited for; allowed: a point" },
		{ { .files = "files = ( { name = \"a\"; content = \"copy\"; from = \"/bin/cat\"; } "
			     ");",
		    .readers = "readers = ( { kind = \"exec\"; command = \"cat {file}\"; } );",
		    .more = race },
		  "s.cfg:5: schedule: a program reads when it likes, so it has to be held at" },
	};
	struct scenario scenario;
	char said[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &rows[i].lines, NULL), 0);
		report_capture(said, sizeof(said));
		CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 2, SCHEDULE_ENGINE_QEMU),
				-EINVAL);
		report_capture(NULL, 0);
		if (!strstr(said, rows[i].complaint))
			printf("\n    row %zu: \"%s\"", i, said);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].complaint));
		scenario_release(&scenario);
	}
}

/* A reader is known by the name of its program as well. */
static void roles_of_programs(void)
{
#define HELD(command, name)                                                                        \
	{                                                                                          \
		.files =                                                                           \
			"files = ( { name = \"a\"; content = \"copy\"; from = \"/bin/cat\"; } );", \
		.readers = "readers = ( { kind = \"exec\"; command = \"" command "\"; } );",       \
		.more = "schedule = ( { hold = \"" name "\"; at = \"begin\"; until = \"split "     \
			"enters F\"; }, { hold = \"split\"; at = \"entry of F\"; until = \"" name  \
			" enters G\"; } );"                                                        \
	}
	static const struct {
		struct scenario_lines lines;
		const char *complaint; /* NULL: none */
	} rows[] = {
		{ HELD("cat {file}", "cat"), NULL },
		{ HELD("cat {file}", "read"), NULL },
		{ HELD("/bin/cat {file}", "cat"), NULL },
		{ HELD("cat {file}", "tac"), "\"tac\" is unknown; allowed: split, read, cat" },
	};
	struct scenario scenario;
	char said[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = scenario_load_lines(&scenario, &rows[i].lines, NULL);

		if (r && !rows[i].complaint)
			printf("\n    row %zu: \"%s\"", i, scenario_complaint);
		CU_ASSERT_EQUAL(r, rows[i].complaint ? -EINVAL : 0);
		CU_ASSERT(!rows[i].complaint || strstr(scenario_complaint, rows[i].complaint));
		if (r) {
			scenario_release(&scenario);
			continue;
		}
		CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 2, SCHEDULE_ENGINE_QEMU), 0);
		report_capture(said, sizeof(said));
		CU_ASSERT_EQUAL(scenario_schedule_engine(&scenario, 2, SCHEDULE_ENGINE_AUTO),
				-EPERM);
		report_capture(NULL, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "s.cfg:5: schedule: a program is held from "
						    "outside of a guest"));
		CU_ASSERT_TRUE(scenario_role_is_program(&scenario));
		CU_ASSERT_EQUAL(scenario_role_reader(&scenario), 0);
		CU_ASSERT_TRUE(scenario_holds_reader(&scenario));
		scenario_release(&scenario);
	}
}

static void holds_reader(void)
{
	const struct scenario_lines
		without = { .more = race },
		with = ONE("hold = \"read\"; at = \"begin\"; until = \"split enters F\"; }, "
			   "{ hold = \"split\"; at = \"entry of F\"; until = \"read enters G\";");
	struct scenario scenario;

	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &without, NULL), 0);
	CU_ASSERT_FALSE(scenario_holds_reader(&scenario));
	scenario_release(&scenario);
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &with, NULL), 0);
	CU_ASSERT_TRUE(scenario_holds_reader(&scenario));
	scenario_release(&scenario);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "values", values },
		{ "mistakes", mistakes },
		{ "the engine", engine },
		{ "beyond engines", beyond_engines },
		{ "who is held", holds_reader },
		{ "programs", roles_of_programs },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scenarios with schedules", tests);
}
