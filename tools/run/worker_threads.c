/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/worker_threads.h"
#include "injector/base/extreme.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/threads/outcome_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint64_t PATIENCE = 5000000000; /* ns for a late thread to return */

/* Makes all files again, since their sizes may have changed. */
static int make_anew(void *context)
{
	const struct worker_threads *play = context;
	int r = 0;

	for (size_t i = 0; i < play->target_count && !r; i++) {
		struct target *target = &play->targets[i];
		int fd = play->refill->through_mount ? target->mount_fd : target->backing_fd;

		if (ftruncate(fd, (off_t)target->size))
			return report(-errno, "%s: sizing it", target->name);
		for (size_t n = 0; n < target->region_count && !r; n++)
			r = refill_region(play->refill, &target->regions[n]);
		/* The look at the folio has mapped it. */
		madvise(target->map, target->size, MADV_DONTNEED);
		if (target->beneath)
			madvise(target->beneath, target->size, MADV_DONTNEED);
	}
	return r;
}

static void on_hit(void *context, const struct reader_hit *hit)
{
	const struct worker_threads *play = context;

	play->hit(play->context, hit);
}

static void on_unmet(void *context, const struct thread_outcome *outcome)
{
	const struct worker_threads *play = context;
	struct worker_shared *shared = play->config->shared;
	struct event event = { .type = EVENT_WORKLOAD, .time = outcome->time, .told.hit = true };

	outcome_text(outcome, event.told.json, sizeof(event.told.json));
	extreme_lower(&shared->first_hit, outcome->time);
	atomic_fetch_add(&shared->classes[WRONG_OUTCOME], 1);
	play->send(play->context, &event);
}

/* As workload_stuck(): the thread cannot be waited for, so nothing is removed. */
static void on_stuck(void *context, const struct thread_outcome *outcome)
{
	const struct worker_threads *play = context;
	struct workload_counts *counts = &play->config->shared->workload;

	snprintf(counts->stuck, sizeof(counts->stuck),
		 "iteration %" PRIu64 ": %s has not returned from step %zu (%s) for %.1f s",
		 outcome->iteration, outcome->thread, outcome->step, outcome->what->op->name,
		 (double)outcome->took / 1e9);
	atomic_store(&counts->stuck_until, units_now());
}

static uint64_t passed(const struct worker_threads *play)
{
	const struct schedule_page *page = play->config->schedule;

	return page ? atomic_load(&page->made) + atomic_load(&page->withstood)
		    : atomic_load(&play->config->shared->threads.iterations);
}

static void on_inspect(void *context)
{
	const struct worker_threads *play = context;

	play->look(play->context);
}

static bool is_over(void *context)
{
	const struct worker_threads *play = context;

	return atomic_load(&play->config->shared->stop) || units_now() >= play->end ||
	       passed(play) >= play->config->scenario->expect.made || play->look(play->context);
}

static uint64_t longest(const struct scenario *scenario)
{
	const struct schedule_hold *holds = scenario->schedule.items;
	uint64_t sum = 0;

	for (size_t i = 0; i < scenario->schedule.count; i++)
		sum += holds[i].bound;
	return sum;
}

int worker_threads_play(struct worker_threads *play)
{
	const struct worker_config *config = play->config;
	const struct scenario *scenario = config->scenario;
	struct threads_config threads = {
		.scripts = scenario->threads.items,
		.count = scenario->threads.count,
		.before = scenario->before.items,
		.before_count = scenario->before.count,
		.after = scenario->after.items,
		.after_count = scenario->after.count,
		.targets = play->targets,
		.target_count = play->target_count,
		.mount = config->mount,
		.backing = config->backing,
		.reclaim = config->reclaim,
		.schedule = config->schedule,
		.engine = config->engine,
		.held = scenario_threads_begin(scenario),
		.passage_most = longest(scenario),
		.patience = PATIENCE,
		.counts = config->shared->reader,
		.totals = &config->shared->threads,
		.refill = make_anew,
		.hit = on_hit,
		.unmet = on_unmet,
		.stuck = on_stuck,
		.inspect = on_inspect,
		.over = is_over,
		.context = play,
	};

	scenario_marks(scenario, threads.marks);
	play->end = scenario->duration ? units_now() + scenario->duration : UINT64_MAX;
	config->shared->readers = (unsigned int)threads.count + 1;
	return threads_play(&threads);
}
