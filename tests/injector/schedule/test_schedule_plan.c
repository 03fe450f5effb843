/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schedules in the addresses of a kernel that is written here: x86-64. */
#include "injector/base/array.h"
#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_plan.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

enum { BASE = 0x1000, SIZE = 0x1000, EVENTS = 3 };

static const char symbols_text[] = "1000 T __folio_split\n"
				   "1200 T folio_lruvec_lock\n"
				   "1300 T filemap_get_entry\n"
				   "1400 T __filemap_get_folio_mpol\n"
				   "1500 T filemap_fault\n"
				   "1700 T xas_load\n"
				   "1800 T many\n"
				   "1a00 t twice\n"
				   "1b00 t twice\n"
				   "1c00 T end\n";

static uint8_t code[SIZE];

static void put_call(uint32_t at, uint32_t target)
{
	uint32_t distance = target - (at + 5);

	code[at - BASE] = 0xe8;
	memcpy(code + at - BASE + 1, &distance, sizeof(distance));
}

static void write_code(void)
{
	memset(code, 0x90, sizeof(code));
	put_call(0x1010, 0x1200); /* __folio_split calls folio_lruvec_lock, */
	put_call(0x1020, 0x1700); /* and xas_load twice */
	put_call(0x1030, 0x1700);
	put_call(0x1310, 0x1700); /* filemap_get_entry as well */
	put_call(0x1510, 0x1400); /* filemap_fault calls __filemap_get_folio_mpol */
	for (uint32_t i = 0; i <= PLAN_ADDRESSES; i++)
		put_call(0x1800 + 16 * i, 0x1700);
}

static int read_code(void *context, uint64_t address, void *into, size_t size)
{
	(void)context;
	if (address < BASE || address + size > BASE + SIZE)
		return -EPERM;
	memcpy(into, code + address - BASE, size);
	return 0;
}

/* A hold as it is written; ended by one without a role. */
struct line {
	const char *hold, *at, *until[EVENTS], *spare[EVENTS];
};

enum { LINES = 6 };

struct built {
	struct schedule_hold holds[LINES];
	struct schedule_event until[LINES][EVENTS], spare[LINES][EVENTS];
	struct schedule schedule;
};

static void build_events(const char *const *texts, struct schedule_event *events,
			 struct schema_list *list)
{
	char why[512];

	list->items = events;
	for (; list->count < EVENTS && texts[list->count]; list->count++)
		CU_ASSERT_FATAL(!schedule_parse_event(texts[list->count], &events[list->count], why,
						      sizeof(why)));
}

static const struct schedule *build(const struct line *lines)
{
	static struct built built;
	char why[512];

	built = (struct built){ .schedule.holds = built.holds };
	for (; lines->hold; lines++) {
		size_t i = built.schedule.count++;
		struct schedule_hold *hold = &built.holds[i];

		CU_ASSERT_FATAL(!schedule_parse_role(lines->hold, hold->role, why, sizeof(why)));
		CU_ASSERT_FATAL(!schedule_parse_point(lines->at, &hold->at, why, sizeof(why)));
		build_events(lines->until, built.until[i], &hold->until);
		build_events(lines->spare, built.spare[i], &hold->spare);
	}
	return &built.schedule;
}

/* Points that are watched in any case. */
static struct schedule_event watched[EVENTS];
static size_t watched_count;

static int make(struct plan *plan, const struct line *lines, char *why, size_t size)
{
	struct kernel_symbols *symbols = kernel_symbols_parse(strdup(symbols_text));
	const struct kernel_text kernel = { symbols, MACHINE_X86_64, read_code, NULL };
	int r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	*why = '\0';
	memset(plan, 0, sizeof(*plan));
	r = plan_watch(plan, watched, watched_count, &kernel, why, size);
	if (!r)
		r = plan_make(plan, build(lines), &kernel, why, size);
	kernel_symbols_free(symbols);
	return r;
}

#define LOCK  "__folio_split|__folio_freeze_and_split_unmapped calls folio_lruvec_lock"
#define LOCKS "split calls folio_lruvec_lock in __folio_split|__folio_freeze_and_split_unmapped"
#define GOT   "return from __filemap_get_folio|__filemap_get_folio_mpol in filemap_fault"
#define GETS  "read returns from __filemap_get_folio|__filemap_get_folio_mpol in filemap_fault"

/* Of split-forced.cfg, in short. */
static const struct line race[LINES] = {
	{ "read", "begin", { LOCKS }, { NULL } },
	{ "split", LOCK, { "read enters filemap_get_entry" }, { NULL } },
	{ "split",
	  "__folio_split calls xas_load",
	  { GETS, "read enters filemap_get_entry" },
	  { "read calls xas_load in filemap_get_entry" } },
	{ "read", GOT, { "split returns from __folio_split" }, { NULL } },
};

static void makes(void)
{
	static const struct {
		enum plan_role role;
		unsigned int count;
		uint64_t address[2];
		const char *subject;
	} points[] = {
		{ PLAN_READ, 0, { 0 }, NULL },
		{ PLAN_SPLIT, 1, { 0x1010 }, "folio_lruvec_lock" },
		{ PLAN_READ, 1, { 0x1300 }, "filemap_get_entry" },
		{ PLAN_SPLIT, 2, { 0x1020, 0x1030 }, "xas_load" },
		{ PLAN_READ, 1, { 0x1515 }, NULL },
		{ PLAN_READ, 1, { 0x1310 }, "xas_load" },
		{ PLAN_SPLIT, 1, { 0x1000 }, "__folio_split" },
	};
	static const struct {
		unsigned int at;
		struct plan_set until, spare;
	} holds[] = {
		{ 0, { 1, { 1 } }, { 0 } },
		{ 1, { 1, { 2 } }, { 0 } },
		{ 3, { 2, { 4, 2 } }, { 1, { 5 } } },
		{ 4, { 1, { 6 } }, { 0 } },
	};
	static struct plan plan;
	char why[512];

	CU_ASSERT_EQUAL_FATAL(make(&plan, race, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL_FATAL(plan.point_count, ARRAY_SIZE(points));
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		const struct plan_point *point = &plan.points[i];

		CU_ASSERT_EQUAL(point->role, points[i].role);
		CU_ASSERT_EQUAL(point->count, points[i].count);
		for (unsigned int k = 0; k < point->count; k++)
			CU_ASSERT_EQUAL(point->address[k], points[i].address[k]);
		CU_ASSERT_EQUAL(!point->subject.argument, !points[i].subject);
		if (point->subject.argument && points[i].subject)
			CU_ASSERT_STRING_EQUAL(point->subject.function, points[i].subject);
	}
	CU_ASSERT_EQUAL_FATAL(plan.hold_count, ARRAY_SIZE(holds));
	for (size_t i = 0; i < ARRAY_SIZE(holds); i++) {
		CU_ASSERT_EQUAL(plan.holds[i].at, holds[i].at);
		CU_ASSERT(!memcmp(&plan.holds[i].until, &holds[i].until, sizeof(holds[i].until)));
		CU_ASSERT(!memcmp(&plan.holds[i].spare, &holds[i].spare, sizeof(holds[i].spare)));
	}
}

/* The same place is another point for another role; and the same one, however it is written. */
static void knows_points_again(void)
{
	static const struct {
		struct line lines[LINES];
		unsigned int points;
	} rows[] = {
		{ { { "read", "entry of xas_load", { "split enters xas_load" }, { NULL } } }, 2 },
		{ { { "read", "begin", { "split begins" }, { NULL } } }, 2 },
		{ { { "read", "entry of xas_load", { "split enters many" }, { NULL } },
		    { "read", "entry of xas_load", { "split enters many" }, { NULL } },
		    { "split",
		      "entry of many",
		      { "read enters xas_load" },
		      { "read enters xas_load" } } },
		  2 },
		{ { { "read", "return of xas_load", { "split enters many" }, { NULL } },
		    { "read", "entry of xas_load", { "split enters many" }, { NULL } } },
		  3 },
	};
	static struct plan plan;
	char why[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(make(&plan, rows[i].lines, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(plan.point_count, rows[i].points);
	}
}

static void says_what_is_missing(void)
{
	static const struct {
		struct line lines[LINES];
		int r;
		const char *why; /* how it begins */
	} rows[] = {
		{ { { "read", "entry of nobody", { "split enters many" }, { NULL } } },
		  -ENOENT,
		  "nobody is not a function of this kernel" },
		{ { { "read", "begin", { "split enters many", "split enters twice" }, { NULL } } },
		  -ENOTUNIQ,
		  "twice is ambiguous: " },
		{ { { "split",
		      "entry of many",
		      { "read enters xas_load" },
		      { "read calls many in xas_load" } } },
		  -ENOENT,
		  "no many calls in xas_load of this kernel; `foliostorm points xas_load` lists "
		  "its "
		  "calls" },
		{ { { "read", "many calls xas_load", { "split enters many" }, { NULL } } },
		  -E2BIG,
		  "more than 16 such places in many" },
		{ { { "read", "begin", { "split enters many" }, { NULL } },
		    { "split", "nobody|nothing calls many", { "read begins" }, { NULL } } },
		  -ENOENT,
		  "nobody is not a function of this kernel" },
	};
	static struct plan plan;
	char why[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = make(&plan, rows[i].lines, why, sizeof(why));

		if (r != rows[i].r || strstr(why, rows[i].why) != why)
			printf("\n    row %zu: %d \"%s\"", i, r, why);
		CU_ASSERT_EQUAL(r, rows[i].r);
		CU_ASSERT_PTR_EQUAL(strstr(why, rows[i].why), why);
	}
}

/* They have the numbers that they have in the list, whatever the holds have to do with them. */
static void watches(void)
{
	static const char *const texts[] = { "split returns from __folio_split",
					     "read enters filemap_get_entry", LOCKS,
					     "read enters many" };
	static struct plan plan;
	char why[512];

	for (; watched_count < EVENTS; watched_count++)
		CU_ASSERT_FATAL(!schedule_parse_event(texts[watched_count], &watched[watched_count],
						      why, sizeof(why)));
	CU_ASSERT_EQUAL_FATAL(make(&plan, race, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(plan.watched, EVENTS);
	CU_ASSERT_EQUAL(plan.hold_count, 4);
	CU_ASSERT_EQUAL(plan.points[0].address[0], 0x1000);
	CU_ASSERT_EQUAL(plan.points[1].address[0], 0x1300);
	CU_ASSERT_EQUAL(plan.points[2].address[0], 0x1010);
	/* As without them, and no point is there twice. */
	CU_ASSERT_EQUAL(plan.point_count, 7);
	CU_ASSERT_EQUAL(plan.holds[1].at, 2);
	CU_ASSERT_EQUAL(plan.holds[1].until.points[0], 1);
	CU_ASSERT_EQUAL(plan.holds[3].until.points[0], 0);
	CU_ASSERT_FATAL(
		!schedule_parse_event("split enters nobody", &watched[0], why, sizeof(why)));
	CU_ASSERT_EQUAL(make(&plan, race, why, sizeof(why)), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "nobody is not a function of this kernel"));
	watched_count = 0;
}

static void takes_no_more_points_than_it_has_room_for(void)
{
	struct kernel_symbols *symbols = kernel_symbols_parse(strdup(symbols_text));
	const struct kernel_text kernel = { symbols, MACHINE_X86_64, read_code, NULL };
	static struct schedule_event many[PLAN_POINTS + 1];
	static struct plan plan;
	char why[512] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct schedule_event){
			"split",
			{ .kind = POINT_OFFSET, .function = "folio_lruvec_lock", .offset = i }
		};
	CU_ASSERT_EQUAL(plan_watch(&plan, many, PLAN_POINTS, &kernel, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(plan.point_count, PLAN_POINTS);
	/* Points that are in it need no room. */
	CU_ASSERT_EQUAL(plan_watch(&plan, many, 1, &kernel, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(plan_watch(&plan, many + PLAN_POINTS, 1, &kernel, why, sizeof(why)),
			-E2BIG);
	CU_ASSERT_STRING_EQUAL(why, "more than 146 points");
	CU_ASSERT_EQUAL(plan.point_count, PLAN_POINTS);
	kernel_symbols_free(symbols);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "makes the plan of a race", makes },
		{ "knows points again", knows_points_again },
		{ "says what is missing", says_what_is_missing },
		{ "watches", watches },
		{ "takes no more points than it has room for",
		  takes_no_more_points_than_it_has_room_for },
		CU_TEST_INFO_NULL,
	};

	write_code();
	return run_suite("plans of schedules", tests);
}
