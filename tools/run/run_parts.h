/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a run, for the files that make it up: run.c (its order), run_processes.c (layer and
 * worker), run_watch.c (what is seen and heard meanwhile). */
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
	struct schedule_engine *engine; /* in the kernel, or NULL */
	struct inspect_page *inspect;   /* or NULL */
	struct inspect_row *inspect_rows;
	struct worker_shared *shared;
	struct watch watch;
	struct progress progress;
	unsigned int order;              /* of the folios whose splits are counted */
	int signals;                     /* signalfd */
	int events[2];                   /* of the supervisor, of the worker */
	struct line_file event_files[2]; /* in the --out directory, and --events */
	uint64_t event_number, start;
	struct run_pulse {
		uint64_t heartbeat, since;
	} pulse[STORM_READERS_MAX], workload_pulse[WORKLOAD_READERS_MAX];
	uint64_t decided_at; /* when to look again whether it is, CLOCK_MONOTONIC ns */
	uint64_t stopped;    /* when the run was told to stop, CLOCK_MONOTONIC ns; 0: it goes on */
};

/* Keeps the first thing that went wrong; that is the cause. */
void run_went_wrong(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a line to where events go, and frees it. */
void run_write_line(struct run *run, char *line);

/* Watches until worker and workload have ended, or something went wrong; then ends them. */
void run_watch(struct run *run);

/* Shows how it goes, when it is time to. */
void run_show(struct run *run);

/* Takes what layer and worker have told so far; never blocks. */
void run_take_events(struct run *run);

/* Loads the witness and the gate, if the scenario wants them: a run without the witness that was
 * asked for says so and goes on. The layer must be there. */
void run_open_witness(struct run *run);

/* Has the schedule followed, if the scenario has one: by an engine outside of this machine, which
 * is told of it and waited for, or by the one in the kernel. The layer must be there. Returns 0;
 * -EPERM the machine lacks what that takes; other -errno; reported. */
int run_open_schedule(struct run *run);

/* Lets the engine in the kernel begin, if it follows the schedule: once the witness has looked at
 * the code, which probes change. Returns as run_open_schedule(). */
int run_attach_schedule(struct run *run);

/* Keeps what it has come to, and frees its page. */
void run_close_schedule(struct run *run);

/* Makes the pages of the inspector, if the scenario wants it, and names them in the schedule's.
 * Returns 0 or -errno (reported). */
int run_open_inspect(struct run *run);

/* Takes what the kernel's log has since; never blocks. */
void run_read_kernel_log(struct run *run);

/* Tells what the inspector has told since. */
void run_take_inspect(struct run *run);

/* Does so for the last time, keeps the counts, and frees the pages. */
void run_close_inspect(struct run *run);

/* Tells an event of the run's own. */
void run_tell(struct run *run, const struct event *event);

/* Takes what the witness has to tell last, and lets it go. */
void run_close_witness(struct run *run);

/* Makes the socket for what layer and worker have to tell. Returns 0 or -errno (reported). */
int run_open_channel(struct run *run);

/* Whether the scenario has a storm whose operation cannot do without that. */
bool run_storm_needs(const struct scenario *scenario, enum storm_need need);

/* Whether the scenario wants a cgroup for the run's processes. */
bool run_wants_cgroup(const struct scenario *scenario);

/* Makes it, if it does; it goes with the workplace. Returns 0; -EPERM where the machine does not
 * give what it takes; other -errno (reported). */
int run_make_cgroup(struct run *run);

/* Makes swap in zram, if the scenario wants it; it goes with the workplace. Returns as that. */
int run_make_zram(struct run *run);

/* Moves the calling process to the cgroup, if there is one. Returns 0 or -errno (reported). */
int run_enter_cgroup(const struct run *run);

/* Mounts the layer in a child and waits until it serves. Returns 0; -EPERM where the machine lacks
 * something; other -errno (reported). */
int run_start_layer(struct run *run);

/* Starts the worker, where there is anything for it to do, and the workload, where there is one.
 * Returns 0 or -errno (reported). */
int run_start_work(struct run *run);

#endif
