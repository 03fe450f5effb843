/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schedule of two holds for the thread that adds, followed by the engine in the kernel. The
 * thread that runs the steps releases each by a system call without effect. No kernel with the fix
 * reaches the second place without the lock.
 */
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/schedule/code_mark.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/workloads/stale/holder.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stale_gate {
	struct schedule_engine *engine;
	struct schedule_hold holds[STALE_HOLDS];
	struct schedule_event events[STALE_HOLDS];
	uint64_t expired; /* holds, before the step */
};

const struct stale_holder *const stale_holders[] = {
	&stale_holder_gate,
	&stale_holder_preemption,
	NULL,
};

/* Where the thread is held, and the event that lets it go. Split is any other thread of the
 * process. */
static const struct {
	const char *at, *until;
} texts[STALE_HOLDS] = {
	[STALE_AT_CHARGE] = { "filemap_add_folio|__filemap_add_folio calls __mem_cgroup_charge",
			      "split enters __x64_sys_sched_get_priority_min|"
			      "__arm64_sys_sched_get_priority_min" },
	[STALE_AT_NODES] = { "xas_split_alloc calls kmem_cache_alloc|kmem_cache_alloc_lru|"
			     "kmem_cache_alloc_lru_noprof",
			     "split enters __x64_sys_sched_rr_get_interval|"
			     "__arm64_sys_sched_rr_get_interval" },
};

static struct schedule schedule_of(const struct stale_gate *gate)
{
	static const char adder[][SCHEDULE_ROLE] = { "adder" };

	return (struct schedule){
		.holds = gate->holds, .count = STALE_HOLDS, .threads = adder, .thread_count = 1
	};
}

static int write_schedule(struct stale_gate *gate, uint64_t bound, char *why, size_t size)
{
	int r = 0;

	for (int i = 0; i < STALE_HOLDS && !r; i++) {
		struct schedule_hold *hold = &gate->holds[i];

		snprintf(hold->role, sizeof(hold->role), "adder");
		hold->bound = bound;
		hold->until = (struct schema_list){ .items = &gate->events[i], .count = 1 };
		r = schedule_parse_point(texts[i].at, &hold->at, why, size);
		if (!r)
			r = schedule_parse_event(texts[i].until, &gate->events[i], why, size);
	}
	return r;
}

static bool can(char *text, size_t size)
{
	struct stale_gate gate = { .expired = 0 };
	struct schedule schedule = schedule_of(&gate);

	if (write_schedule(&gate, 0, text, size) || schedule_engine_lacks(&schedule, text, size))
		return false;
	snprintf(text, size, "%s, %s", texts[STALE_AT_CHARGE].at, texts[STALE_AT_NODES].at);
	return true;
}

static int open_gate(struct stale_play *play, char *why, size_t size)
{
	struct stale_gate *gate = calloc(1, sizeof(*gate));
	struct schedule schedule;
	int r;

	play->gate = gate;
	if (!gate) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	schedule = schedule_of(gate);
	r = write_schedule(gate, play->settings->hold, why, size);
	if (!r)
		r = schedule_engine_open(&gate->engine, &schedule, why, size);
	if (!r)
		r = schedule_engine_attach(gate->engine, why, size);
	if (!r) {
		r = schedule_engine_add_process(gate->engine, getpid());
		snprintf(why, size, "naming the workload to its engine: %s", strerror(-r));
	}
	return r;
}

/* Releases held threads: none may be held when the last probe is removed. */
static void close_gate(struct stale_play *play)
{
	struct stale_gate *gate = play->gate;

	if (!gate)
		return;
	for (int i = 0; i < STALE_HOLDS && gate->engine; i++)
		stale_holder_gate.release(play, (enum stale_hold)i);
	schedule_engine_close(gate->engine);
	free(gate);
	play->gate = NULL;
}

static uint64_t count_expired(const struct stale_gate *gate)
{
	const struct schedule_page *page = schedule_engine_page(gate->engine);
	uint64_t count = 0;

	for (int i = 0; i < STALE_HOLDS; i++)
		count += atomic_load(&page->missed[i][SCHEDULE_MISS_EXPIRED]);
	return count;
}

/* Begins a step, which is an iteration with one passage, after the end of the last one. */
static void arm(struct stale_play *play)
{
	struct stale_gate *gate = play->gate;
	int r = schedule_engine_add_thread(gate->engine, 0, atomic_load(&play->adder.tid));

	if (r)
		report(r, "naming a thread to the schedule's engine");
	sched_get_priority_max((int)CODE_MARK_OVER);
	gate->expired = count_expired(gate);
	atomic_store(&schedule_engine_page(gate->engine)->waiting, play->step.number);
	sched_get_priority_max((int)CODE_MARK_OPEN);
}

static bool hold(struct stale_play *play, enum stale_hold hold)
{
	uint64_t end = units_now() + play->workload->scenario->watchdog;

	while (!schedule_engine_holds(play->gate->engine, (unsigned int)hold)) {
		if (stale_reader_answered(&play->adder) || units_now() >= end)
			return false;
		units_sleep(100000);
	}
	return true;
}

static void let_go(struct stale_play *play, enum stale_hold hold)
{
	struct timespec interval;

	(void)play;
	if (hold == STALE_AT_CHARGE)
		sched_get_priority_min(SCHED_OTHER);
	else
		sched_rr_get_interval(0, &interval);
}

static bool expired(struct stale_play *play)
{
	return count_expired(play->gate) > play->gate->expired;
}

const struct stale_holder stale_holder_gate = {
	.name = "gate",
	.help = "a built-in [schedule](schedule.md), followed by BPF, at the two critical "
		"points",
	.knows = true,
	.can = can,
	.open = open_gate,
	.close = close_gate,
	.arm = arm,
	.hold = hold,
	.release = let_go,
	.expired = expired,
};
