/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/schedule/schedule.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

enum { HOLDS_MAX = SCHEDULE_HOLDS_MAX + 1, ITEMS_MAX = 5 };

/* A hold as it is written; ended by one without a role. */
struct line {
	const char *hold, *at;
	const char *until[ITEMS_MAX + 1], *when[ITEMS_MAX + 1];
};

struct built {
	struct schedule_hold holds[HOLDS_MAX];
	struct schedule_event until[HOLDS_MAX][ITEMS_MAX], spare[ITEMS_MAX];
	struct schedule_condition when[HOLDS_MAX][ITEMS_MAX];
	struct schedule schedule;
};

static void build_events(const char *const *texts, struct schedule_event *events,
			 struct schema_list *list)
{
	char why[512];

	list->items = events;
	for (; texts[list->count]; list->count++)
		CU_ASSERT_FATAL(!schedule_parse_event(texts[list->count], &events[list->count], why,
						      sizeof(why)));
}

static void build_hold(struct built *built, size_t i, const struct line *line)
{
	struct schedule_hold *hold = &built->holds[i];
	char why[512];

	CU_ASSERT_FATAL(!schedule_parse_role(line->hold, hold->role, why, sizeof(why)));
	CU_ASSERT_FATAL(!schedule_parse_point(line->at, &hold->at, why, sizeof(why)));
	build_events(line->until, built->until[i], &hold->until);
	hold->when.items = built->when[i];
	for (; line->when[hold->when.count]; hold->when.count++)
		CU_ASSERT_FATAL(!schedule_parse_condition(line->when[hold->when.count],
							  &built->when[i][hold->when.count], why,
							  sizeof(why)));
}

static void build(struct built *built, const struct line *lines)
{
	memset(built, 0, sizeof(*built));
	built->schedule.holds = built->holds;
	for (; lines->hold; lines++)
		build_hold(built, built->schedule.count++, lines);
}

/* One thread that punches, and one reader. */
static const struct schedule_role two[] = { { "split", "the storm's punches", 1, 0 },
					    { "read", "a reader", 1, 0 },
					    { .name = "" } };

static const struct schedule_role three[] = { { "split", "the storm's punches", 1, 0 },
					      { "read", "a reader", 1, 0 },
					      { "other", "another one", 1, 0 },
					      { .name = "" } };

static const struct schedule_role many_readers[] = { { "split", "the storm's punches", 1, 0 },
						     { "read", "a reader", 2, 0 },
						     { .name = "" } };

static const struct schedule_role no_storm[] = { { "split", "the storm's punches", 0, 0 },
						 { "read", "a reader", 1, 0 },
						 { .name = "" } };

/* The split race: that of the design. */
#define SPLIT_RACE                                                                                 \
	{ "split", "__folio_split calls xas_try_split", { "read enters filemap_get_entry" }, {} }, \
		{ "split",                                                                         \
		  "__folio_split calls __xa_store",                                                \
		  { "read returns from __filemap_get_folio" },                                     \
		  { "page >= exposed" } },                                                         \
	{                                                                                          \
		"read", "return of __filemap_get_folio", { "split returns from __folio_split" },   \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}

static void right(void)
{
	static const struct {
		struct line lines[HOLDS_MAX + 1];
		const struct schedule_role *roles;
		unsigned int processors;
	} rows[] = {
		{ { SPLIT_RACE }, two, 0 },
		{ { SPLIT_RACE }, two, 2 },
		/* The reader comes once the folio is frozen. */
		{ { { "read", "begin", { "split calls folio_lruvec_lock in __folio_split" }, {} },
		    { "split", "__folio_split calls folio_lruvec_lock", { "read enters f" }, {} } },
		  two,
		  2 },
		/* Which of f and h comes first is not known. */
		{ { { "split", "F calls a", { "read enters h" }, {} },
		    { "read", "entry of f", { "split enters b" }, {} } },
		  two,
		  2 },
		/* f may go by without being held, and be entered again. */
		{ { { "split", "F calls a", { "read returns from f" }, {} },
		    { "read", "entry of f", { "split returns from F" }, { "page == 7" } } },
		  two,
		  2 },
		/* The other reader may. */
		{ { { "split", "F calls a", { "read returns from f" }, {} },
		    { "read", "entry of f", { "split returns from F" }, {} } },
		  many_readers,
		  2 },
		{ { { "read", "entry of f", { "read returns from f" }, {} } }, many_readers, 2 },
		/* The same point, under other conditions. */
		{ { { "split", "F calls a", { "read enters f" }, { "nth == 1" } },
		    { "split", "F calls a", { "read returns from f" }, { "nth == 2" } } },
		  two,
		  2 },
		{ { { "read",
		      "return from g in f",
		      { "split enters a", "split enters b", "split enters c", "split enters d" },
		      { "return != 0", "return > 1", "nth == 1", "nth < 3" } } },
		  two,
		  2 },
	};
	struct schedule_mistake mistake;
	struct built built;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r;

		build(&built, rows[i].lines);
		r = schedule_check(&built.schedule, rows[i].roles, rows[i].processors, &mistake);
		if (r)
			printf("\n    row %zu: %s", i, mistake.why);
		CU_ASSERT_EQUAL(r, 0);
	}
}

static void wrong(void)
{
	static const struct {
		struct line lines[HOLDS_MAX + 1];
		const struct schedule_role *roles;
		size_t hold;
		const char *key, *why;
	} rows[] = {
		{ { { .hold = NULL } }, two, 0, NULL, "0 holds; allowed: 1 to 16" },
		{ { SPLIT_RACE, { "write", "entry of f", { "read enters f" }, {} } },
		  two,
		  3,
		  "hold",
		  "\"write\" is unknown; allowed: split, read" },
		{ { { "read", "entry of f", { "split enters F", "writer enters f" }, {} } },
		  two,
		  0,
		  "until",
		  "\"writer\" is unknown; allowed: split, read" },
		{ { SPLIT_RACE },
		  no_storm,
		  0,
		  "hold",
		  "no thread of this scenario has the role split (the storm's punches); allowed: "
		  "read" },
		{ { { "read", "entry of f", { "split enters F" }, {} } },
		  no_storm,
		  0,
		  "until",
		  "no thread of this scenario has the role split (the storm's punches); allowed: "
		  "read" },
		{ { { "read", "entry of f", { NULL }, {} } },
		  two,
		  0,
		  "until",
		  "0 events; allowed: 1 to 4" },
		{ { { "read",
		      "entry of f",
		      { "split enters a", "split enters b", "split enters c", "split enters d",
			"split enters e" },
		      {} } },
		  two,
		  0,
		  "until",
		  "5 events; allowed: 1 to 4" },
		{ { { "read",
		      "entry of f",
		      { "split enters a" },
		      { "nth > 1", "nth > 2", "nth > 3", "nth > 4", "nth > 5" } } },
		  two,
		  0,
		  "when",
		  "5 conditions; allowed: up to 4" },
		{ { { "read", "entry of f", { "split enters a", "split enters a" }, {} } },
		  two,
		  0,
		  "until",
		  "\"split enters a\" is listed twice; allowed: each event once" },
		{ { { "read", "entry of f", { "split enters a", "read returns from f" }, {} } },
		  two,
		  0,
		  "until",
		  "\"read returns from f\" cannot come: read has one thread, and this holds it; "
		  "allowed: what another role does" },
		{ { { "read", "begin", { "split enters a" }, {} } },
		  two,
		  0,
		  "at",
		  "every hold is at \"begin\"; allowed: with one in the kernel at least, where "
		  "passages begin" },
		{ { { "read", "entry of f", { "split enters a" }, { "nth >= 2" } } },
		  two,
		  0,
		  "when",
		  "passages begin here, so nth is 1; allowed: what 1 meets" },
		{ { { "read", "entry of f", { "split enters a" }, { "return == 0" } } },
		  two,
		  0,
		  "when",
		  "return is not known at \"entry of f\"; allowed: page, argument, nth" },
		{ { { "read", "return from g in f", { "split enters a" }, { "page == 0" } } },
		  two,
		  0,
		  "when",
		  "page is not known at \"return from g in f\"; allowed: return, nth" },
		{ { { "read", "begin", { "split enters a" }, { "argument 1 == 0" } } },
		  two,
		  0,
		  "when",
		  "argument is not known at \"begin\"; allowed: nth" },
		{ { { "read", "entry of f", { "split enters a" }, {} },
		    { "split", "entry of f", { "read enters f" }, {} },
		    { "read", "entry of f", { "split enters b" }, {} } },
		  two,
		  2,
		  "at",
		  "schedule[0] holds the same role at the same point; allowed: each point once, or "
		  "under different conditions" },
		{ { { "read", "entry of f", { "split enters a" }, {} },
		    { "read", "begin", { "split enters b" }, {} } },
		  two,
		  1,
		  "at",
		  "\"begin\" is before schedule[0]; allowed: as the first hold of its role" },
	};
	struct schedule_mistake mistake;
	struct built built;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r;

		build(&built, rows[i].lines);
		r = schedule_check(&built.schedule, rows[i].roles, 2, &mistake);
		CU_ASSERT_EQUAL_FATAL(r, -EINVAL);
		if (strcmp(mistake.why, rows[i].why) != 0)
			printf("\n    row %zu: %s", i, mistake.why);
		CU_ASSERT_STRING_EQUAL(mistake.why, rows[i].why);
		CU_ASSERT_EQUAL(mistake.hold, rows[i].hold);
		CU_ASSERT((!mistake.key && !rows[i].key) ||
			  (mistake.key && rows[i].key && !strcmp(mistake.key, rows[i].key)));
	}
}

/* Holds that wait for each other. */
/* `or` of a hold of the reader. */
static void other_ends(void)
{
	static const struct {
		const char *spare[ITEMS_MAX + 1];
		const struct schedule_role *roles;
		const char *key, *why; /* why: NULL: it is right */
	} rows[] = {
		{ { "split calls b in F", "split calls c in F" }, two, NULL, NULL },
		{ { "read calls g in f" }, many_readers, NULL, NULL },
		{ { "split enters a", "split enters b", "split enters c", "split enters d" },
		  two,
		  NULL,
		  NULL },
		{ { "split enters a", "split enters b", "split enters c", "split enters d",
		    "split enters e" },
		  two,
		  "or",
		  "5 events; allowed: up to 4" },
		{ { "split enters a", "writer enters f" },
		  two,
		  "or",
		  "\"writer\" is unknown; allowed: split, read" },
		{ { "read calls g in f" },
		  two,
		  "or",
		  "\"read calls g in f\" cannot come: read has one thread, and this holds it; "
		  "allowed: what another role does" },
		{ { "split enters b", "split enters b" },
		  two,
		  "or",
		  "\"split enters b\" is listed twice; allowed: each event once" },
		{ { "other enters b" },
		  three,
		  NULL,
		  "3 roles, and 2 processors; allowed: as many roles as processors" },
	};
	static const struct line lines[] = { { "read", "entry of f", { "split enters a" }, {} },
					     { .hold = NULL } };
	struct schedule_mistake mistake;
	struct built built;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r;

		build(&built, lines);
		build_events(rows[i].spare, built.spare, &built.holds[0].spare);
		mistake = (struct schedule_mistake){ .why = "" };
		r = schedule_check(&built.schedule, rows[i].roles, 2, &mistake);
		CU_ASSERT_EQUAL(r, rows[i].why ? -EINVAL : 0);
		CU_ASSERT_STRING_EQUAL(mistake.why, rows[i].why ?: "");
		CU_ASSERT_STRING_EQUAL(mistake.key ?: "", rows[i].key ?: "");
	}
}

static void circles(void)
{
	static const struct {
		struct line lines[HOLDS_MAX + 1];
		size_t hold;
		const char *why;
	} rows[] = {
		{ { { "split", "F calls a", { "read returns from f" }, {} },
		    { "read", "f calls g", { "split returns from F" }, {} } },
		  0,
		  "waits for itself: for \"read returns from f\", behind schedule[1], which waits "
		  "for \"split returns from F\", behind this hold; allowed: no circle" },
		/* All events have to come. */
		{ { { "split", "entry of F", { "read enters g", "read calls g in f" }, {} },
		    { "read", "entry of f", { "split reaches F+0x10" }, {} } },
		  0,
		  "waits for itself: for \"read calls g in f\", behind schedule[1], which waits "
		  "for "
		  "\"split reaches F+0x10\", behind this hold; allowed: no circle" },
		/* The reader has not begun. */
		{ { { "read", "begin", { "split enters b" }, {} },
		    { "split", "F calls a", { "read enters f" }, {} },
		    { "split", "entry of b", { "read enters f" }, {} } },
		  0,
		  "waits for itself: for \"split enters b\", behind schedule[1], which waits for "
		  "\"read enters f\", behind this hold; allowed: no circle" },
		{ { { "split", "return from a in F", { "read returns from g in f" }, {} },
		    { "read", "f calls g", { "split returns from F" }, {} } },
		  0,
		  "waits for itself: for \"read returns from g in f\", behind schedule[1], which "
		  "waits for \"split returns from F\", behind this hold; allowed: no circle" },
		/* Who only waits for a circle is not complained of. */
		{ { { "other", "entry of E", { "split returns from F" }, {} },
		    { "split", "F+0x20", { "read returns from f" }, {} },
		    { "read", "entry of f", { "split returns from F" }, {} } },
		  1,
		  "waits for itself: for \"read returns from f\", behind schedule[2], which waits "
		  "for \"split returns from F\", behind this hold; allowed: no circle" },
		/* A hold whose point is later is where its role comes only later. */
		{ { { "read", "entry of f", { "split enters b" }, {} },
		    { "split", "entry of a", { "read enters g" }, {} },
		    { "split", "entry of b", { "read enters h" }, {} },
		    { "read", "entry of g", { "split enters c" }, {} } },
		  0,
		  "waits for itself: for \"split enters b\", behind schedule[1], which waits for "
		  "\"read enters g\", behind this hold; allowed: no circle" },
	};
	struct schedule_mistake mistake;
	struct built built;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		build(&built, rows[i].lines);
		CU_ASSERT_EQUAL_FATAL(schedule_check(&built.schedule, three, 3, &mistake), -EINVAL);
		if (strcmp(mistake.why, rows[i].why) != 0)
			printf("\n    row %zu: %s", i, mistake.why);
		CU_ASSERT_STRING_EQUAL(mistake.why, rows[i].why);
		CU_ASSERT_EQUAL(mistake.hold, rows[i].hold);
		CU_ASSERT_STRING_EQUAL(mistake.key, "until");
	}
}

/* Steps of a scripted thread, and of who has none. */
static void steps(void)
{
	static const struct schedule_role roles[] = {
		{ "split", "the storm's punches", 1, 0 },
		{ "loader", "a scripted thread", 1, 3 },
		{ .name = "" },
	};
	static const struct {
		struct line line;
		const char *key, *why;
	} rows[] = {
		{ { "loader", "step 2", { "split enters f" }, { NULL } }, NULL, "" },
		{ { "loader", "step 3", { "split enters f" }, { NULL } },
		  "at",
		  "loader has no step 3; allowed: 0 to 2" },
		{ { "split", "entry of f", { "loader ends step 7" }, { NULL } },
		  "until",
		  "loader has no step 7; allowed: 0 to 2" },
		{ { "split", "step 0", { "loader enters f" }, { NULL } },
		  "at",
		  "split has no steps; allowed: steps of a scripted thread" },
	};
	struct schedule_mistake mistake;
	struct built built;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct line lines[] = { rows[i].line, { .hold = NULL } };
		int r;

		mistake = (struct schedule_mistake){ 0 };
		build(&built, lines);
		r = schedule_check(&built.schedule, roles, 2, &mistake);
		CU_ASSERT_EQUAL(r, rows[i].key ? -EINVAL : 0);
		CU_ASSERT_STRING_EQUAL(mistake.why, rows[i].why);
		CU_ASSERT_STRING_EQUAL(mistake.key ?: "", rows[i].key ?: "");
	}
}

static void too_much(void)
{
	static const struct line race[] = { SPLIT_RACE, { .hold = NULL } };
	struct line lines[HOLDS_MAX + 1] = { { .hold = NULL } };
	char points[HOLDS_MAX][24];
	struct schedule_mistake mistake;
	struct built built;

	build(&built, race);
	CU_ASSERT_EQUAL(schedule_check(&built.schedule, two, 1, &mistake), -EINVAL);
	CU_ASSERT_STRING_EQUAL(mistake.why, "2 roles, and 1 processor; allowed: as many roles as "
					    "processors");
	CU_ASSERT_PTR_NULL(mistake.key);
	for (size_t i = 0; i < HOLDS_MAX; i++) {
		snprintf(points[i], sizeof(points[i]), "entry of f%zu", i);
		lines[i] = (struct line){ "split", points[i], { "read enters f" }, { NULL } };
	}
	build(&built, lines);
	CU_ASSERT_EQUAL(schedule_check(&built.schedule, two, 2, &mistake), -EINVAL);
	CU_ASSERT_STRING_EQUAL(mistake.why, "17 holds; allowed: 1 to 16");
	built.schedule.count--;
	CU_ASSERT_EQUAL(schedule_check(&built.schedule, two, 2, &mistake), 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "right ones", right },
		{ "wrong ones", wrong },
		{ "other ends", other_ends },
		{ "holds that wait for each other", circles },
		{ "steps", steps },
		{ "too many", too_much },
		CU_TEST_INFO_NULL,
	};

	return run_suite("checks of schedules", tests);
}
