/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the source files of a run: run.c (the order of steps), run_processes.c (layer, worker
 * and workload), run_events.c, run_watch.c (witness, kernel log), run_schedule.c, run_inspect.c,
 * run_memory.c (cgroup and zram), run_show.c (live view). */
#ifndef TOOLS_RUN_RUN_PARTS_H
#define TOOLS_RUN_RUN_PARTS_H

#include "tools/base/child.h"
#include "tools/base/line_file.h"
#include "tools/base/progress.h"
#include "tools/machine/backing.h"
#include "tools/machine/watch.h"
#include "tools/machine/workplace.h"
#include "tools/run/run.h"

struct run {
	const struct scenario *scenario;
	const struct run_options *options;
	struct run_result *result;
	struct workplace workplace;
	struct backing backing;
	char mount[PATH_MAX];
	char cgroup[PATH_MAX]; /* "": none */
	int reclaim;           /* its memory.reclaim, or negative */
	struct child layer, worker, workload;
	struct witness *witness;        /* or NULL */
	struct schedule_page *schedule; /* or NULL */
	struct schedule_engine *engine; /* in this kernel, or NULL */
	struct inspect_page *inspect;   /* or NULL */
	struct inspect_row *inspect_rows;
	struct worker_shared *shared;
	struct watch watch;
	struct progress progress;
	unsigned int order;              /* of the folios whose splits are counted */
	int signals;                     /* signalfd */
	int events[2];                   /* socket pair: supervisor's end, other processes' end */
	struct line_file event_files[2]; /* in the --out directory, and --events */
	uint64_t event_number, start;
	struct run_pulse {
		uint64_t heartbeat, looked, still;
	} pulse[STORM_READERS_MAX], workload_pulse[WORKLOAD_READERS_MAX];
	uint64_t decided_at; /* when to check again whether it is decided, CLOCK_MONOTONIC ns */
	uint64_t stopped;    /* when the run was told to stop, CLOCK_MONOTONIC ns; 0: not yet */
};

/* Sets the error of the run, unless one is set: the first error is the cause. */
void run_went_wrong(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a line to the files of events, and frees it. */
void run_write_line(struct run *run, char *line);

/* Watches until worker and workload have ended or an error is set; then ends them. */
void run_watch(struct run *run);

/* Shows the live view, if an update is due. */
void run_show(struct run *run);

/* Takes the events that the other processes have sent so far, without blocking. */
void run_take_events(struct run *run);

/* Loads the witness and the gate, if the scenario requires them. If that fails, the result says
 * why, and the run goes on without. Call it after run_start_layer(). */
void run_open_witness(struct run *run);

/* Prepares the engine of the schedule, if the scenario has one: tells an engine outside of this
 * machine and waits for it, or loads the one of this kernel. Call it after run_start_layer().
 * Returns 0; -EPERM: the machine lacks a precondition; other -errno; reported. */
int run_open_schedule(struct run *run);

/* Starts the engine in this kernel, if it follows the schedule. Call it after run_open_witness(),
 * which reads the code that the engine's probes change. Returns as run_open_schedule(). */
int run_attach_schedule(struct run *run);

/* Copies the counts of the schedule to the result, and frees its page and engine. */
void run_close_schedule(struct run *run);

/* Makes the pages of the inspector, if the scenario requires it, and stores their address in the
 * schedule's page. Returns 0 or -errno (reported). */
int run_open_inspect(struct run *run);

/* Reads the new lines of the kernel's log, without blocking. */
void run_read_kernel_log(struct run *run);

/* Adds what the witness or the inspector saw to events and result, and tells readers which pages
 * are exposed. context: the struct run. Only the supervisor's thread calls it. */
void run_take_gate_event(void *context, const struct gate_event *gate);

/* Takes the new events and violations of the inspector. */
void run_take_inspect(struct run *run);

/* Does so for the last time, copies the counts to the result, and frees the pages. */
void run_close_inspect(struct run *run);

/* Writes an event to the files of events and adds it to the result. */
void run_tell(struct run *run, const struct event *event);

/* Takes the last events and the counts of the witness, and unloads it. */
void run_close_witness(struct run *run);

/* Makes the socket pair for events. Returns 0 or -errno (reported). */
int run_open_channel(struct run *run);

/* Returns whether the scenario has a storm whose operation requires `need`. */
bool run_storm_needs(const struct scenario *scenario, enum storm_need need);

/* Returns whether the scenario requires a cgroup for the run's processes. */
bool run_wants_cgroup(const struct scenario *scenario);

/* Makes the cgroup, if required; it is removed with the workplace. Returns 0; -EPERM: the machine
 * does not permit it; other -errno; reported. */
int run_make_cgroup(struct run *run);

/* Makes swap in zram, if the scenario requires it; it is removed with the workplace. Returns as
 * run_make_cgroup(). */
int run_make_zram(struct run *run);

/* Moves the calling process to the cgroup, if there is one. Returns 0 or -errno (reported). */
int run_enter_cgroup(const struct run *run);

/* Mounts the layer in a child and waits until it serves. Returns 0; -EPERM: the machine lacks a
 * precondition; other -errno; reported. */
int run_start_layer(struct run *run);

/* Starts the worker, if the scenario has files, and the workload, if it has one. Returns 0 or
 * -errno (reported). */
int run_start_work(struct run *run);

#endif
