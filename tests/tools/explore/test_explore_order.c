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

	for (size_t i = 0; i < count; i++) {
		struct explore_schedule own;
		struct schedule schedule = { .holds = own.holds };
		struct schedule_mistake mistake;

		explore_order_schedule(&points, orders[i], ~0U, false, BOUND, &own);
		schedule.count = own.count;
		CU_ASSERT_EQUAL(schedule_check(&schedule, roles, 2, &mistake), 0);
	}
}

static void needed(void)
{
	struct explore_score scores[8] = { { 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(scores); i++)
		scores[i].passages = 4;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 0);
	/* Half of the passages may be luck. */
	scores[1].hits = 2;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 0);
	scores[7].hits = 4;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 7);
	scores[5].hits = 3;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 5);
	scores[6].hits = 4;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 6);
	/* What was made is more than what came about by a hold that expired. */
	scores[7].forced = 3;
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 7);
	scores[2] = (struct explore_score){ 4, 3, 3 };
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 2);
	/* No hold is no schedule. */
	scores[0] = (struct explore_score){ 4, 4, 4 };
	CU_ASSERT_EQUAL(explore_needed(scores, 3), 2);
	CU_ASSERT(explore_is_better(&scores[2], &scores[6]));
	CU_ASSERT_FALSE(explore_is_better(&scores[2], &scores[2]));
	CU_ASSERT(explore_is_better(&(struct explore_score){ 2, 1, 1 },
				    &(struct explore_score){ 3, 1, 1 }));
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
		CU_TEST_INFO_NULL,
	};

	return run_suite("orders to explore", tests);
}
