/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/explore/explore.h"

#include <inttypes.h>
#include <string.h>

static json_t *event_json(const struct schedule_event *event)
{
	char text[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16];

	return json_string(schedule_event_text(event, text, sizeof(text)));
}

/* The points in the order in which they must be reached. */
static json_t *order_json(const struct explore_points *points, explore_order order)
{
	size_t next[2] = { 0, points->storm };
	json_t *list = json_array();

	for (size_t step = 0; step < points->count; step++)
		json_array_append_new(list, event_json(&points->events[next[order >> step & 1]++]));
	return list;
}

static json_t *missed_json(const struct explore_tried *tried)
{
	return *tried->missed ? json_string(tried->missed) : json_null();
}

static json_t *tried_json(const struct explore *explore, const struct explore_tried *tried)
{
	return json_pack("{s:o, s:i, s:i, s:i, s:o}", "order",
			 order_json(&explore->points, tried->order), "passages",
			 (int)tried->score.passages, "made", (int)tried->made, "hits",
			 (int)tried->score.hits, "missed", missed_json(tried));
}

static json_t *subset_json(const struct explore_tried *tried)
{
	json_t *holds = json_array();

	for (unsigned int i = 0; i < tried->holds; i++)
		if (tried->keep >> i & 1)
			json_array_append_new(holds, json_integer(i));
	return json_pack("{s:o, s:i, s:i, s:i, s:o}", "holds", holds, "passages",
			 (int)tried->score.passages, "made", (int)tried->made, "hits",
			 (int)tried->score.hits, "missed", missed_json(tried));
}

/* The holds in the kernel of the best order, with the indices used in subsets. */
static json_t *holds_json(const struct explore *explore)
{
	char at[2 * CODE_POINT_NAME + 16], until[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16];
	const struct explore_tried *best = &explore->orders[explore->best];
	struct explore_schedule schedule;
	json_t *list = json_array();

	if (explore->best == explore->order_count)
		return list;
	for (unsigned int i = 0; i < best->holds; i++) {
		size_t last;

		explore_order_schedule(&explore->points, best->order, 1U << i, false, 1, &schedule);
		last = schedule.count - 1;
		json_array_append_new(
			list,
			json_sprintf(
				"%s at %s until %s", schedule.holds[last].role,
				code_point_text(&schedule.holds[last].at, at, sizeof(at)),
				schedule_event_text(&schedule.until[last], until, sizeof(until))));
	}
	return list;
}

json_t *explore_json(const struct explore *explore)
{
	const struct explore_config *config = explore->config;
	json_t *points = json_array(), *orders = json_array(), *subsets = json_array();

	for (size_t i = 0; i < explore->points.count; i++)
		json_array_append_new(points, event_json(&explore->points.events[i]));
	for (size_t i = 0; i < explore->order_count; i++)
		json_array_append_new(orders, tried_json(explore, &explore->orders[i]));
	for (size_t i = 0; i < explore->subset_count; i++)
		json_array_append_new(subsets, subset_json(&explore->subsets[i]));
	return json_pack(
		"{s:s, s:I, s:i, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "kernel",
		config->kernel->name, "seed", (json_int_t)config->seed, "depth", (int)config->depth,
		"points", points, "passages", (json_int_t)explore->passages, "orders_seen",
		(json_int_t)explore->seen, "orders", orders, "best",
		explore->best < explore->order_count ? json_integer((json_int_t)explore->best)
						     : json_null(),
		"holds", holds_json(explore), "subsets", subsets, "cut_short",
		*explore->cut ? json_string(explore->cut) : json_null(), "found",
		*explore->found ? json_string(explore->found) : json_null());
}

static void print_needed(FILE *to, const struct explore *explore)
{
	const struct explore_tried *best = &explore->orders[explore->best];
	const struct explore_tried *needed = &explore->subsets[explore->needed];
	struct explore_schedule schedule;
	char at[2 * CODE_POINT_NAME + 16], until[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 16];

	explore_order_schedule(&explore->points, best->order, explore->needed, false, 1, &schedule);
	fprintf(to, "needed     %d of %u holds in the kernel; of %u passages %u made, %u hit:\n",
		__builtin_popcount(explore->needed), best->holds, needed->score.passages,
		needed->made, needed->score.hits);
	for (size_t i = 0; i < schedule.count; i++)
		fprintf(to, "  %s at %s\n    until %s\n", schedule.holds[i].role,
			code_point_text(&schedule.holds[i].at, at, sizeof(at)),
			schedule_event_text(&schedule.until[i], until, sizeof(until)));
}

void explore_print(FILE *to, const struct explore *explore)
{
	const struct explore_config *config = explore->config;
	size_t hitting = 0, made = 0;

	for (size_t i = 0; i < explore->order_count; i++) {
		hitting += explore->orders[i].score.hits > 0;
		made += explore->orders[i].made;
	}
	fprintf(to,
		"kernel     %s\npoints     %zu of split, %zu of read\n"
		"orders     %zu drawn (depth %u, seed %" PRIu64
		"); %zu passages, %zu made; %zu distinct orders seen\n"
		"hits       %zu orders\n",
		config->kernel->name, explore->points.storm,
		explore->points.count - explore->points.storm, explore->order_count, config->depth,
		config->seed, explore->passages, made, explore->seen, hitting);
	if (*explore->cut)
		fprintf(to, "cut short  a guest ended before it was through: %s\n", explore->cut);
	if (explore->needed)
		print_needed(to, explore);
	else if (explore->best < explore->order_count)
		fputs("needed     not known: no subset of the holds hit in a passage that was "
		      "made\n",
		      to);
	if (*explore->found)
		fprintf(to, "written    %s\n", explore->found);
}
