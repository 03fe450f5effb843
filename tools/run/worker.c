/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/worker.h"
#include "injector/base/cleanup.h"
#include "injector/base/extreme.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/run_phase.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/ipc/event.h"
#include "tools/reading/client_work.h"
#include "tools/reading/engine_wait.h"
#include "tools/reading/mapped_copy.h"
#include "tools/run/worker_reader.h"
#include "tools/run/worker_target.h"
#include "tools/run/worker_threads.h"
#include "tools/scenario/scenario_schedule.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct worker {
	const struct worker_config *config;
	const struct scenario *scenario;
	struct worker_shared *shared;
	struct target *targets;
	size_t target_count;
	struct region_queue used, fresh;
	struct storm_stage stage;
	struct storm storm;
	struct refill refill;
	struct reader *readers;
	struct client_work *works;                     /* of each item of the scenario's readers */
	struct client_work clients[STORM_READERS_MAX]; /* of each reader that runs one */
	unsigned int reader_count;                     /* started */
	cpu_set_t storm_cpus;
};

static void send_event(const struct worker *worker, const struct event *event)
{
	/* If the supervisor has ended, so will this process. */
	(void)!send(worker->config->events, event, sizeof(*event), MSG_NOSIGNAL);
}

static void say(const struct worker *worker, const char *text)
{
	struct event event = { .type = EVENT_PHASE, .time = units_now() };

	snprintf(event.text, sizeof(event.text), "%s", text);
	send_event(worker, &event);
}

static void on_failure(void *context, int error)
{
	struct worker *worker = context;
	int none = 0;

	atomic_compare_exchange_strong(&worker->shared->error, &none, error);
}

/* Lets the inspector look at all files. The supervisor gets the violations from the engine. */
static void look_at_files(struct worker *worker)
{
	int r;

	if (!worker->config->inspect || !scenario_inspects_files(worker->scenario))
		return;
	r = inspect_look(worker->config->inspect);
	if (r < 0)
		on_failure(worker, report(r, "inspecting the page cache"));
	else if (r)
		atomic_store(&worker->stage.stop, true);
}

static void on_punch(void *context, const struct storm_report *what)
{
	struct worker *worker = context;
	struct worker_shared *shared = worker->shared;
	uint32_t generation = sequence_generation(region_sequence(what->region));
	int no_error = 0;
	struct event event = {
		.type = EVENT_PUNCH,
		.time = what->began,
		.punch = {
			.number = what->number,
			.file = what->region->target->id,
			.folio = what->region->offset / page_size(),
			.first = what->hole.first,
			.length = what->hole.length,
			.generation = generation,
			.took = what->ended - what->began,
			.gathered = what->gathered,
			.outcome = what->outcome,
			.error = what->error,
		},
	};

	extreme_lower(&shared->first_punch, what->began);
	atomic_fetch_add(&shared->punches, 1);
	atomic_fetch_add(&shared->punches_failed, what->error != 0);
	atomic_fetch_add(&shared->punches_evicted, what->evicted);
	atomic_compare_exchange_strong(&shared->punch_error, &no_error, what->error);
	atomic_fetch_add(&shared->gathered, what->gathered == worker->stage.readers);
	if (what->outcome == STORM_SPLIT && what->region->whole &&
	    passage_note_split(&what->region->passage, generation))
		atomic_fetch_add(&shared->passages, 1);
	send_event(worker, &event);
	look_at_files(worker);
	if (what->number == worker->scenario->storm.punches) {
		atomic_store(&worker->stage.stop, true);
		atomic_store(&shared->stop, true);
	}
}

static void on_hit(void *context, const struct reader_hit *hit)
{
	struct worker *worker = context;
	struct event event = { .type = EVENT_HIT, .time = hit->time, .hit = *hit };

	extreme_lower(&worker->shared->first_hit, hit->time);
	atomic_fetch_add(&worker->shared->punches_hit, hit->first_of_punch);
	atomic_fetch_add(&worker->shared->classes[hit->judgement.class], 1);
	send_event(worker, &event);
}

static void fill(void *buffer, const struct target *target, uint64_t offset, uint64_t length,
		 uint32_t generation)
{
	for (uint64_t at = 0; at < length; at += STAMP_PAGE_SIZE) {
		struct stamp stamp = {
			.file = target->id,
			.generation = generation,
			.page = (offset + at) / page_size(),
		};

		stamp_fill((uint64_t *)((char *)buffer + at), stamp_base(stamp));
	}
}

static int make_targets(struct worker *worker)
{
	size_t count = worker->scenario->files.count, regions = 0;
	int r = 0;

	worker->targets = calloc(count, sizeof(*worker->targets));
	if (!worker->targets)
		return report(-ENOMEM, "%zu files", count);
	for (size_t i = 0; i < count; i++)
		worker->targets[i].mount_fd = worker->targets[i].backing_fd = -1;
	worker->target_count = count;
	for (size_t i = 0; i < count && !r; i++) {
		r = worker_target_make(worker->config, &worker->targets[i], i);
		regions += worker->targets[i].region_count;
	}
	atomic_store(&worker->shared->regions, regions);
	if (!r && (region_queue_init(&worker->used, regions) ||
		   region_queue_init(&worker->fresh, regions)))
		r = report(-ENOMEM, "queues of %zu regions", regions);
	return r;
}

/* Makes the first generation of every region, and queues those that the storm may punch, taking
 * turns between the files. */
static int fill_targets(struct worker *worker)
{
	uint64_t most = 0;
	int r = 0;

	for (size_t i = 0; i < worker->target_count; i++)
		if (worker->targets[i].region_count > most)
			most = worker->targets[i].region_count;
	for (uint64_t n = 0; n < most && !r; n++)
		for (size_t i = 0; i < worker->target_count && !r; i++) {
			struct target *target = &worker->targets[i];

			if (n >= target->region_count || atomic_load(&worker->shared->stop))
				continue;
			r = refill_region(&worker->refill, &target->regions[n]);
			if (!r && worker->scenario->has_storm &&
			    (!target->to_end || n == target->region_count - 1) &&
			    (!target->golden || target->regions[n].zeros >= 0))
				region_queue_put(&worker->fresh, &target->regions[n]);
			atomic_fetch_add(&worker->shared->regions_ready, 1);
		}
	return r;
}

/* Names the files to the inspector. */
static int name_files(const struct worker *worker)
{
	int r = 0;

	for (size_t i = 0; worker->config->inspect && i < worker->target_count && !r; i++)
		r = inspect_name_here(worker->config->inspect, worker->targets[i].id,
				      worker->targets[i].backing_fd);
	return r;
}

/* Returns whether the layer has its own page cache, whose pages a write beneath it would leave
 * stale. */
static bool layer_caches(const struct scenario *scenario)
{
	return scenario->mount.data_path == LAYER_DAEMON;
}

static void on_output(void *context, const char *json, uint64_t punches)
{
	struct worker *worker = context;
	struct event event = { .type = EVENT_WORKLOAD, .time = units_now(), .told.hit = true };

	snprintf(event.told.json, sizeof(event.told.json), "%s", json);
	extreme_lower(&worker->shared->first_hit, event.time);
	atomic_fetch_add(&worker->shared->punches_hit, punches != 0);
	atomic_fetch_add(&worker->shared->classes[WRONG_OUTPUT], 1);
	send_event(worker, &event);
}

/* Runs the readers' programs once, undisturbed, for the expected output. */
static int prepare_clients(struct worker *worker)
{
	const struct scenario_reader *readers = worker->scenario->readers.items;
	size_t count = worker->scenario->readers.count;
	int r = 0;

	worker->works = calloc(count, sizeof(*worker->works));
	if (!worker->works)
		return report(-ENOMEM, "%zu programs", count);
	for (size_t i = 0; i < count && !r; i++) {
		if (!readers[i].ops->program)
			continue;
		say(worker, "running programs undisturbed");
		worker->works[i] = (struct client_work){
			.mount = worker->config->mount,
			.out = worker->config->out,
			.timeout = readers[i].timeout,
			.user = &readers[i].user,
			.stop = &worker->shared->stop,
			.differs = on_output,
			.context = worker,
		};
		r = client_work_prepare(&worker->works[i], readers[i].command, worker->targets,
					worker->target_count);
	}
	return r == -ECANCELED ? 0 : r;
}

static int prepare(struct worker *worker)
{
	const struct scenario *scenario = worker->scenario;
	const struct scenario_file *files = scenario->files.items;
	uint64_t largest = 0;
	int r;

	say(worker, "making the files");
	r = make_targets(worker);
	if (r)
		return r;
	for (size_t i = 0; i < scenario->files.count; i++)
		largest = files[i].folio > largest ? files[i].folio : largest;
	worker->refill = (struct refill){
		.fill = fill,
		.through_mount = layer_caches(scenario),
		.aim = scenario->has_storm ? &scenario->storm.aim : NULL,
		.kernel = worker->config->kernel,
		.seen = &worker->shared->seen,
		.hole_skip = scenario->storm.skip,
		.hole_length = scenario->storm.length,
		.seed = scenario->seed,
		.used = &worker->used,
		.fresh = &worker->fresh,
		.counts = &worker->shared->refill,
		.phase = &worker->shared->phase,
	};
	atomic_store(&worker->shared->refill.lowest_order, INT_MAX);
	r = refill_open(&worker->refill, largest);
	if (!r)
		r = fill_targets(worker);
	if (!r)
		r = name_files(worker);
	return r ? r : prepare_clients(worker);
}

/* Returns whether readers learn for hits. An explicit expectation counts more than the kernel's
 * version. */
static bool expects_hits(const struct scenario *scenario, const struct kernel_version *kernel)
{
	return scenario->expect.verdict == EXPECT_AUTO
		       ? scenario_affects(scenario, kernel) || aim_affected(kernel)
		       : scenario->expect.verdict == EXPECT_HIT;
}

static struct reader make_reader(struct worker *worker, const struct scenario_reader *from,
				 unsigned int number, uint64_t n)
{
	const struct scenario *scenario = worker->scenario;
	bool follows = from->pages.kind != READER_ALL;
	bool has_role = (int)number == scenario_role_reader(scenario);
	int cpu = from->cpu < 0 ? worker_reader_cpu(number) : from->cpu + (int)n;

	return (struct reader){
		.ops = from->ops,
		.number = number,
		.seat = follows ? worker->stage.readers++ : 0,
		.pages = from->pages.kind,
		.range_first = from->pages.first,
		.range_last = from->pages.last,
		.where = from->where,
		.order = from->order,
		.pace_ns = from->pace,
		.wait_ns = from->wait,
		.gated = worker->config->witness && scenario->gate.meet,
		.can_hit = worker_reader_can_hit(scenario, from, cpu, &worker->storm_cpus),
		.cpu = cpu,
		.seed = scenario->seed,
		.shape = aim_shape_for(&scenario->storm.aim, worker->config->kernel),
		.seen = &worker->shared->seen,
		.expects_hits = expects_hits(scenario, worker->config->kernel),
		.targets = worker->targets,
		.target_count = worker->target_count,
		.stage = &worker->stage,
		.counts = &worker->shared->reader[number],
		.witness = worker->config->witness,
		.schedule = has_role ? worker->config->schedule : NULL,
		.engine = worker->config->engine,
		.held = has_role && scenario_holds_reader(scenario),
		.punches_captured = &worker->shared->punches_captured,
		.passages = &worker->shared->passages,
		.hit = on_hit,
		.failed = on_failure,
		.context = worker,
	};
}

/* Gives a reader that runs a program a copy of its group's work. */
static int give_work(struct worker *worker, unsigned int number)
{
	const struct scenario_reader *from = worker->scenario->readers.items;
	struct reader *reader = &worker->readers[number];
	unsigned int first = 0;
	size_t group = 0;

	if (!reader->ops->program)
		return 0;
	while (number >= first + from[group].count)
		first += (unsigned int)from[group++].count;
	reader->work = &worker->clients[number];
	*reader->work = worker->works[group];
	reader->work->pages = calloc(AIM_PAGES_MAX, sizeof(*reader->work->pages));
	return reader->work->pages ? 0 : report(-ENOMEM, "reader %u", number);
}

static int start_readers(struct worker *worker)
{
	const struct scenario_reader *from = worker->scenario->readers.items;
	unsigned int number = 0, wanted = 0;
	int r = 0;

	for (size_t i = 0; i < worker->scenario->readers.count; i++)
		wanted += (unsigned int)from[i].count;
	worker->readers = calloc(wanted, sizeof(*worker->readers));
	if (!worker->readers)
		return report(-ENOMEM, "%u readers", wanted);
	for (size_t i = 0; i < worker->scenario->readers.count; i++)
		for (uint64_t n = 0; n < from[i].count; n++, number++)
			worker->readers[number] = make_reader(worker, &from[i], number, n);
	for (number = 0; number < wanted && !r; number++)
		r = give_work(worker, number);
	worker->shared->readers = number;
	for (; worker->reader_count < number && !r; worker->reader_count += !r)
		r = reader_start(&worker->readers[worker->reader_count]);
	return r;
}

/*
 * Whether the schedule has been followed often enough for a verdict. The output of a program is
 * judged when it ends, so a program that is running by then must end first. ends: how many had
 * ended when the schedule had first been followed often enough; UINT64_MAX: it has not yet.
 */
static bool is_proven(const struct worker *worker, uint64_t *ends)
{
	const struct schedule_page *schedule = worker->config->schedule;
	int role = scenario_role_reader(worker->scenario);
	uint64_t reads;

	if (!schedule)
		return worker->config->inspect && inspect_decides(worker->config->inspect);
	if (schedule_page_passed(schedule) < worker->scenario->expect.made)
		return false;
	if (role < 0 || !worker->readers[role].ops->program)
		return true;
	reads = atomic_load(&worker->shared->reader[role].reads);
	if (*ends == UINT64_MAX)
		*ends = reads;
	return reads > *ends;
}

/* Waits until the time is over, the run is proven, something has failed, or the storm or the
 * supervisor stops it. */
static void wait_for_the_end(struct worker *worker)
{
	struct worker_shared *shared = worker->shared;
	uint64_t end =
		worker->scenario->duration ? units_now() + worker->scenario->duration : UINT64_MAX;
	uint64_t ends = UINT64_MAX;

	while (units_now() < end && !atomic_load(&shared->stop) &&
	       !atomic_load(&worker->stage.stop) && !atomic_load(&shared->error) &&
	       !atomic_load(&worker->refill.error) && !is_proven(worker, &ends)) {
		units_sleep(5000000);
		atomic_store(&shared->punch_began, atomic_load(&worker->storm.began_last));
	}
}

/*
 * Lets storm and refill take turns if the engine of a schedule is outside of the guest. At each
 * stop QEMU drops what it has translated (gdb_vm_state_change(), QEMU 7.2), so a refill beside
 * passages is slow. A copy is not refilled while programs use it, so copies are refilled one by
 * one.
 */
static void let_take_turns(struct worker *worker)
{
	if (!worker->config->schedule || worker->config->engine || !worker->fresh.count)
		return;
	for (size_t i = 0; i < worker->target_count; i++)
		if (worker->targets[i].golden)
			return;
	worker->used.batch = worker->fresh.batch = worker->fresh.count;
}

static int run_storm(struct worker *worker)
{
	const struct scenario *scenario = worker->scenario;
	int r;

	worker->storm = (struct storm){
		.op = scenario->storm.op,
		.through_mount = scenario->storm.through_mount,
		.urgent = worker->config->schedule,
		.gather_ns = worker->config->schedule ? ENGINE_WAIT_GATHER : scenario->storm.gather,
		.settle_ns = scenario->storm.settle,
		.linger_ns = scenario->storm.linger,
		.pause_ns = scenario->storm.pause,
		.used = &worker->used,
		.fresh = &worker->fresh,
		.stage = &worker->stage,
		.stopped = &worker->shared->storm_stopped,
		.phase = &worker->shared->phase,
		.times = &worker->shared->punch_times,
		.began = worker->config->inspect ? &worker->config->inspect->punch_began : NULL,
		.report = on_punch,
		.context = worker,
	};
	let_take_turns(worker);
	r = refill_start(&worker->refill);
	if (r)
		return r;
	r = storm_start(&worker->storm);
	if (!r) {
		wait_for_the_end(worker);
		storm_ask_to_stop(&worker->storm);
		if (worker->config->schedule)
			atomic_store(&worker->config->schedule->over, 1);
		storm_join(&worker->storm);
	}
	atomic_store(&worker->shared->punch_began, 0);
	return refill_stop(&worker->refill) ?: r;
}

/* Waits until the workload is prepared, so that it begins together with the storm. */
static void wait_for_workload(const struct worker *worker)
{
	const struct worker_shared *shared = worker->shared;

	while (worker->scenario->workload.kind && !atomic_load(&shared->stop) &&
	       atomic_load(&shared->workload.state) == WORKLOAD_PREPARING)
		units_sleep(1000000);
}

static bool look(void *context)
{
	struct worker *worker = context;

	look_at_files(worker);
	return atomic_load(&worker->stage.stop);
}

static void send_of(void *context, const struct event *event)
{
	send_event(context, event);
}

static int play_threads(struct worker *worker)
{
	struct worker_threads play = {
		.config = worker->config,
		.targets = worker->targets,
		.target_count = worker->target_count,
		.refill = &worker->refill,
		.send = send_of,
		.hit = on_hit,
		.look = look,
		.context = worker,
	};
	int r = worker_threads_play(&play);

	/* The thread that does not return still uses everything. The supervisor knows of it. */
	if (r == -EDEADLK)
		for (;;)
			pause();
	return r;
}

static int storm_and_read(struct worker *worker)
{
	struct worker_shared *shared = worker->shared;
	int r;

	wait_for_workload(worker);
	say(worker, "storm");
	atomic_store(&shared->began, units_now());
	atomic_store(&shared->state, WORKER_RUNNING);
	run_phase_change(&shared->phase, RUN_PHASE_PREPARING, RUN_PHASE_STORM);
	r = start_readers(worker);
	if (!r && worker->scenario->threads.count)
		r = play_threads(worker);
	else if (!r && worker->scenario->has_storm)
		r = run_storm(worker);
	else if (!r)
		wait_for_the_end(worker);
	atomic_store(&worker->stage.stop, true);
	for (unsigned int i = 0; i < worker->reader_count; i++)
		reader_join(&worker->readers[i]);
	atomic_store(&shared->ended, units_now());
	if (!worker->scenario->has_storm)
		look_at_files(worker);
	return r ? r : atomic_load(&shared->error);
}

static void release(struct worker *worker)
{
	for (size_t i = 0; i < worker->target_count; i++)
		target_release(&worker->targets[i]);
	free(worker->targets);
	free(worker->readers);
	for (size_t i = 0; i < STORM_READERS_MAX; i++)
		free(worker->clients[i].pages);
	for (size_t i = 0; worker->works && i < worker->scenario->readers.count; i++)
		client_work_release(&worker->works[i]);
	free(worker->works);
	refill_close(&worker->refill);
	region_queue_destroy(&worker->used);
	region_queue_destroy(&worker->fresh);
}

int worker_run(const struct worker_config *config)
{
	struct worker worker = {
		.config = config,
		.scenario = config->scenario,
		.shared = config->shared,
		.refill.lookup = FOLIO_LOOKUP_CLOSED,
	};
	int r;

	worker_storm_cpus(config->scenario, &worker.storm_cpus);
	sched_setaffinity(0, sizeof(worker.storm_cpus), &worker.storm_cpus);
	/* Settle times are shorter than the slack that timers have by default. */
	prctl(PR_SET_TIMERSLACK, 1);
	mapped_copy_init();
	run_phase_change(&config->shared->phase, 0, RUN_PHASE_PREPARING);
	r = config->witness ? witness_add_process(config->witness, getpid()) : 0;
	if (!r && config->engine)
		r = schedule_engine_add_process(config->engine, getpid());
	if (r)
		report(r, "naming the worker to the witness, or to the schedule's engine");
	else
		r = prepare(&worker);
	if (!r && !atomic_load(&config->shared->stop))
		r = storm_and_read(&worker);
	release(&worker);
	if (r)
		on_failure(&worker, r);
	atomic_store(&config->shared->state, r ? WORKER_FAILED : WORKER_DONE);
	return r ? 1 : 0;
}
