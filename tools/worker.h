/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker: the process of a run that makes the files, drives the storm and reads. It is a
 * process of its own so that a kernel that kills or catches it for ever takes nothing down with it:
 * the supervisor watches it through memory they share.
 */
#ifndef TOOLS_WORKER_H
#define TOOLS_WORKER_H

#include "fusefs/statistics.h"
#include "injector/refill.h"
#include "tools/event.h"
#include "tools/scenario.h"
#include "tools/workload.h"

enum worker_state {
	WORKER_PREPARING,
	WORKER_RUNNING,
	WORKER_DONE,
	WORKER_FAILED,
};

enum { WORKER_RULES_MAX = 256 };

/* Shared by supervisor, layer, worker and workload; all of it starts as zeros. */
struct worker_shared {
	_Atomic int state;          /* enum worker_state */
	_Atomic bool stop;          /* set by the supervisor */
	_Atomic int phase;          /* set of enum run_phase */
	_Atomic bool storm_stopped; /* for now; by the control socket */
	_Atomic int error;          /* -errno when failed */
	_Atomic uint64_t regions, regions_ready;
	_Atomic uint64_t began; /* the storm, CLOCK_MONOTONIC ns */
	_Atomic uint64_t ended;
	_Atomic uint64_t punches, punches_failed, punches_hit;
	_Atomic uint64_t punches_evicted; /* that left nothing of what they hit in the page cache */
	_Atomic uint64_t punches_captured;       /* that gave a reader a folio without its page */
	_Atomic int punch_error;                 /* -errno of the first that failed; 0: none */
	_Atomic uint64_t gathered;               /* punches for which all readers had arrived */
	_Atomic uint64_t first_punch, first_hit; /* CLOCK_MONOTONIC ns; 0: none */
	_Atomic uint64_t punch_began;            /* of the punch under way; 0: none */
	_Atomic uint64_t classes[WRONG_CLASSES];
	struct refill_counts refill;
	struct layer_statistics layer;
	_Atomic uint64_t rules_fired[WORKER_RULES_MAX]; /* by the layer, when it has ended */
	struct workload_counts workload;
	unsigned int readers;
	struct reader_counts reader[STORM_READERS_MAX];
};

struct worker_config {
	const struct scenario *scenario;
	const struct kernel_version *kernel;
	const char *mount; /* directories */
	const char *backing;
	const char *out;         /* directory for what is kept, or NULL */
	int events;              /* socket to write struct event to */
	struct witness *witness; /* or NULL */
	int reclaim;             /* memory.reclaim of the run's cgroup, or negative */
	struct worker_shared *shared;
};

/* Runs to the end of the scenario, or until told to stop. Returns the exit code of the process: 0,
 * or 1 (reported). */
int worker_run(const struct worker_config *config);

/* The processors of the storm, the refill and the layer: all but those the readers spread over. For
 * sched_setaffinity(). */
void worker_storm_cpus(const struct scenario *scenario, void *cpu_set);

/* The name of a reader of the run by its number, "procmem"; those of a workload, which come after,
 * have the name of its kind. */
const char *worker_reader_name(const struct scenario *scenario, unsigned int number);

#endif
