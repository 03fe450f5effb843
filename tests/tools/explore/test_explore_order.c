/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders of points that are drawn, the holds that bring them about, and which of these are
 * needed. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/explore/explore_order.h"

#include <errno.h>
#include <string.h>

enum { BOUND = 5, MOST = 256 };

static const char list[] = "# points\n"
			   "read enters looks_up   # the reader's may be among the storm's\n"
			   "split enters splits\n"
			   "\n"
			   "\tsplit calls locks in splits\n"
			   "split calls stores in splits\n"
			   "read returns from looks_up in faults\r\n"
			   "split returns from splits";

static struct explore_points parsed(const char *text)
{
	struct explore_points points;
	char why[512] = "";

	CU_ASSERT_EQUAL_FATAL(explore_points_parse(text, &points, why, sizeof(why)), 0);
	return points;
}

static const char *text_of(const struct schedule_event *event)
{
	static char text[320];

	return schedule_event_text(event, text, sizeof(text));
}

static void points_of_a_list(void)
{
	static const char *const wanted[] = {
		"split enters splits",          "split calls locks in splits",
		"split calls stores in splits", "split returns from splits",
		"read enters looks_up",         "read returns from looks_up in faults",
	};
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "", "no point of split" },
		{ "split enters f\n", "no point of read" },
		{ "read enters f\n", "no point of split" },
		{ "split enters f\nread begins\n", "line 2: \"begins\" is not a point" },
		{ "split enters f\n\nwriter enters f\n", "line 3: \"writer\" is not a role" },
		{ "split does f\n", "line 1: " },
		{ "split\n", "line 1: " },
	};
	struct explore_points points = parsed(list);
	char many[1024] = "", why[512];

	CU_ASSERT_EQUAL(points.count, ARRAY_SIZE(wanted));
	CU_ASSERT_EQUAL(points.storm, 4);
	for (size_t i = 0; i < points.count; i++)
		CU_ASSERT_STRING_EQUAL(text_of(&points.events[i]), wanted[i]);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CU_ASSERT_EQUAL(explore_points_parse(wrong[i].text, &points, why, sizeof(why)),
				-EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, wrong[i].why));
	}
	for (int i = 0; i < EXPLORE_POINTS_MAX; i++)
		strcat(many, i ? "split enters f\n" : "read enters g\n");
	CU_ASSERT_EQUAL(explore_points_parse(many, &points, why, sizeof(why)), 0);
	strcat(many, "read enters f\n");
	CU_ASSERT_EQUAL(explore_points_parse(many, &points, why, sizeof(why)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "line 17: allowed: up to 16 points"));
}

static unsigned int turns_of(const struct explore_points *points, explore_order order)
{
	unsigned int turns = 1;

	for (size_t i = 1; i < points->count; i++)
		turns += (order >> i & 1) != (order >> (i - 1) & 1);
	return turns;
}

/* Each role comes to all its points, the storm first, and turns change as often as the depth lets
 * them. */
static void drawn(void)
{
	const struct explore_points points = parsed(list);

	for (unsigned int depth = 1; depth <= EXPLORE_DEPTH_MAX; depth++)
		for (uint64_t draw = 0; draw < 500; draw++) {
			explore_order order = explore_order_draw(&points, depth, 7, draw);

			CU_ASSERT_EQUAL(__builtin_popcount(order), 2);
			CU_ASSERT_EQUAL(order & 1, 0);
			CU_ASSERT_EQUAL(order >> points.count, 0);
			/* The first turn, each change, and whoever is left. */
			CU_ASSERT(turns_of(&points, order) <= depth + 2);
			CU_ASSERT_EQUAL(order, explore_order_draw(&points, depth, 7, draw));
		}
}

/* Of six points there are C(5, 2) orders that begin with the storm; depth and number bound what is
 * drawn. */
static void distinct(void)
{
	const struct explore_points points = parsed(list);
	explore_order orders[MOST], again[MOST], shallow[MOST];
	size_t count = explore_orders(&points, EXPLORE_DEPTH_MAX, 1, orders, MOST);

	CU_ASSERT_EQUAL(count, 10);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(orders[i], orders[k]);
	CU_ASSERT_EQUAL(explore_orders(&points, EXPLORE_DEPTH_MAX, 1, again, 4), 4);
	CU_ASSERT_EQUAL(memcmp(orders, again, 4 * sizeof(orders[0])), 0);
	/* The storm all at once, or after its first step the reader all at once. */
	CU_ASSERT_EQUAL(explore_orders(&points, 1, 1, shallow, MOST), 2);
	explore_orders(&points, EXPLORE_DEPTH_MAX, 2, again, MOST);
	CU_ASSERT_NOT_EQUAL(memcmp(orders, again, count * sizeof(orders[0])), 0);
}

/* "Srr...": S is the storm's turn. */
static explore_order order_of(const char *text)
{
	explore_order order = 0;

	for (size_t i = 0; text[i]; i++)
		order |= (explore_order)(text[i] == 'r') << i;
	return order;
}

struct hold {
	const char *role, *at, *until; /* until: NULL: no event */
};

#define BEGIN(event)                                                                               \
	{                                                                                          \
		"read", "begin", event                                                             \
	}
#define STORE "split calls stores in splits"
#define GOT   "read returns from looks_up in faults"
#define OVER  "split returns from splits"
#define PASSAGE                                                                                    \
	{                                                                                          \
		"split", "entry of splits", NULL                                                   \
	}

static void holds_of_orders(void)
{
	static const struct {
		const char *order;
		uint32_t keep;
		bool series;
		unsigned int holds;
		struct hold wanted[6];
	} rows[] = {
		{ "SSSrrS",
		  ~0U,
		  false,
		  2,
		  { BEGIN(STORE),
		    { "split", "splits calls stores", GOT },
		    { "read", "return from looks_up in faults", OVER } } },
		{ "SSSrrS",
		  ~0U,
		  true,
		  2,
		  { BEGIN(STORE),
		    PASSAGE,
		    { "split", "splits calls stores", GOT },
		    { "read", "return from looks_up in faults", OVER } } },
		{ "SSSrrS",
		  2,
		  false,
		  2,
		  { BEGIN(STORE), { "read", "return from looks_up in faults", OVER } } },
		{ "SSSrrS", 0, true, 2, { BEGIN(STORE), PASSAGE } },
		{ "SSSSrr", ~0U, false, 1, { BEGIN(OVER), { "split", "return of splits", GOT } } },
		/* Passages begin at the first point also where that is held for a reason. */
		{ "SrSSSr",
		  ~0U,
		  true,
		  3,
		  { BEGIN("split enters splits"),
		    { "split", "entry of splits", "read enters looks_up" },
		    { "read", "entry of looks_up", OVER },
		    { "split", "return of splits", GOT } } },
		{ "SrSSSr",
		  6,
		  true,
		  3,
		  { BEGIN("split enters splits"),
		    PASSAGE,
		    { "read", "entry of looks_up", OVER },
		    { "split", "return of splits", GOT } } },
	};
	const struct explore_points points = parsed(list);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct explore_schedule schedule;
		char at[320];
		size_t count = 0;

		CU_ASSERT_EQUAL(explore_order_schedule(&points, order_of(rows[i].order),
						       rows[i].keep, rows[i].series, BOUND,
						       &schedule),
				rows[i].holds);
		while (rows[i].wanted[count].role)
			count++;
		CU_ASSERT_EQUAL_FATAL(schedule.count, count);
		for (size_t k = 0; k < count; k++) {
			const struct schedule_hold *hold = &schedule.holds[k];
			const struct hold *wanted = &rows[i].wanted[k];

			CU_ASSERT_STRING_EQUAL(hold->role, wanted->role);
			CU_ASSERT_STRING_EQUAL(code_point_text(&hold->at, at, sizeof(at)),
					       wanted->at);
			CU_ASSERT_EQUAL(hold->until.count, wanted->until != NULL);
			if (wanted->until)
				CU_ASSERT_STRING_EQUAL(text_of(hold->until.items), wanted->until);
			CU_ASSERT_EQUAL(hold->bound, k ? BOUND : 10 * BOUND);
		}
	}
}

/* What is drawn can be written: the check of scenarios takes all of it. */
static void are_schedules(void)
{
	static const struct schedule_role roles[] = { { "split", "the storm", 1, 0 },
						      { "read", "a reader", 1, 0 },
						      { .name = "" } };
	const struct explore_points points = parsed(list);
	explore_order orders[MOST];
	size_t count = explore_orders(&points, EXPLORE_DEPTH_MAX, 3, orders, MOST);

	CU_ASSERT_EQUAL(count, 10);
	for (size_t i = 0; i < count; i++) {
		struct explore_schedule own;
		struct schedule schedule = { .holds = own.holds };
		struct schedule_mistake mistake;

		explore_order_schedule(&points, orders[i], ~0U, false, BOUND, &own);
		schedule.count = own.count;
		CU_ASSERT_EQUAL(schedule_check(&schedule, roles, 2, &mistake), 0);
	}
}

/* scores[]: of the subsets of three holds, by the bits that are kept. */
static void needed(void)
{
	static const struct {
		struct explore_score scores[8];
		uint32_t needed;
	} rows[] = {
		{ { { 4, 0, 0 } }, 0 },
		/* What hit and was not made came about by luck, or by a hold that expired: its
		 * schedule would never be followed. */
		{ { [1] = { 3, 3, 0 }, [7] = { 3, 3, 0 } }, 0 },
		{ { [1] = { 3, 3, 0 }, [7] = { 3, 3, 3 } }, 7 },
		{ { [1] = { 3, 3, 0 }, [3] = { 3, 2, 2 }, [7] = { 3, 3, 3 } }, 3 },
		/* Nor is it of use where it was made and hit in different passages. */
		{ { [2] = { 4, 2, 1 }, [5] = { 4, 3, 3 } }, 5 },
		/* Half of the passages may be luck. */
		{ { [2] = { 4, 4, 2 }, [5] = { 4, 3, 3 } }, 5 },
		/* The fewest holds, then the better one, then the first. */
		{ { [1] = { 4, 3, 3 }, [2] = { 4, 4, 4 }, [3] = { 4, 4, 4 } }, 2 },
		{ { [1] = { 4, 3, 3 }, [2] = { 4, 3, 3 } }, 1 },
		/* None was made in more than half: the one that was made most. */
		{ { [1] = { 3, 3, 0 }, [3] = { 6, 3, 1 }, [7] = { 6, 6, 2 } }, 7 },
		{ { [3] = { 6, 3, 2 }, [7] = { 6, 6, 2 } }, 7 },
		{ { [3] = { 6, 6, 2 }, [7] = { 6, 6, 2 } }, 3 },
		{ { [4] = { 6, 6, 2 }, [3] = { 6, 6, 2 } }, 4 },
		/* No hold is no schedule. */
		{ { { 4, 4, 4 } }, 0 },
		{ { { 4, 4, 4 }, [6] = { 4, 4, 3 } }, 6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(explore_needed(rows[i].scores, 3), rows[i].needed);
}

static void better(void)
{
	static const struct explore_score forced = { 4, 3, 3 }, hit = { 4, 4, 0 };

	CU_ASSERT(explore_is_better(&forced, &hit));
	CU_ASSERT_FALSE(explore_is_better(&forced, &forced));
	CU_ASSERT(explore_is_better(&(struct explore_score){ 2, 1, 1 },
				    &(struct explore_score){ 3, 1, 1 }));
}

static void best(void)
{
	enum { COUNT = 5 };
	static const struct {
		struct explore_score scores[COUNT];
		size_t best;
	} rows[] = {
		{ { { 3, 0, 0 } }, COUNT },
		{ { [2] = { 3, 1, 0 } }, 2 },
		/* The fewest holds of those that hit, unless another one was made. */
		{ { [1] = { 3, 3, 0 }, [2] = { 3, 3, 0 } }, 2 },
		{ { [1] = { 3, 3, 1 }, [2] = { 3, 3, 0 } }, 1 },
		{ { [1] = { 3, 3, 0 }, [4] = { 3, 3, 0 } }, 1 },
		/* Too many holds. */
		{ { [3] = { 3, 3, 3 } }, COUNT },
	};
	static const unsigned int holds[COUNT] = { 1, 3, 2, EXPLORE_HOLDS_MAX + 1, 3 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(explore_best(rows[i].scores, holds, COUNT), rows[i].best);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "points of a list", points_of_a_list },
		{ "drawn", drawn },
		{ "distinct", distinct },
		{ "holds of orders", holds_of_orders },
		{ "are schedules", are_schedules },
		{ "needed", needed },
		{ "better", better },
		{ "best", best },
		CU_TEST_INFO_NULL,
	};

	return run_suite("orders to explore", tests);
}
