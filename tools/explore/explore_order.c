/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/explore/explore_order.h"
#include "injector/base/random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { STORM, READER, ROLES, MISSES = 1000 }; /* MISSES: draws in a row without a new order */

static const char *const role_names[ROLES] = { [STORM] = "split", [READER] = "read" };

static size_t steps_of(const struct explore_points *points, int role)
{
	return role == STORM ? points->storm : points->count - points->storm;
}

static bool is_readers(explore_order order, size_t step)
{
	return order >> step & 1;
}

explore_order explore_order_draw(const struct explore_points *points, unsigned int depth,
				 uint64_t seed, uint64_t draw)
{
	const uint64_t number = draw * (EXPLORE_DEPTH_MAX + 1);
	size_t left[ROLES] = { steps_of(points, STORM), steps_of(points, READER) };
	bool changes[EXPLORE_POINTS_MAX] = { false };
	int first = (int)(random_value(seed, RANDOM_EXPLORE, number) & 1);
	explore_order order = 0;

	for (unsigned int i = 1; i < depth; i++)
		changes[random_value(seed, RANDOM_EXPLORE, number + i) % points->count] = true;
	for (size_t step = 0; step < points->count; step++) {
		int role = step ? first : STORM;

		if (!left[role])
			role = !role;
		order |= (explore_order)(role == READER) << step;
		left[role]--;
		if (changes[step])
			first = !role;
	}
	return order;
}

static bool has(const explore_order *orders, size_t count, explore_order order)
{
	for (size_t i = 0; i < count; i++)
		if (orders[i] == order)
			return true;
	return false;
}

size_t explore_orders(const struct explore_points *points, unsigned int depth, uint64_t seed,
		      explore_order *orders, size_t most)
{
	size_t count = 0;
	unsigned int misses = 0;

	for (uint64_t draw = 0; count < most && misses < MISSES; draw++) {
		explore_order order = explore_order_draw(points, depth, seed, draw);

		if (has(orders, count, order)) {
			misses++;
			continue;
		}
		misses = 0;
		orders[count++] = order;
	}
	return count;
}

/* The point that is reached at a step. */
static const struct schedule_event *point_at(const struct explore_points *points,
					     explore_order order, size_t step)
{
	bool reader = is_readers(order, step);
	size_t before = 0;

	for (size_t i = 0; i < step; i++)
		before += is_readers(order, i) == reader;
	return &points->events[reader ? points->storm + before : before];
}

/* The last step of the turn that contains a step. */
static size_t end_of_turn(const struct explore_points *points, explore_order order, size_t step)
{
	while (step + 1 < points->count && is_readers(order, step + 1) == is_readers(order, step))
		step++;
	return step;
}

/* until: NULL: the hold waits for nothing. */
static void add_hold(struct explore_schedule *to, const char *role, const struct code_point *at,
		     const struct schedule_event *until, uint64_t bound)
{
	struct schedule_hold *hold = &to->holds[to->count];

	memset(hold, 0, sizeof(*hold));
	snprintf(hold->role, sizeof(hold->role), "%s", role);
	hold->at = *at;
	hold->bound = bound;
	if (until) {
		to->until[to->count] = *until;
		hold->until = (struct schema_list){ &to->until[to->count], 1 };
	}
	to->count++;
}

unsigned int explore_order_schedule(const struct explore_points *points, explore_order order,
				    uint32_t keep, bool series, uint64_t bound,
				    struct explore_schedule *to)
{
	static const struct code_point begin = { .kind = POINT_BEGIN };
	size_t step = end_of_turn(points, order, 0);
	unsigned int holds = 0;

	to->count = 0;
	add_hold(to, role_names[READER], &begin, point_at(points, order, step), 10 * bound);
	if (series && (step || !(keep & 1)))
		add_hold(to, role_names[STORM], &points->events[0].at, NULL, bound);
	while (step + 1 < points->count) {
		size_t next = end_of_turn(points, order, step + 1);
		const struct schedule_event *at = point_at(points, order, step);

		if (keep >> holds & 1)
			add_hold(to, at->role, &at->at, point_at(points, order, next), bound);
		holds++;
		step = next;
	}
	return holds;
}

/* Compares a / of_a with b / of_b: negative, 0 or positive. */
static int compare_parts(unsigned int a, unsigned int of_a, unsigned int b, unsigned int of_b)
{
	uint64_t left = (uint64_t)a * (of_b ? of_b : 1), right = (uint64_t)b * (of_a ? of_a : 1);

	return (left > right) - (left < right);
}

bool explore_is_better(const struct explore_score *a, const struct explore_score *b)
{
	int forced = compare_parts(a->forced, a->passages, b->forced, b->passages);

	return forced ? forced > 0 : compare_parts(a->hits, a->passages, b->hits, b->passages) > 0;
}

size_t explore_best(const struct explore_score *scores, const unsigned int *holds, size_t count)
{
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		if (!scores[i].hits || holds[i] > EXPLORE_HOLDS_MAX)
			continue;
		if (best == count || explore_is_better(&scores[i], &scores[best]) ||
		    (!explore_is_better(&scores[best], &scores[i]) && holds[i] < holds[best]))
			best = i;
	}
	return best;
}

static bool is_enough(const struct explore_score *score)
{
	return 2 * score->forced > score->passages;
}

static bool is_preferred(const struct explore_score *scores, uint32_t subset, uint32_t other)
{
	const struct explore_score *a = &scores[subset], *b = &scores[other];
	int more = __builtin_popcount(subset) - __builtin_popcount(other);

	if (is_enough(a) != is_enough(b))
		return is_enough(a);
	if (is_enough(a) && more)
		return more < 0;
	return explore_is_better(a, b) || (!explore_is_better(b, a) && more < 0);
}

uint32_t explore_needed(const struct explore_score *scores, unsigned int holds)
{
	uint32_t needed = 0;

	for (uint32_t subset = 1; subset < 1U << holds; subset++)
		if (scores[subset].forced && (!needed || is_preferred(scores, subset, needed)))
			needed = subset;
	return needed;
}

/* Parses a line. Returns 0, also if it is empty; -EINVAL. */
static int parse_line(const char *line, size_t length, struct explore_points *points,
		      struct schedule_event *reads, size_t *read_count, char *why, size_t size)
{
	struct schedule_event event;
	char text[320];

	while (length && strchr(" \t\r", line[length - 1]))
		length--;
	while (length && strchr(" \t", *line))
		line++, length--;
	if (!length)
		return 0;
	if (points->storm + *read_count == EXPLORE_POINTS_MAX)
		return snprintf(why, size, "allowed: up to %d points", EXPLORE_POINTS_MAX), -EINVAL;
	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	if (schedule_parse_event(text, &event, why, size))
		return -EINVAL;
	if (event.at.kind == POINT_BEGIN)
		return snprintf(why, size,
				"\"begins\" is not a point of the kernel; allowed: such as read "
				"enters filemap_get_entry"),
		       -EINVAL;
	if (!strcmp(event.role, role_names[STORM]))
		points->events[points->storm++] = event;
	else if (!strcmp(event.role, role_names[READER]))
		reads[(*read_count)++] = event;
	else
		return snprintf(why, size, "\"%s\" is not a role; allowed: split, read",
				event.role),
		       -EINVAL;
	return 0;
}

int explore_points_parse(const char *text, struct explore_points *points, char *why, size_t size)
{
	struct schedule_event reads[EXPLORE_POINTS_MAX];
	size_t read_count = 0, number = 1;
	char wrong[400] = "";

	points->storm = 0;
	for (const char *line = text; *line; number++) {
		size_t whole = strcspn(line, "\n");

		if (parse_line(line, strcspn(line, "#\n"), points, reads, &read_count, wrong,
			       sizeof(wrong))) {
			snprintf(why, size, "line %zu: %s", number, wrong);
			return -EINVAL;
		}
		line += whole + (line[whole] == '\n');
	}
	if (!points->storm || !read_count) {
		snprintf(why, size,
			 "no point of %s; allowed: one at least of each role, split and "
			 "read",
			 points->storm ? role_names[READER] : role_names[STORM]);
		return -EINVAL;
	}
	memcpy(&points->events[points->storm], reads, read_count * sizeof(*reads));
	points->count = points->storm + read_count;
	return 0;
}
