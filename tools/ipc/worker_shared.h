/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that supervisor, layer, worker and workload of a run share, and the configuration that
 * the supervisor passes to worker and workload.
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
	WORKLOAD_PREPARING, /* or no workload */
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

/* Shared with the supervisor; initially zero. */
struct workload_counts {
	_Atomic int state;             /* enum workload_state */
	_Atomic uint64_t began, ended; /* of run(), CLOCK_MONOTONIC ns */
	_Atomic uint64_t operations;   /* of any kind, done */
	_Atomic uint64_t unexpected;   /* of them, with an unexpected result */
	_Atomic uint64_t planned;      /* operations in all; 0: not known */
	_Atomic uint64_t punches, punches_failed, punches_hit;
	_Atomic bool failed; /* `failure` is set */
	char failure[400];
	unsigned int first_reader;    /* number of reader[0] among all readers of the run */
	_Atomic unsigned int readers; /* in use */
	struct reader_counts reader[WORKLOAD_READERS_MAX];
	_Atomic unsigned int files; /* entries of `file` in use */
	char file[WORKLOAD_FILES_MAX][WORKLOAD_NAME_SIZE];
	_Atomic bool detailed; /* `details` is set */
	char details[WORKLOAD_DETAILS_SIZE];
	_Atomic bool valued; /* `worth` is set */
	char worth[400];     /* how strong a verdict without a hit is */
	/* CLOCK_MONOTONIC ns until which the kernel log is followed; 0: not stuck. */
	_Atomic uint64_t stuck_until;
	char stuck[400]; /* a description of what is stuck */
};

/* Shared by supervisor, layer, worker and workload; initially zero. */
struct worker_shared {
	_Atomic int state;          /* enum worker_state */
	_Atomic bool stop;          /* set by the supervisor */
	_Atomic int phase;          /* set of enum run_phase */
	_Atomic bool storm_stopped; /* paused by the control socket */
	_Atomic int error;          /* -errno of WORKER_FAILED */
	_Atomic uint64_t regions, regions_ready;
	_Atomic uint64_t began; /* of the storm, CLOCK_MONOTONIC ns */
	_Atomic uint64_t ended;
	_Atomic uint64_t punches, punches_failed, punches_hit;
	_Atomic uint64_t punches_evicted;        /* that left no page of their range cached */
	_Atomic uint64_t punches_captured;       /* that gave a reader a folio without its page */
	_Atomic uint64_t passages;               /* with a split, and an exposure that can hit */
	_Atomic int punch_error;                 /* -errno of the first failed punch; 0: none */
	_Atomic uint64_t gathered;               /* punches for which all readers had arrived */
	_Atomic uint64_t first_punch, first_hit; /* CLOCK_MONOTONIC ns; 0: none */
	_Atomic uint64_t punch_began;            /* of the current punch, likewise */
	struct punch_times punch_times;
	struct seen_pages seen; /* written by the supervisor, but for `followed` */
	_Atomic uint64_t classes[WRONG_CLASSES];
	struct refill_counts refill;
	struct layer_statistics layer;
	_Atomic uint64_t rules_fired[WORKER_RULES_MAX]; /* set when the layer ends */
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
	const char *out;         /* directory for kept files, or NULL */
	int events;              /* socket to write struct event to */
	struct witness *witness; /* or NULL */
	int reclaim;             /* memory.reclaim of the run's cgroup, or negative */
	struct worker_shared *shared;
	struct schedule_page *schedule; /* NULL: no schedule */
	struct schedule_engine *engine; /* its engine in this kernel, or NULL */
	struct inspect_page *inspect;   /* or NULL */
};

/* Returns whether workload_stuck() was called. */
bool workload_is_stuck(const struct workload_counts *counts);

/* Returns the sum of a count over its readers. offset: of an _Atomic uint64_t in struct
 * reader_counts. */
uint64_t workload_sum(const struct workload_counts *counts, size_t offset);

/*
 * Returns the name of a file of the workload by its number, or NULL. scenario_files: number of
 * files of the scenario, which are numbered from 1; those of the workload follow.
 */
const char *workload_file_name(const struct workload_counts *counts, size_t scenario_files,
			       unsigned int number);

#endif
