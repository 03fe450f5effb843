/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of passages that nobody follows, and how it is told. */
#include "injector/base/array.h"
#include "injector/schedule/schedule_replay.h"
#include "tests/support/suite.h"
#include "tools/conduct/series.h"

#include <stdlib.h>
#include <string.h>

enum { BOUND = 10, SPLIT = 0, READ = 1 };

/* Points: the reader begins; the split stands; the reader looks up; the reader goes round. */
enum { BEGINS, STANDS, LOOKUP, ROUND };

static struct schedule_event events[] = {
	{ "split", { .kind = POINT_CALL, .function = "splits", .callee = "locks" } },
	{ "read", { .kind = POINT_ENTRY, .function = "looks_up|looks" } },
	{ "read", { .kind = POINT_CALL, .function = "looks", .callee = "loads" } },
};

static const struct schedule_hold holds[] = {
	{ .role = "read",
	  .at = { .kind = POINT_BEGIN },
	  .until = { &events[0], 1 },
	  .bound = BOUND },
	{ .role = "split",
	  .at = { .kind = POINT_CALL, .function = "splits", .callee = "locks" },
	  .until = { &events[1], 1 },
	  .spare = { &events[2], 1 },
	  .bound = BOUND },
};

static struct plan plan = {
	.point_count = 4,
	.hold_count = 2,
	.points = { [BEGINS] = { .role = PLAN_READ, .point = &holds[0].at },
		    [STANDS] = { .role = PLAN_SPLIT, .point = &holds[1].at, .count = 1 },
		    [LOOKUP] = { .role = PLAN_READ, .point = &events[1].at, .count = 1 },
		    [ROUND] = { .role = PLAN_READ, .point = &events[2].at, .count = 1 } },
	.holds = { { .at = BEGINS, .until = { 1, { STANDS } }, .bound = BOUND },
		   { .at = STANDS,
		     .until = { 1, { LOOKUP } },
		     .spare = { 1, { ROUND } },
		     .bound = BOUND } },
};

static const struct schedule schedule = { .holds = holds, .count = 2 };

struct drama {
	struct passage_log log;
	struct passage_state state;
	uint64_t now;
};

static void settle(struct drama *drama)
{
	unsigned int missed = 0;
	enum schedule_miss why = SCHEDULE_MISS_NEVER;
	unsigned int begins;
	enum passage_end end =
		passage_settle(&plan, &drama->state, drama->now, &begins, &missed, &why);

	passage_log_settle(&drama->log, &drama->state, end, missed, why, drama->now);
	if (end != PASSAGE_GOES_ON)
		passage_reset(&plan, &drama->state, 3);
}

/* Somebody comes to a point, a moment later. */
static void come(struct drama *drama, unsigned int point, uint64_t punch)
{
	static const uint64_t arguments[SCHEDULE_ARGUMENTS_MAX];
	const struct arrival arrival = { .point = point,
					 .cpu = point == STANDS ? SPLIT : READ,
					 .page = 7,
					 .arguments = arguments };

	drama->now++;
	if (!drama->state.under_way) {
		passage_begin(&plan, &drama->state, &arrival, 7, 7, drama->now);
		passage_log_begin(&drama->log, &plan, punch);
	} else {
		passage_take(&plan, &drama->state, &arrival, drama->now);
	}
	passage_log_arrive(&drama->log, &drama->state, &arrival, 0x1000 * (point + 1) + 4,
			   drama->now);
	settle(drama);
}

static void make(struct drama *drama, uint64_t punch)
{
	come(drama, STANDS, punch);
	come(drama, LOOKUP, punch);
}

static void expire(struct drama *drama, uint64_t punch)
{
	come(drama, STANDS, punch);
	drama->now += 2 * BOUND;
	settle(drama);
}

static struct drama *begin(void)
{
	struct drama *drama = calloc(1, sizeof(*drama));

	CU_ASSERT_PTR_NOT_NULL_FATAL(drama);
	passage_reset(&plan, &drama->state, 3);
	return drama;
}

struct told {
	struct schedule_step steps[256];
	size_t count;
};

static void take(void *context, const struct schedule_step *step)
{
	struct told *told = context;

	CU_ASSERT_FATAL(told->count < ARRAY_SIZE(told->steps));
	told->steps[told->count++] = *step;
}

static struct told *tell(struct drama *drama)
{
	static struct told told;
	struct kernel_symbols *symbols =
		kernel_symbols_parse(strdup("2000 t splits\n3000 t looks\n4000 t unknown_end\n"));

	told.count = 0;
	passage_log_tell(&drama->log, &schedule, symbols, take, &told);
	kernel_symbols_free(symbols);
	return &told;
}

struct expected {
	enum schedule_deed deed;
	const char *role;
	int cpu, hold;
	int64_t held;
	const char *code, *by;
};

static void compare(const struct told *told, const struct expected *expected, size_t count)
{
	CU_ASSERT_EQUAL(told->count, count);
	for (size_t i = 0; i < count && i < told->count; i++) {
		const struct schedule_step *step = &told->steps[i];

		CU_ASSERT_EQUAL(step->deed, expected[i].deed);
		CU_ASSERT_STRING_EQUAL(step->role, expected[i].role);
		CU_ASSERT_EQUAL(step->cpu, expected[i].cpu);
		CU_ASSERT_EQUAL(step->hold, expected[i].hold);
		CU_ASSERT_EQUAL(step->held, expected[i].held);
		CU_ASSERT_STRING_EQUAL(step->code, expected[i].code);
		CU_ASSERT_STRING_EQUAL(step->by, expected[i].by);
		CU_ASSERT(!i || step->time >= told->steps[i - 1].time);
	}
}

#define STAND    "split calls locks in splits"
#define LOOK     "read enters looks_up|looks"
#define GO_ROUND "read calls loads in looks"
#define BEGINNING                                                                                  \
	{ STEP_REACHED, "read", READ, 0, -1, "", "" },                                             \
		{ STEP_REACHED, "split", SPLIT, 1, -1, "splits+0x4", "" },                         \
	{                                                                                          \
		STEP_RELEASED, "read", READ, 0, 0, "", STAND                                       \
	}
#define NOBODY(deed)                                                                               \
	{                                                                                          \
		deed, "", -1, -1, -1, "", ""                                                       \
	}

static void steps(void)
{
	static const struct expected made[] = {
		BEGINNING,
		{ STEP_CAME, "read", READ, -1, -1, "looks+0x4", "" },
		{ STEP_RELEASED, "split", SPLIT, 1, 1, "", LOOK },
		NOBODY(STEP_MADE),
	};
	/* What lies behind the schedule's functions has no name here. */
	static const struct expected withstood[] = {
		BEGINNING,
		{ STEP_CAME, "read", READ, -1, -1, "", "" },
		{ STEP_CAME, "read", READ, -1, -1, "", "" },
		{ STEP_CAME, "read", READ, -1, -1, "", "" },
		{ STEP_SPARED, "split", SPLIT, 1, 3, "", GO_ROUND },
		NOBODY(STEP_WITHSTOOD),
	};
	struct drama *drama = begin();

	make(drama, 5);
	compare(tell(drama), made, ARRAY_SIZE(made));
	CU_ASSERT_EQUAL(tell(drama)->steps[1].punch, 5);
	CU_ASSERT_EQUAL(tell(drama)->steps[1].page, 7);
	CU_ASSERT_STRING_EQUAL(tell(drama)->steps[0].point, "read begins");
	free(drama);

	drama = begin();
	come(drama, STANDS, 1);
	for (int i = 0; i < SCHEDULE_ROUNDS; i++)
		come(drama, ROUND, 1);
	compare(tell(drama), withstood, ARRAY_SIZE(withstood));
	free(drama);
}

static void missed(void)
{
	static const struct expected expired[] = {
		{ STEP_REACHED, "read", -1, 0, -1, "", "" },
		{ STEP_REACHED, "split", SPLIT, 1, -1, "splits+0x4", "" },
		{ STEP_RELEASED, "read", -1, 0, 0, "", STAND },
		{ STEP_EXPIRED, "split", SPLIT, 1, 2 * BOUND, "", LOOK },
		NOBODY(STEP_MISSED),
	};
	struct drama *drama = begin();

	expire(drama, 1);
	compare(tell(drama), expired, ARRAY_SIZE(expired));
	/* One of each reason is enough. */
	expire(drama, 2);
	compare(tell(drama), expired, ARRAY_SIZE(expired));
	free(drama);
}

/* Passages of which steps are told, by the numbers of their punches. */
static void kept(struct drama *drama, const uint64_t *punches, size_t count)
{
	const struct told *told = tell(drama);
	size_t found = 0;

	for (size_t i = 0; i < told->count; i++) {
		if (told->steps[i].deed < STEP_MADE)
			continue;
		CU_ASSERT(found < count && told->steps[i].punch == punches[found]);
		found++;
	}
	CU_ASSERT_EQUAL(found, count);
}

/* A hit is known a while after its passage; the log stays as large as it is. */
static void which_are_kept(void)
{
	struct drama *drama = begin();

	kept(drama, NULL, 0);
	for (uint64_t punch = 1; punch <= 1000; punch++) {
		if (punch == 300 || punch == 301)
			expire(drama, punch);
		make(drama, punch);
		if (punch == 510)
			passage_log_hit(&drama->log, 500);
	}
	passage_log_hit(&drama->log, 990);
	kept(drama, (const uint64_t[]){ 300, 500, 1000 }, 3);
	free(drama);

	/* Too late, and of a passage that is the last one made anyway. */
	drama = begin();
	for (uint64_t punch = 1; punch <= 2 * PASSAGE_LOG_LAST; punch++)
		make(drama, punch);
	passage_log_hit(&drama->log, 1);
	kept(drama, (const uint64_t[]){ 2 * PASSAGE_LOG_LAST }, 1);
	free(drama);
	drama = begin();
	make(drama, 9);
	passage_log_hit(&drama->log, 9);
	kept(drama, (const uint64_t[]){ 9 }, 1);
	free(drama);
}

/* Of a passage with too many steps the first and the end are told. */
static void many_steps(void)
{
	struct drama *drama = begin();
	const struct told *told;

	come(drama, STANDS, 1);
	/* A passage that does not know the point goes on for ever. */
	for (int i = 0; i < 2 * PASSAGE_LOG_STEPS; i++) {
		const struct arrival arrival = { .point = ROUND, .cpu = READ, .page = -1 };

		passage_log_arrive(&drama->log, &drama->state, &arrival, 0, ++drama->now);
	}
	come(drama, LOOKUP, 1);
	told = tell(drama);
	CU_ASSERT_EQUAL(told->count, PASSAGE_LOG_STEPS);
	CU_ASSERT_EQUAL(told->steps[told->count - 1].deed, STEP_MADE);
	CU_ASSERT_EQUAL(told->steps[told->count - 2].deed, STEP_CAME);
	free(drama);
}

/* Of a series: the watched points that came, each once, and whose passage a hit is of. */
static void series(void)
{
	static const struct schedule schedules[2];
	struct series_passage passages[6] = { { 0 } };
	struct series series = {
		.schedules = schedules, .count = 2, .each = 3, .passages = passages
	};
	struct drama *drama = begin();
	unsigned char order[PLAN_POINTS];

	plan.watched = 4;
	come(drama, STANDS, 1);
	CU_ASSERT(passage_watches(&plan, &drama->state, ROUND));
	CU_ASSERT_FALSE(passage_watches(&plan, &drama->state, STANDS));
	come(drama, ROUND, 1);
	CU_ASSERT(passage_watches(&plan, &drama->state, BEGINS));
	come(drama, ROUND, 1);
	come(drama, LOOKUP, 1);
	CU_ASSERT_EQUAL(passage_log_order(&drama->log, &plan, order), 3);
	CU_ASSERT(order[0] == STANDS && order[1] == ROUND && order[2] == LOOKUP);
	come(drama, STANDS, 2);
	CU_ASSERT_EQUAL(passage_log_order(&drama->log, &plan, order), 1);
	plan.watched = 0;
	CU_ASSERT_FALSE(passage_watches(&plan, &drama->state, BEGINS));
	free(drama);

	for (size_t i = 0; i < ARRAY_SIZE(passages); i++) {
		CU_ASSERT_FALSE(series_is_over(&series));
		CU_ASSERT_EQUAL(series_next(&series), i % 2);
		passages[i].punch = 10 + i;
		series.done++;
	}
	CU_ASSERT(series_is_over(&series));
	series_hit(&series, 12);
	series_hit(&series, 99);
	for (size_t i = 0; i < ARRAY_SIZE(passages); i++)
		CU_ASSERT_EQUAL(passages[i].hit, i == 2);
}

/* The engine in the kernel tells arrivals and ends alone: taken once more, they come to the same
 * steps. */
static void replayed(void)
{
	static const struct holds_record records[] = {
		{ .time = 100,
		  .point = STANDS,
		  .cpu = SPLIT,
		  .ticket = 5,
		  .last = 1000,
		  .page = -1 },
		{ .time = 103, .point = LOOKUP, .cpu = READ, .page = -1 },
		{ .time = 104, .point = HOLDS_NO_POINT },
		{ .time = 200,
		  .point = STANDS,
		  .cpu = SPLIT,
		  .ticket = 6,
		  .last = 1000,
		  .page = -1 },
		{ .time = 201, .point = PLAN_POINTS },
		{ .time = 200 + 3 * BOUND, .point = HOLDS_NO_POINT },
		/* Of a passage whose begin was lost. */
		{ .time = 300, .point = LOOKUP, .cpu = READ, .page = -1 },
	};
	struct schedule_replay *replay = calloc(1, sizeof(*replay));
	struct drama *drama = begin();
	struct told *told, followed;

	CU_ASSERT_PTR_NOT_NULL_FATAL(replay);
	make(drama, 5);
	expire(drama, 6);
	followed = *tell(drama);
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		schedule_replay_take(replay, &plan, &records[i]);
	drama->log = replay->log;
	told = tell(drama);
	CU_ASSERT_EQUAL(told->count, followed.count);
	for (size_t i = 0; i < told->count && i < followed.count; i++) {
		CU_ASSERT_EQUAL(told->steps[i].deed, followed.steps[i].deed);
		CU_ASSERT_EQUAL(told->steps[i].hold, followed.steps[i].hold);
		CU_ASSERT_EQUAL(told->steps[i].punch, followed.steps[i].punch);
		CU_ASSERT_STRING_EQUAL(told->steps[i].role, followed.steps[i].role);
		CU_ASSERT_STRING_EQUAL(told->steps[i].by, followed.steps[i].by);
	}
	CU_ASSERT_EQUAL(told->steps[0].time, 100);
	free(replay);
	free(drama);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "steps", steps },
		{ "missed", missed },
		{ "which are kept", which_are_kept },
		{ "many steps", many_steps },
		{ "series", series },
		{ "replayed", replayed },
		CU_TEST_INFO_NULL,
	};

	return run_suite("steps of passages", tests);
}
