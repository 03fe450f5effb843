/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passages of schedules that nobody follows: what comes, step by step, and who may go on. */
#include "injector/base/array.h"
#include "injector/schedule/schedule_passage.h"
#include "tests/support/suite.h"

#include <string.h>

enum { EXPOSED = 40, PAGE = 41, THIS = 0x1000, OTHER = 0x2000, BEGAN = 100, BOUND = 10 };

/* Points of the split race, and the holds there. */
enum { START, FROZEN, LOOKUP, STORE, GOT, ROUND, OVER, POINTS };
enum { AT_START, AT_FROZEN, AT_STORE, AT_GOT, HOLDS };

#define BIT(point) (1U << (point))
#define POINT(who, addresses)                                                                      \
	{                                                                                          \
		.role = PLAN_##who, .count = (addresses)                                           \
	}
#define ONE(point)                                                                                 \
	{                                                                                          \
		.count = 1, .points = { point }                                                    \
	}

#define HOLD(where, ends, otherwise, ...)                                                          \
	{                                                                                          \
		.at = (where), .until = ends, .spare = otherwise, .bound = BOUND, __VA_ARGS__      \
	}
#define NOTHING                                                                                    \
	{                                                                                          \
		0                                                                                  \
	}
#define IF_EXPOSED                                                                                 \
	.conditions = 1,                                                                           \
	.when = { { .subject = SUBJECT_PAGE, .comparison = COMPARE_AT_LEAST, .exposed = true } }

static const struct plan race = {
	.point_count = POINTS,
	.hold_count = HOLDS,
	.points = { [START] = POINT(READ, 0),
		    [FROZEN] = POINT(SPLIT, 1),
		    [LOOKUP] = POINT(READ, 1),
		    [STORE] = POINT(SPLIT, 1),
		    [GOT] = POINT(READ, 1),
		    [ROUND] = POINT(READ, 1),
		    [OVER] = POINT(SPLIT, 1) },
	.holds = { [AT_START] = HOLD(START, ONE(FROZEN), NOTHING),
		   [AT_FROZEN] = HOLD(FROZEN, ONE(LOOKUP), NOTHING),
		   [AT_STORE] = HOLD(STORE, ONE(GOT), ONE(ROUND), IF_EXPOSED),
		   [AT_GOT] = HOLD(GOT, ONE(OVER), NOTHING) },
};

/* Each on its processor. */
enum { SPLIT = 0, READ = 1, ALL = BIT(SPLIT) | BIT(READ) | BIT(2) };

struct step {
	unsigned int point; /* POINTS: nobody comes */
	int64_t page;
	uint64_t mapping, now;
	bool strange; /* it is not one of those that are meant */
	uint64_t held;
	unsigned int watched;
	enum passage_end end;
};

static bool step_on(struct passage_state *state, const struct step *step)
{
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	const struct arrival arrival = {
		.point = step->point,
		.cpu = step->point < POINTS && race.points[step->point].role == PLAN_READ ? READ
											  : SPLIT,
		.mapping = step->mapping,
		.page = step->page,
		.exposed = EXPOSED,
		.arguments = arguments,
	};

	if (step->point == POINTS)
		return true;
	if (state->under_way)
		return passage_take(&race, state, &arrival, step->now) != step->strange;
	return passage_begin(&race, state, &arrival, PAGE, PAGE, step->now);
}

/* steps: ended by one at time 0. Returns how the last one ended. */
static enum passage_end live_through(struct passage_state *state, const struct step *steps,
				     unsigned int *missed, enum schedule_miss *why)
{
	enum passage_end end = PASSAGE_GOES_ON;

	passage_reset(&race, state, ALL);
	CU_ASSERT_EQUAL(passage_first(&race), AT_FROZEN);
	for (const struct step *step = steps; step->now; step++) {
		bool meant = step_on(state, step);
		unsigned int begins;
		unsigned int watched = 0;

		end = passage_settle(&race, state, step->now, &begins, missed, why);
		for (unsigned int i = 0; i < POINTS; i++)
			watched |= passage_watches(&race, state, i) ? BIT(i) : 0;
		/* The reader is let go by the arrival that begins the passage. */
		CU_ASSERT_EQUAL(begins, step == steps ? 1U << PLAN_READ : 0);
		if (!meant || end != step->end || state->held != step->held ||
		    watched != step->watched)
			printf("\n    step %td: meant %d end %d held %#lx watched %#x",
			       step - steps, meant, end, (unsigned long)state->held, watched);
		CU_ASSERT(meant);
		CU_ASSERT_EQUAL(end, step->end);
		CU_ASSERT_EQUAL(state->held, step->held);
		CU_ASSERT_EQUAL(watched, step->watched);
	}
	return end;
}

#define BEGINS                                                                                     \
	{                                                                                          \
		.point = FROZEN, .mapping = THIS, .now = BEGAN, .held = BIT(SPLIT),                \
		.watched = BIT(LOOKUP) | BIT(GOT) | BIT(OVER)                                      \
	}
#define AFTER_LOOKUP (BIT(STORE) | BIT(GOT) | BIT(OVER))
#define LOOKS_UP                                                                                   \
	{                                                                                          \
		.point = LOOKUP, .mapping = THIS, .page = PAGE, .now = 101,                        \
		.watched = AFTER_LOOKUP                                                            \
	}
#define STORES(time)                                                                               \
	{                                                                                          \
		.point = STORE, .mapping = THIS, .page = EXPOSED, .now = (time),                   \
		.held = BIT(SPLIT), .watched = BIT(GOT) | BIT(ROUND) | BIT(OVER)                   \
	}
#define GOES_ROUND(time)                                                                           \
	{                                                                                          \
		.point = ROUND, .mapping = THIS, .page = PAGE, .now = (time), .held = BIT(SPLIT),  \
		.watched = BIT(GOT) | BIT(ROUND) | BIT(OVER)                                       \
	}

static void made(void)
{
	static const struct step rows[][12] = {
		{ BEGINS,
		  LOOKS_UP,
		  /* A part that nobody sees is not held. */
		  { STORE, EXPOSED - 1, THIS, 102, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		  STORES(103),
		  GOES_ROUND(104),
		  GOES_ROUND(105),
		  { GOT, PAGE, THIS, 106, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON },
		  { OVER, 0, THIS, 107, false, 0, 0, PASSAGE_MADE } },
		/* What comes before it is waited for counts. */
		{ BEGINS,
		  { GOT, PAGE, THIS, 101, false, ALL & ~4U, BIT(LOOKUP) | BIT(OVER), 0 },
		  { LOOKUP, PAGE, THIS, 102, false, BIT(READ), BIT(STORE) | BIT(OVER), 0 },
		  { STORE, EXPOSED, THIS, 103, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON },
		  { OVER, 0, THIS, 104, false, 0, 0, PASSAGE_MADE } },
		{ BEGINS,
		  { OVER, 0, THIS, 101, false, BIT(SPLIT), BIT(LOOKUP) | BIT(GOT), 0 },
		  { LOOKUP, PAGE, THIS, 102, false, 0, BIT(STORE) | BIT(GOT), PASSAGE_GOES_ON },
		  { GOT, PAGE, THIS, 103, false, 0, BIT(STORE), PASSAGE_GOES_ON },
		  { STORE, EXPOSED, THIS, 104, false, 0, 0, PASSAGE_MADE } },
		/* A file or a page that is not known may be the right one. */
		{ BEGINS,
		  { LOOKUP, -1, 0, 101, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		  STORES(102),
		  { GOT, -1, THIS, 103, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON },
		  { OVER, -1, 0, 104, false, 0, 0, PASSAGE_MADE } },
		/* Other files, other pages of the reader, and holds whose turn it is not. */
		{ BEGINS,
		  { LOOKUP, PAGE, OTHER, 101, true, BIT(SPLIT), 0x54, PASSAGE_GOES_ON },
		  { LOOKUP, PAGE + 1, THIS, 102, true, BIT(SPLIT), 0x54, PASSAGE_GOES_ON },
		  { STORE, EXPOSED, THIS, 103, false, BIT(SPLIT), 0x54, PASSAGE_GOES_ON },
		  { LOOKUP, PAGE, THIS, 104, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		  { STORE, EXPOSED, OTHER, 105, true, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		  STORES(106),
		  { GOT, PAGE - 1, THIS, 107, true, BIT(SPLIT), 0x70, PASSAGE_GOES_ON },
		  { GOT, PAGE, THIS, 108, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON },
		  { OVER, 0, THIS, 109, false, 0, 0, PASSAGE_MADE } },
	};
	struct passage_state state;
	unsigned int missed;
	enum schedule_miss why;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(live_through(&state, rows[i], &missed, &why), PASSAGE_MADE);
}

/* Three rounds count from when the hold began. */
static void withstood(void)
{
	static const struct step steps[] = {
		BEGINS,
		LOOKS_UP,
		{ ROUND, PAGE, THIS, 102, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		{ ROUND, PAGE, THIS, 102, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		STORES(103),
		GOES_ROUND(104),
		GOES_ROUND(105),
		/* Not by the page of another reader. */
		{ ROUND, PAGE + 1, THIS, 106, true, BIT(SPLIT), 0x70, PASSAGE_GOES_ON },
		{ ROUND, PAGE, THIS, 107, false, 0, BIT(GOT) | BIT(OVER), PASSAGE_GOES_ON },
		{ GOT, PAGE, THIS, 108, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON },
		{ OVER, 0, THIS, 109, false, 0, 0, PASSAGE_WITHSTOOD },
		{ .now = 0 },
	};
	struct passage_state state;
	unsigned int missed;
	enum schedule_miss why;

	CU_ASSERT_EQUAL(live_through(&state, steps, &missed, &why), PASSAGE_WITHSTOOD);
}

/* A hold that ended by `or` makes nothing of a passage that is missed behind it. */
static void missed(void)
{
	static const struct {
		struct step steps[10];
		unsigned int hold;
		enum schedule_miss why;
	} rows[] = {
		{ { BEGINS,
		    { POINTS, 0, 0, BEGAN + BOUND, false, BIT(SPLIT), 0x54, PASSAGE_GOES_ON },
		    { POINTS, 0, 0, BEGAN + BOUND + 1, false, BIT(SPLIT), 0x54, PASSAGE_MISSED } },
		  AT_FROZEN,
		  SCHEDULE_MISS_EXPIRED },
		/* Each has its own bound, */
		{ { BEGINS,
		    LOOKS_UP,
		    STORES(120),
		    { POINTS, 0, 0, 130, false, BIT(SPLIT), 0x70, PASSAGE_GOES_ON },
		    { POINTS, 0, 0, 131, false, BIT(SPLIT), 0x70, PASSAGE_MISSED } },
		  AT_STORE,
		  SCHEDULE_MISS_EXPIRED },
		/* and they wait for who does not come as long as all of these together. */
		{ { BEGINS,
		    LOOKS_UP,
		    { POINTS, 0, 0, BEGAN + 4 * BOUND, false, 0, AFTER_LOOKUP, PASSAGE_GOES_ON },
		    { POINTS, 0, 0, BEGAN + 4 * BOUND + 1, false, 0, AFTER_LOOKUP,
		      PASSAGE_MISSED } },
		  AT_STORE,
		  SCHEDULE_MISS_NEVER },
		{ { BEGINS,
		    LOOKS_UP,
		    STORES(103),
		    GOES_ROUND(104),
		    GOES_ROUND(105),
		    { ROUND, PAGE, THIS, 106, false, 0, BIT(GOT) | BIT(OVER), PASSAGE_GOES_ON },
		    { POINTS, 0, 0, 141, false, 0, BIT(GOT) | BIT(OVER), PASSAGE_MISSED } },
		  AT_GOT,
		  SCHEDULE_MISS_NEVER },
	};
	struct passage_state state;
	unsigned int hold;
	enum schedule_miss why;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(live_through(&state, rows[i].steps, &hold, &why), PASSAGE_MISSED);
		CU_ASSERT_EQUAL(hold, rows[i].hold);
		CU_ASSERT_EQUAL(why, rows[i].why);
	}
}

/* What is looked at next: the bound of who stands, or the end of waiting for who does not come. */
static void patience(void)
{
	static const struct {
		struct step steps[8];
		uint64_t now, ns;
	} rows[] = {
		{ { BEGINS }, BEGAN + 3, BOUND - 3 },
		{ { BEGINS }, BEGAN + BOUND, 1 },
		{ { BEGINS }, BEGAN + BOUND + 7, 1 },
		{ { BEGINS, LOOKS_UP }, BEGAN + 5, 4 * BOUND - 5 },
		{ { BEGINS, LOOKS_UP, STORES(120) }, 121, 9 },
		{ { BEGINS, LOOKS_UP, STORES(138) }, 139, 1 },
		/* When all have come, there is nobody to wait for. */
		{ { BEGINS,
		    LOOKS_UP,
		    STORES(136),
		    { GOT, PAGE, THIS, 138, false, BIT(READ), BIT(OVER), PASSAGE_GOES_ON } },
		  139,
		  9 },
	};
	struct passage_state state;
	unsigned int hold;
	enum schedule_miss why;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		live_through(&state, rows[i].steps, &hold, &why);
		CU_ASSERT_EQUAL(passage_patience(&race, &state, rows[i].now), rows[i].ns);
	}
}

static void conditions(void)
{
#define WHEN(what, number, how, ...)                                                               \
	{                                                                                          \
		SUBJECT_##what, number, COMPARE_##how, __VA_ARGS__                                 \
	}
	static const struct {
		struct schedule_condition when[SCHEDULE_CONDITIONS_MAX];
		size_t count;
		bool met;
	} rows[] = {
		{ { { 0 } }, 0, true },
		{ { WHEN(PAGE, 0, EQUAL, false, PAGE) }, 1, true },
		{ { WHEN(PAGE, 0, LESS, true, 0) }, 1, false },
		{ { WHEN(PAGE, 0, MORE, true, 0) }, 1, true },
		{ { WHEN(ARGUMENT, 1, EQUAL, false, 11) }, 1, true },
		{ { WHEN(ARGUMENT, 6, EQUAL, false, 16) }, 1, true },
		{ { WHEN(ARGUMENT, 2, NOT_EQUAL, false, 12) }, 1, false },
		{ { WHEN(ARGUMENT, 3, AT_LEAST, true, 0) }, 1, false },
		{ { WHEN(RETURN, 0, EQUAL, false, -11) }, 1, true },
		{ { WHEN(RETURN, 0, AT_LEAST, false, 0) }, 1, false },
		{ { WHEN(NTH, 0, EQUAL, false, 1) }, 1, true },
		{ { WHEN(NTH, 0, MORE, false, 1) }, 1, false },
		{ { WHEN(NTH, 0, EQUAL, false, 1), WHEN(PAGE, 0, AT_MOST, false, PAGE),
		    WHEN(RETURN, 0, LESS, false, 0), WHEN(ARGUMENT, 1, MORE, false, 10) },
		  4,
		  true },
		{ { WHEN(NTH, 0, EQUAL, false, 1), WHEN(PAGE, 0, AT_MOST, false, PAGE),
		    WHEN(RETURN, 0, LESS, false, 0), WHEN(ARGUMENT, 1, MORE, false, 11) },
		  4,
		  false },
	};
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX] = { 11, 12, 13, 14, 15, 16 };
	const struct arrival arrival = {
		.point = 0, .page = PAGE, .exposed = EXPOSED, .result = -11, .arguments = arguments
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan plan = { .point_count = 1,
				     .hold_count = 1,
				     .points = { POINT(SPLIT, 1) },
				     .holds = { { .conditions = (unsigned int)rows[i].count } } };
		struct passage_state state;

		memcpy(plan.holds[0].when, rows[i].when, sizeof(rows[i].when));
		passage_reset(&plan, &state, ALL);
		if (passage_begin(&plan, &state, &arrival, PAGE, PAGE, BEGAN) != rows[i].met)
			printf("\n    row %zu", i);
		CU_ASSERT_EQUAL(state.under_way, rows[i].met);
	}
}

/* Two holds that stand in each other's way, and one at the second time of its point. */
enum { FIRST, SECOND, NEVER };

#define AT_SECOND_TIME                                                                             \
	.conditions = 1,                                                                           \
	.when = { { .subject = SUBJECT_NTH, .comparison = COMPARE_EQUAL, .value = 2 } }

static struct arrival at(unsigned int point, unsigned int cpu)
{
	return (struct arrival){ .point = point, .cpu = cpu, .mapping = THIS, .page = -1 };
}

/* No time passes in a guest of which no processor runs: there is nothing to wait for. */
static void nobody_runs(void)
{
	static const struct plan plan = {
		.point_count = 3,
		.hold_count = 2,
		.points = { POINT(SPLIT, 1), POINT(READ, 1), POINT(SPLIT, 1) },
		.holds = { HOLD(FIRST, ONE(NEVER), NOTHING), HOLD(SECOND, ONE(NEVER), NOTHING) },
	};
	static const struct {
		uint64_t cpus;
		enum passage_end end;
	} rows[] = {
		{ BIT(0) | BIT(1), PASSAGE_MISSED },
		{ BIT(0) | BIT(1) | BIT(2), PASSAGE_GOES_ON },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct arrival split = at(FIRST, 0), read = at(SECOND, 1);
		struct passage_state state;
		unsigned int hold;
		enum schedule_miss why;
		unsigned int begins;

		passage_reset(&plan, &state, rows[i].cpus);
		CU_ASSERT(passage_begin(&plan, &state, &split, PAGE, PAGE, BEGAN));
		CU_ASSERT_EQUAL(passage_settle(&plan, &state, BEGAN, &begins, &hold, &why),
				PASSAGE_GOES_ON);
		CU_ASSERT(passage_take(&plan, &state, &read, BEGAN));
		CU_ASSERT_EQUAL(passage_settle(&plan, &state, BEGAN, &begins, &hold, &why),
				rows[i].end);
		if (rows[i].end == PASSAGE_MISSED)
			CU_ASSERT(hold == 0 && why == SCHEDULE_MISS_EXPIRED);
	}
}

/* Also while its turn has not come. */
static void counts_times(void)
{
	static const struct plan plan = {
		.point_count = 4,
		.hold_count = 3,
		.points = { POINT(READ, 1), POINT(SPLIT, 1), POINT(SPLIT, 1), POINT(READ, 1) },
		.holds = { HOLD(0, ONE(3), NOTHING), HOLD(1, ONE(0), NOTHING),
			   HOLD(2, ONE(3), NOTHING, AT_SECOND_TIME) },
	};
	static const struct {
		unsigned int point;
		uint64_t held;
	} rows[] = { { 2, BIT(READ) }, { 1, BIT(READ) }, { 2, ALL & ~4U } };
	const struct arrival first = at(0, READ);
	struct passage_state state;
	unsigned int hold;
	enum schedule_miss why;
	unsigned int begins;

	passage_reset(&plan, &state, ALL);
	CU_ASSERT(passage_watches(&plan, &state, 0));
	CU_ASSERT_FALSE(passage_watches(&plan, &state, 2));
	CU_ASSERT(passage_begin(&plan, &state, &first, PAGE, PAGE, BEGAN));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct arrival arrival = at(rows[i].point, SPLIT);

		CU_ASSERT(passage_watches(&plan, &state, rows[i].point));
		CU_ASSERT(passage_take(&plan, &state, &arrival, BEGAN));
		CU_ASSERT_EQUAL(passage_settle(&plan, &state, BEGAN, &begins, &hold, &why),
				PASSAGE_GOES_ON);
		CU_ASSERT_EQUAL(state.held, rows[i].held);
	}
}

/* A program may take any page of a range, and has taken one when it is held. */
static void one_of_many_pages(void)
{
	static const struct plan plan = {
		.point_count = 3,
		.hold_count = 2,
		.points = { POINT(SPLIT, 1), POINT(READ, 1), POINT(SPLIT, 1) },
		.holds = { HOLD(0, ONE(1), NOTHING), HOLD(1, ONE(2), NOTHING) },
	};
	static const struct {
		int64_t page;
		bool meant;
	} rows[] = { { PAGE - 1, false }, { PAGE + 4, false }, { -1, true },
		     { PAGE + 2, true },  { PAGE + 1, false }, { PAGE + 2, true } };
	struct arrival split = at(0, SPLIT), read = at(1, READ);
	struct passage_state state;

	passage_reset(&plan, &state, ALL);
	split.page = 0;
	CU_ASSERT(passage_begin(&plan, &state, &split, PAGE, PAGE + 3, BEGAN));
	/* Who stands at no hold has not chosen. */
	state.holds[1].state = HOLD_ENDED;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		state.holds[1].state = i < 3 ? HOLD_ENDED : HOLD_AWAY;
		read.page = rows[i].page;
		CU_ASSERT_EQUAL(passage_take(&plan, &state, &read, BEGAN), rows[i].meant);
	}
}

/* What comes between passages belongs to none. */
static void between_passages(void)
{
	const struct arrival arrival = at(LOOKUP, READ);
	struct passage_state state;
	unsigned int hold;
	enum schedule_miss why;
	unsigned int begins = 1;

	passage_reset(&race, &state, ALL);
	for (unsigned int i = 0; i < POINTS; i++)
		CU_ASSERT_EQUAL(passage_watches(&race, &state, i), i == FROZEN);
	CU_ASSERT_FALSE(passage_take(&race, &state, &arrival, BEGAN));
	CU_ASSERT_EQUAL(passage_settle(&race, &state, BEGAN, &begins, &hold, &why),
			PASSAGE_GOES_ON);
	CU_ASSERT_FALSE(begins);
	CU_ASSERT_EQUAL(state.times[LOOKUP], 0);
}

/* Two scripted threads: one is held until the other one has done a step, or has ended without the
 * point that it is then held at. */
enum { S_AT, S_STEP, S_DEEP, S_DONE, S_OVER, S_OPEN, S_POINTS };

static const struct plan script = {
	.point_count = S_POINTS,
	.hold_count = 2,
	.once = true,
	.has_marks = true,
	.opens = S_OPEN,
	.over = S_OVER,
	.points = { [S_AT] = POINT(THREAD, 1),
		    [S_STEP] = { .role = PLAN_THREAD + 1, .count = 1, .mark = 1 },
		    [S_DEEP] = { .role = PLAN_THREAD + 1, .count = 1 },
		    [S_DONE] = { .role = PLAN_THREAD + 1, .count = 1, .mark = 2 },
		    [S_OVER] = { .role = PLAN_SPLIT, .count = 1, .mark = 3 },
		    [S_OPEN] = { .role = PLAN_SPLIT, .count = 1, .mark = 4 } },
	.holds = { HOLD(S_AT, ONE(S_STEP), ONE(S_DONE)), HOLD(S_DEEP, ONE(S_AT), NOTHING) },
};

static enum passage_end play_script(const unsigned int *points, size_t count, unsigned int *missed,
				    enum schedule_miss *why)
{
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	struct passage_state state;
	enum passage_end end = PASSAGE_GOES_ON;

	passage_reset(&script, &state, ALL);
	/* Files are made with the same code: nothing is looked at before the iteration. */
	CU_ASSERT_FALSE(passage_watches(&script, &state, S_AT));
	CU_ASSERT(passage_watches(&script, &state, S_OPEN));
	CU_ASSERT(passage_mark(&script, &state, S_OPEN));
	CU_ASSERT(passage_watches(&script, &state, S_AT));
	for (size_t i = 0; i < count && end == PASSAGE_GOES_ON; i++) {
		const struct arrival arrival = {
			.point = points[i], .cpu = i ? 1 : 0, .page = -1, .arguments = arguments
		};
		unsigned int begins;

		CU_ASSERT(i ? passage_take(&script, &state, &arrival, BEGAN)
			    : passage_begin(&script, &state, &arrival, 0, INT64_MAX, BEGAN));
		CU_ASSERT(end != PASSAGE_GOES_ON || passage_watches(&script, &state, S_OVER));
		end = passage_settle(&script, &state, BEGAN, &begins, missed, why);
	}
	return end;
}

/* A thread that is held in user space stops no processor. The engine in the kernel counts real
 * time, whoever is held. */
static void in_the_kernel(void)
{
	enum { K_READ, K_SPLIT, K_THREAD, K_OVER, K_POINTS };
	static const struct plan plan = {
		.point_count = K_POINTS,
		.hold_count = 2,
		.points = { [K_READ] = POINT(READ, 0),
			    [K_SPLIT] = POINT(SPLIT, 1),
			    [K_THREAD] = POINT(THREAD, 1),
			    [K_OVER] = POINT(SPLIT, 1) },
		.holds = { HOLD(K_READ, ONE(K_OVER), NOTHING),
			   HOLD(K_SPLIT, ONE(K_THREAD), NOTHING) },
	};
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	static const enum passage_end ends[] = { PASSAGE_GOES_ON, PASSAGE_GOES_ON, PASSAGE_MADE };
	struct passage_state state;

	passage_reset(&plan, &state, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct arrival arrival = {
			.point = K_SPLIT + i, .cpu = i % 2, .page = -1, .arguments = arguments
		};
		unsigned int begins, missed;
		enum schedule_miss why;

		CU_ASSERT(i ? passage_take(&plan, &state, &arrival, BEGAN)
			    : passage_begin(&plan, &state, &arrival, 0, INT64_MAX, BEGAN));
		CU_ASSERT_EQUAL(passage_settle(&plan, &state, BEGAN, &begins, &missed, &why),
				ends[i]);
	}
}

/* A thread that begins only once another is at a point has given up waiting, and does its step
 * before: nothing has forced that, so it releases nobody. */
static void gives_up_waiting(void)
{
	enum { BEGIN, ENTER, SPLITS, PUT, DONE, COUNT };
	static const struct plan plan = {
		.point_count = COUNT,
		.hold_count = 3,
		.once = true,
		.points = { [BEGIN] = { .role = PLAN_THREAD + 2 },
			    [ENTER] = POINT(THREAD, 1),
			    [SPLITS] = { .role = PLAN_THREAD + 1, .count = 1 },
			    [PUT] = { .role = PLAN_THREAD + 1, .count = 1 },
			    [DONE] = { .role = PLAN_THREAD + 2, .count = 1 } },
		.holds = { HOLD(ENTER, ONE(SPLITS), NOTHING), HOLD(BEGIN, ONE(PUT), NOTHING),
			   HOLD(PUT, ONE(DONE), NOTHING) },
	};
	static const unsigned int waits[] = { ENTER, SPLITS, PUT, DONE },
				  gives_up[] = { ENTER, DONE, SPLITS, PUT };
	static const struct {
		const unsigned int *order;
		enum passage_end end;
	} rows[] = { { waits, PASSAGE_MADE }, { gives_up, PASSAGE_MISSED } };
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];

	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		enum passage_end end = PASSAGE_GOES_ON;
		struct passage_state state;
		unsigned int begins, missed;
		enum schedule_miss why;

		passage_reset(&plan, &state, 0);
		for (unsigned int i = 0; i < 4; i++) {
			const unsigned int point = rows[row].order[i];
			const struct arrival arrival = { .point = point,
							 .cpu = plan.points[point].role,
							 .page = -1,
							 .arguments = arguments };

			if (i)
				passage_take(&plan, &state, &arrival, BEGAN + i);
			else
				passage_begin(&plan, &state, &arrival, 0, INT64_MAX, BEGAN);
			end = passage_settle(&plan, &state, BEGAN + i, &begins, &missed, &why);
		}
		if (end == PASSAGE_GOES_ON)
			end = passage_settle(&plan, &state, UINT64_MAX / 2, &begins, &missed, &why);
		CU_ASSERT_EQUAL(end, rows[row].end);
	}
}

static void scripts(void)
{
	static const unsigned int made[] = { S_AT, S_STEP, S_DEEP },
				  spared[] = { S_AT, S_DONE, S_OVER }, over[] = { S_AT, S_OVER },
				  short_of[] = { S_AT, S_STEP, S_OVER };
	unsigned int missed = 0;
	enum schedule_miss why = SCHEDULE_MISSES;

	CU_ASSERT_EQUAL(play_script(made, ARRAY_SIZE(made), &missed, &why), PASSAGE_MADE);
	/* A step comes once, so once is enough; what would have been behind does not count then. */
	CU_ASSERT_EQUAL(play_script(spared, ARRAY_SIZE(spared), &missed, &why), PASSAGE_WITHSTOOD);
	/* Nobody comes any more: no bound is waited for. */
	CU_ASSERT_EQUAL(play_script(over, ARRAY_SIZE(over), &missed, &why), PASSAGE_MISSED);
	CU_ASSERT_EQUAL(missed, 0);
	CU_ASSERT_EQUAL(why, SCHEDULE_MISS_EXPIRED);
	CU_ASSERT_EQUAL(play_script(short_of, ARRAY_SIZE(short_of), &missed, &why), PASSAGE_MISSED);
	CU_ASSERT_EQUAL(missed, 1);
	CU_ASSERT_EQUAL(why, SCHEDULE_MISS_NEVER);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "made", made },
		{ "withstood", withstood },
		{ "missed", missed },
		{ "patience", patience },
		{ "conditions", conditions },
		{ "nobody runs", nobody_runs },
		{ "in the kernel", in_the_kernel },
		{ "counts times", counts_times },
		{ "between passages", between_passages },
		{ "one of many pages", one_of_many_pages },
		{ "scripts", scripts },
		{ "gives up waiting", gives_up_waiting },
		CU_TEST_INFO_NULL,
	};

	return run_suite("passages of schedules", tests);
}
