/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/explore/explore.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/out.h"
#include "tools/conduct/series.h"
#include "tools/explore/explore_text.h"
#include "tools/guest/guest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Bound of a hold in ns, the default of schedules, since the result is a schedule. */
static const uint64_t BOUND = 100000000;

enum { SHRUNK_MAX = 4 }; /* orders to take apart, each in a guest */

static int read_points(struct explore *explore)
{
	const char *path = explore->config->points_path;
	_cleanup_free_ char *text = NULL;
	char why[512];
	_cleanup_close_ int fd = text_file_open(path);
	int r;

	if (fd < 0)
		return report(0, "%s: %s", path, text_file_error(fd)), -EINVAL;
	r = text_file_read(path, &text, NULL);
	if (r)
		return report(r, "%s", path), -EINVAL;
	if (explore_points_parse(text, &explore->points, why, sizeof(why)))
		return report(0, "%s: %s", path, why), -EINVAL;
	return 0;
}

/* Runs a series in a guest. Returns as guest_run() does, and -EIO if no passage began. */
static int run_guest(struct explore *explore, struct series *series)
{
	const struct explore_config *config = explore->config;
	const struct scenario_overrides overrides = scenario_overrides_of_guest(
		&(struct scenario_overrides){ .trust = config->run->overrides.trust });
	struct guest_config guest = { .kernel = config->kernel,
				      .machine = config->machine,
				      .series = series,
				      .progress = config->progress,
				      .plain = config->plain };
	struct scenario scenario;
	json_t *result = NULL;
	const char *reason;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/explore.cfg", config->run->out);
	r = explore_text_series(explore, series->count * series->each, path);
	if (r)
		return r;
	r = scenario_load(&scenario, path, &overrides, &config->kernel->version);
	guest.scenario = &scenario;
	guest.result = &result;
	if (!r)
		r = guest_run(&guest);
	reason = json_string_value(json_object_get(result, "reason"));
	if (!r && !series->done)
		report(0, "no passage began: %s",
		       reason ? reason : "no punch came to the first point"),
			r = -EIO;
	else if (!r && !series_is_over(series))
		snprintf(explore->cut, sizeof(explore->cut), "%s", reason ? reason : "?");
	json_decref(result);
	scenario_release(&scenario);
	return r;
}

static void note_miss(const struct series *series, const struct series_passage *passage,
		      struct explore_tried *tried)
{
	const struct schedule_hold *hold =
		&series->schedules[passage->schedule].holds[passage->missed];
	char at[2 * CODE_POINT_NAME + 16];

	snprintf(tried->missed, sizeof(tried->missed), "%s at %s %s", hold->role,
		 code_point_text(&hold->at, at, sizeof(at)), schedule_miss_names[passage->why]);
}

/* Adds the passages of a series to the entries of their schedules in `tried`. */
static void take(const struct series *series, struct explore_tried *tried)
{
	for (size_t i = 0; i < series->done; i++) {
		const struct series_passage *passage = &series->passages[i];
		struct explore_tried *of = &tried[passage->schedule];

		of->score.passages++;
		of->score.hits += passage->hit;
		of->made += passage->end == PASSAGE_MADE;
		if (passage->end == PASSAGE_MISSED)
			note_miss(series, passage, of);
		of->score.forced += passage->hit && passage->end == PASSAGE_MADE;
	}
}

static bool is_same(const struct series_passage *a, const struct series_passage *b)
{
	return a->count == b->count && !memcmp(a->order, b->order, a->count);
}

static size_t count_distinct(const struct series *series)
{
	size_t count = 0;

	for (size_t i = 0, k; i < series->done; i++) {
		for (k = 0; k < i; k++)
			if (is_same(&series->passages[i], &series->passages[k]))
				break;
		count += k == i;
	}
	return count;
}

/* Runs all entries of `tried`. seen: set to the number of distinct orders that occurred; or
 * NULL. */
static int try_all(struct explore *explore, struct explore_tried *tried, size_t count, size_t *seen)
{
	_cleanup_free_ struct explore_schedule *own = calloc(count, sizeof(*own));
	_cleanup_free_ struct schedule *schedules = calloc(count, sizeof(*schedules));
	_cleanup_free_ struct series_passage *passages =
		calloc(count * explore->config->passages, sizeof(*passages));
	struct series series = { .points = explore->points.events,
				 .point_count = explore->points.count,
				 .schedules = schedules,
				 .count = count,
				 .each = (unsigned int)explore->config->passages,
				 .passages = passages };
	int r;

	if (!own || !schedules || !passages)
		return report(-ENOMEM, "the exploration");
	for (size_t i = 0; i < count; i++) {
		tried[i].holds = explore_order_schedule(&explore->points, tried[i].order,
							tried[i].keep, true, BOUND, &own[i]);
		schedules[i] = (struct schedule){ .holds = own[i].holds, .count = own[i].count };
	}
	r = run_guest(explore, &series);
	take(&series, tried);
	if (seen) {
		*seen = count_distinct(&series);
		explore->passages = series.done;
	}
	return r;
}

static int try_orders(struct explore *explore)
{
	const struct explore_config *config = explore->config;
	explore_order orders[EXPLORE_ORDERS_MAX];

	explore->order_count = explore_orders(&explore->points, config->depth, config->seed, orders,
					      config->orders);
	explore->orders = calloc(explore->order_count, sizeof(*explore->orders));
	if (!explore->orders)
		return report(-ENOMEM, "the exploration");
	for (size_t i = 0; i < explore->order_count; i++)
		explore->orders[i] =
			(struct explore_tried){ .order = orders[i], .keep = UINT32_MAX };
	return try_all(explore, explore->orders, explore->order_count, &explore->seen);
}

/* Includes the passages of the whole order in the first guest. */
static void add_passages(struct explore_tried *to, const struct explore_tried *from)
{
	to->score.passages += from->score.passages;
	to->score.hits += from->score.hits;
	to->score.forced += from->score.forced;
	to->made += from->made;
}

/* Tries all subsets in one guest. Subset 0 has no hold in the kernel, and shows how often luck
 * hits. */
static int try_subsets(struct explore *explore)
{
	const struct explore_tried *best = &explore->orders[explore->best];
	struct explore_score scores[1 << EXPLORE_HOLDS_MAX];
	int r;

	free(explore->subsets);
	explore->subset_count = (size_t)1 << best->holds;
	explore->subsets = calloc(explore->subset_count, sizeof(*explore->subsets));
	if (!explore->subsets)
		return report(-ENOMEM, "the exploration");
	for (uint32_t keep = 0; keep < explore->subset_count; keep++)
		explore->subsets[keep] =
			(struct explore_tried){ .order = best->order, .keep = keep };
	r = try_all(explore, explore->subsets, explore->subset_count, NULL);
	add_passages(&explore->subsets[explore->subset_count - 1], best);
	for (size_t i = 0; i < explore->subset_count; i++)
		scores[i] = explore->subsets[i].score;
	explore->needed = explore_needed(scores, best->holds);
	return r;
}

/* If a hit depended on an expired hold, no subset of the holds may force it; the next best order
 * may. */
static int shrink(struct explore *explore)
{
	struct explore_score scores[EXPLORE_ORDERS_MAX];
	unsigned int holds[EXPLORE_ORDERS_MAX];
	int r = 0;

	for (size_t i = 0; i < explore->order_count; i++) {
		scores[i] = explore->orders[i].score;
		holds[i] = explore->orders[i].holds;
	}
	explore->best = explore_best(scores, holds, explore->order_count);
	for (size_t next = explore->best, tries = 0;
	     next < explore->order_count && tries < SHRUNK_MAX && !explore->needed && !r; tries++) {
		explore->best = next;
		r = try_subsets(explore);
		scores[next] = (struct explore_score){ .passages = 0 };
		next = explore_best(scores, holds, explore->order_count);
	}
	return r;
}

static int write_found(struct explore *explore)
{
	struct explore_schedule schedule;
	int r;

	explore_order_schedule(&explore->points, explore->orders[explore->best].order,
			       explore->needed, false, BOUND, &schedule);
	snprintf(explore->found, sizeof(explore->found), "%s/found.cfg", explore->config->run->out);
	r = explore_text_found(explore, &schedule, explore->found);
	if (r)
		*explore->found = '\0';
	return r;
}

int explore_check(const struct explore_config *config)
{
	struct explore explore = { .config = config };
	int r = read_points(&explore) ?: explore_text_read(config, &explore.text);

	explore_release(&explore);
	return r ?: out_check(config->run->out);
}

int explore_run(struct explore *explore, const struct explore_config *config)
{
	int r;

	*explore = (struct explore){ .config = config };
	r = read_points(explore);
	if (!r)
		r = explore_text_read(config, &explore->text);
	/* Keeps the result of an earlier exploration until this one begins. */
	if (!r)
		r = out_remove(config->run->out, "found.cfg");
	if (!r)
		r = try_orders(explore);
	if (r)
		return r;
	r = shrink(explore);
	return r || !explore->needed ? r : write_found(explore);
}

void explore_release(struct explore *explore)
{
	free(explore->text);
	free(explore->orders);
	free(explore->subsets);
}
