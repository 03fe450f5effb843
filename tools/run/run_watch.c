/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "injector/storm/aim.h"
#include "tools/run/run_parts.h"
#include "tools/verdict/result.h"

#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/vfs.h>
#include <unistd.h>

static const uint64_t DECIDE_EVERY = 100000000, LOOK_MOST = 1000000000; /* ns */

void run_went_wrong(struct run *run, const char *format, ...)
{
	va_list args;

	if (*run->result->error)
		return;
	va_start(args, format);
	vsnprintf(run->result->error, sizeof(run->result->error), format, args);
	va_end(args);
}

void run_read_kernel_log(struct run *run)
{
	struct run_result *result = run->result;
	struct event event = { .type = EVENT_KERNEL };
	const struct kernel_report *fatal;

	result->kernel_reports.subject.stuck = workload_is_stuck(&run->shared->workload);
	while (!watch_line(&run->watch, event.text, sizeof(event.text))) {
		if (!kernel_reports_line(&result->kernel_reports, event.text))
			continue;
		event.time = units_now();
		run_tell(run, &event);
		if (result->kernel_line_count < RUN_KERNEL_LINES_KEPT)
			memcpy(result->kernel_lines[result->kernel_line_count++], event.text,
			       sizeof(event.text));
	}
	/* A task that died in the kernel keeps its locks, so the others may never end. */
	fatal = kernel_reports_fatal(&result->kernel_reports);
	if (fatal)
		run_went_wrong(run, "the kernel died under the run: %s", fatal->text);
}

/* Returns for how long a reader's heartbeat has not changed, ns. Between two looks a second counts,
 * at most: the machine, or all of the run, may have stood still. */
static uint64_t still_for(struct run_pulse *pulse, const struct reader_counts *counts, uint64_t now)
{
	uint64_t heartbeat = atomic_load(&counts->heartbeat), gap = now - pulse->looked;

	if (heartbeat != pulse->heartbeat || !pulse->looked)
		*pulse = (struct run_pulse){ .heartbeat = heartbeat };
	else
		pulse->still += gap < LOOK_MOST ? gap : LOOK_MOST;
	pulse->looked = now;
	return pulse->still;
}

/* first: number of the first of these readers in the scenario. */
static void look_at_readers(struct run *run, struct run_pulse *pulse,
			    const struct reader_counts *counts, unsigned int count,
			    unsigned int first)
{
	uint64_t now = units_now(), still;

	for (unsigned int i = 0; i < count; i++) {
		still = still_for(&pulse[i], &counts[i], now);
		if (still > run->scenario->watchdog)
			run_went_wrong(run,
				       "reader %u (%s) has not returned from page %" PRIu64
				       " for %" PRIu64 " s",
				       first + i, scenario_reader_name(run->scenario, first + i),
				       atomic_load(&counts[i].last_page), still / 1000000000);
	}
}

/* Looks for readers and punches that do not return. */
static void look_at_pulse(struct run *run)
{
	struct worker_shared *shared = run->shared;
	const struct workload_counts *workload = &shared->workload;
	uint64_t now = units_now();
	uint64_t punch = atomic_load(&shared->punch_began);

	if (punch && now > punch + run->scenario->watchdog)
		run_went_wrong(run, "punch %" PRIu64 " has not returned for %" PRIu64 " s",
			       atomic_load(&shared->punches) + 1, (now - punch) / 1000000000);
	if (!run->worker.ended)
		look_at_readers(run, run->pulse, shared->reader, shared->readers, 0);
	if (!run->workload.ended && atomic_load(&workload->state) == WORKLOAD_RUNNING)
		look_at_readers(run, run->workload_pulse, workload->reader,
				atomic_load(&workload->readers), workload->first_reader);
}

static void take_signals(struct run *run)
{
	struct signalfd_siginfo info;

	if (read(run->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	/* The first signal ends the storm, the second one ends the run without waiting for it. */
	if (run->result->interrupted)
		run_went_wrong(run, "interrupted twice");
	run->result->interrupted = true;
	atomic_store(&run->shared->stop, true);
}

static void look_at_children(struct run *run)
{
	struct workload_counts *workload = &run->shared->workload;

	if (child_ended(&run->layer))
		run_went_wrong(run, "the layer ended during the run (%s)",
			       child_status(&run->layer));
	if (child_ended(&run->workload) && run->workload.status)
		run_went_wrong(run, "the workload (%s) failed: %s",
			       run->scenario->workload.kind->name,
			       atomic_load(&workload->failed) ? workload->failure
							      : child_status(&run->workload));
	if (!child_ended(&run->worker) || !run->worker.status)
		return;
	if (atomic_load(&run->shared->error))
		run_went_wrong(run, "the worker failed: %s (what it did is on standard error)",
			       strerror(-atomic_load(&run->shared->error)));
	else
		run_went_wrong(run, "the worker ended early (%s)", child_status(&run->worker));
}

static bool is_over(const struct child *child)
{
	return !child->pid || child->ended;
}

/* Stops worker and workload when one of them has ended, or the time is over. A storm goes on
 * without its workload. */
static void look_at_end(struct run *run)
{
	const struct workload_counts *workload = &run->shared->workload;
	uint64_t now = units_now(), began = atomic_load(&workload->began);
	bool late = !run->worker.pid && run->scenario->duration && began &&
		    now > began + run->scenario->duration;

	if (late || (run->worker.pid && run->worker.ended) ||
	    (run->workload.ended && !run->scenario->has_storm))
		atomic_store(&run->shared->stop, true);
	if (!run->stopped && atomic_load(&run->shared->stop))
		run->stopped = now;
	if (run->stopped && !is_over(&run->workload) &&
	    now > run->stopped + run->scenario->watchdog)
		run_went_wrong(run, "the workload (%s) has not stopped for %" PRIu64 " s",
			       run->scenario->workload.kind->name,
			       (now - run->stopped) / 1000000000);
}

/* Returns whether the scenario lets the run end with the present verdict. That takes the rates
 * measured under load: whether there was any is known at the end only. */
static bool is_decided(struct run *run)
{
	struct run_result *result = run->result;

	if (run->scenario->until == UNTIL_DURATION || units_now() < run->decided_at)
		return false;
	run->decided_at = units_now() + DECIDE_EVERY;
	if (run->witness)
		witness_counts(run->witness, &result->gate);
	verdict_judge(result);
	return result->verdict == VERDICT_HIT ||
	       (run->scenario->until == UNTIL_PROOF && result->verdict == VERDICT_CLEAN);
}

/* Returns whether the workload is stuck, and the kernel has had the time to report why. */
static bool is_stuck(const struct run *run)
{
	const struct workload_counts *workload = &run->shared->workload;

	return workload_is_stuck(workload) && units_now() >= atomic_load(&workload->stuck_until);
}

static void end_children(struct run *run)
{
	if (!child_wait(&run->worker, 5000) && !child_kill(&run->worker, 5000))
		run_went_wrong(run, "the worker cannot be killed: it is stuck in the kernel");
	if (!child_wait(&run->workload, 5000) && !child_kill(&run->workload, 5000))
		run_went_wrong(run, "the workload cannot be killed: it is stuck in the kernel");
}

/* A process that was killed or is stuck has not written its end. */
static void note_end(_Atomic uint64_t *began, _Atomic uint64_t *ended)
{
	uint64_t none = 0;

	if (atomic_load(began))
		atomic_compare_exchange_strong(ended, &none, units_now());
}

void run_watch(struct run *run)
{
	struct pollfd polled[] = {
		{ .fd = run->events[0], .events = POLLIN },
		{ .fd = run->signals, .events = POLLIN },
		{ .fd = run->witness ? witness_poll_fd(run->witness) : -1, .events = POLLIN },
	};

	while ((!is_over(&run->worker) || !is_over(&run->workload)) && !*run->result->error &&
	       !is_stuck(run)) {
		poll(polled, 3, 50);
		if (polled[1].revents)
			take_signals(run);
		if (run->witness)
			witness_take_events(run->witness, run_take_gate_event, run);
		if (run->engine)
			schedule_engine_poll(run->engine);
		run_take_events(run);
		run_take_inspect(run);
		run_read_kernel_log(run);
		if (!workload_is_stuck(&run->shared->workload)) {
			look_at_children(run);
			look_at_end(run);
			if (atomic_load(&run->shared->state) == WORKER_RUNNING)
				look_at_pulse(run);
			if (is_decided(run))
				atomic_store(&run->shared->stop, true);
		}
		run_show(run);
	}
	atomic_store(&run->shared->stop, true);
	run->result->stuck = workload_is_stuck(&run->shared->workload);
	note_end(&run->shared->began, &run->shared->ended);
	note_end(&run->shared->workload.began, &run->shared->workload.ended);
	if (!run->result->stuck)
		end_children(run);
	/* The last events, and the kernel's messages about them. */
	run_take_events(run);
	run_read_kernel_log(run);
}

static bool on_tmpfs(const struct run *run)
{
	struct statfs fs;

	return !statfs(run->backing.root, &fs) && fs.f_type == TMPFS_MAGIC;
}

static bool runs_programs(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; i++)
		if (readers[i].ops->program)
			return true;
	return false;
}

void run_open_witness(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	struct run_result *result = run->result;
	const struct witness_config config = {
		.split = scenario->gate.split,
		.meet = scenario->gate.meet,
		.reader = scenario->gate.reader,
		.lookup = scenario->gate.lookup,
		.shmem = on_tmpfs(run),
		.marked = runs_programs(scenario),
		.shape = aim_shape_of(&run->result->kernel),
	};

	if (!scenario_wants_witness(scenario))
		return;
	progress_phase(&run->progress, "loading the witness");
	if (witness_open(&run->witness, &config, result->witness_missing,
			 sizeof(result->witness_missing)))
		return;
	result->witnessed = true;
	memcpy(result->hooks, witness_hooks(run->witness), sizeof(result->hooks));
	if (witness_add_process(run->witness, run->layer.pid))
		run_went_wrong(run, "the layer could not be named to the witness");
}

void run_close_witness(struct run *run)
{
	struct run_result *result = run->result;

	if (!run->witness)
		return;
	witness_take_events(run->witness, run_take_gate_event, run);
	witness_counts(run->witness, &result->gate);
	result->missed_known = !witness_missed(run->witness, &result->missed);
	if (result->gate.maps_full)
		run_went_wrong(run,
			       "the witness could not note %ju lookups or splits: too many at once",
			       (uintmax_t)result->gate.maps_full);
	witness_close(run->witness);
	run->witness = NULL;
}
