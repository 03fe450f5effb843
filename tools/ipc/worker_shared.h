/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processes of a run have in common: the memory that supervisor, layer, worker and
 * workload share, and what the supervisor hands to worker and workload.
 */
#ifndef TOOLS_IPC_WORKER_SHARED_H
#define TOOLS_IPC_WORKER_SHARED_H

#include "fusefs/statistics.h"
#include "injector/storm/refill.h"
#include "injector/storm/storm.h"
#include "tools/reading/reader.h"
#include "tools/threads/threads.h"

struct kernel_version;
struct scenario;
struct witness;

enum worker_state {
	WORKER_PREPARING,
	WORKER_RUNNING,
	WORKER_DONE,
	WORKER_FAILED,
};

enum { WORKER_RULES_MAX = 256 };

enum workload_state {
	WORKLOAD_PREPARING, /* or there is none */
	WORKLOAD_RUNNING,
	WORKLOAD_DONE,
	WORKLOAD_FAILED,
};

enum {
	WORKLOAD_READERS_MAX = 64,
	WORKLOAD_FILES_MAX = 1024,
	WORKLOAD_NAME_SIZE = 64,
	WORKLOAD_DETAILS_SIZE = 8192,
};

/* Shared with the supervisor; starts as zeros. */
struct workload_counts {
	_Atomic int state;             /* enum workload_state */
	_Atomic uint64_t began, ended; /* run(), CLOCK_MONOTONIC ns */
	_Atomic uint64_t operations;   /* done, of any sort: what it is about */
	_Atomic uint64_t unexpected;   /* of them did not end as they should have */
	_Atomic uint64_t planned;      /* there are to be; 0: not known */
	_Atomic uint64_t punches, punches_failed, punches_hit;
	_Atomic bool failed; /* failure is there */
	char failure[400];
	unsigned int first_reader;    /* number of reader[0] among all of the run */
	_Atomic unsigned int readers; /* in use */
	struct reader_counts reader[WORKLOAD_READERS_MAX];
	_Atomic unsigned int files; /* named */
	char file[WORKLOAD_FILES_MAX][WORKLOAD_NAME_SIZE];
	_Atomic bool detailed; /* details is there */
	char details[WORKLOAD_DETAILS_SIZE];
	_Atomic bool valued; /* worth is there */
	char worth[400];     /* what a verdict without a hit is worth */
	/* CLOCK_MONOTONIC ns until which the kernel log is to be followed; 0: not stuck. */
	_Atomic uint64_t stuck_until;
	char stuck[400]; /* what it found */
};

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
	_Atomic uint64_t passages;               /* with a split, and an exposure that can hit */
	_Atomic int punch_error;                 /* -errno of the first that failed; 0: none */
	_Atomic uint64_t gathered;               /* punches for which all readers had arrived */
	_Atomic uint64_t first_punch, first_hit; /* CLOCK_MONOTONIC ns; 0: none */
	_Atomic uint64_t punch_began;            /* of the punch under way; 0: none */
	struct punch_times punch_times;
	_Atomic uint64_t classes[WRONG_CLASSES];
	struct refill_counts refill;
	struct layer_statistics layer;
	_Atomic uint64_t rules_fired[WORKER_RULES_MAX]; /* by the layer, when it has ended */
	struct workload_counts workload;
	struct thread_totals threads;
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
	struct schedule_page *schedule; /* or NULL: there is none to follow */
	struct schedule_engine *engine; /* of it, in the kernel, or NULL */
	struct inspect_page *inspect;   /* or NULL */
};

/* Whether workload_stuck() was called. */
bool workload_is_stuck(const struct workload_counts *counts);

/* The sum of a count over its readers. offset: of an _Atomic uint64_t in struct reader_counts. */
uint64_t workload_sum(const struct workload_counts *counts, size_t offset);

/*
 * The name of a file by its number; NULL when it is none of the workload's. scenario_files: how
 * many files the scenario has, whose numbers come first.
 */
const char *workload_file_name(const struct workload_counts *counts, size_t scenario_files,
			       unsigned int number);

#endif
