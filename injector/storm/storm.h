/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storm takes fresh regions one after another, lets the readers gather at the next one, punches
 * it, and returns it to the refill.
 *
 * The storm announces a region by incrementing storm_stage.ticket. Each reader that follows the
 * storm maps the pages that it will read, and answers with the ticket. The storm waits for all of
 * them, at most for gather_ns, and settle_ns more. A reader with mapped pages takes no fault, and
 * so no reference that would make folio_ref_freeze() fail, until the split itself unmaps the folio:
 * then it faults while the folio is frozen (6.15 - 7.2, __folio_split()).
 */
#ifndef INJECTOR_STORM_STORM_H
#define INJECTOR_STORM_STORM_H

#include "injector/storm/refill.h"
#include "injector/storm/target.h"

enum { STORM_READERS_MAX = 64 };

/* What a storm operation requires. */
enum storm_need {
	STORM_NEEDS_NOTHING,
	STORM_NEEDS_SPLIT_CONTROL,
	STORM_NEEDS_CGROUP, /* target.reclaim_fd */
};

/* A way to punch a hole into a file, or to take a folio out of the page cache. Each is one function
 * and one row of storm_ops[]. */
struct storm_op {
	const char *name, *help; /* help: for the reference of keys */
	int (*punch)(int fd, const struct target *target, off_t offset,
		     off_t length); /* 0 or -errno */
	bool to_end;                /* only in the last region of a file, to its end */
	bool cuts;                  /* pages of the hole may be missing meanwhile */
	bool keeps;                 /* makes no hole: the bytes stay */
	bool evicts;      /* takes folios out of the page cache unsplit; needs target.beneath */
	bool whole_pages; /* holes begin and end at pages */
	bool beneath;     /* acts beneath the layer, whichever descriptor it gets */
	bool on_disk;     /* does not work on tmpfs */
	bool shares;      /* requires a file system whose files can share blocks */
	enum storm_need needs;
};

/* The file through which the kernel splits folios on request. */
#define STORM_SPLIT_CONTROL "/sys/kernel/debug/split_huge_pages"

/* All operations, ended by a row without a name. */
extern const struct storm_op storm_ops[];

/* The row of that name; NULL if there is none. */
const struct storm_op *storm_op_find(const char *name);

/* The outcome of a punch for its folio, by the kernel's counters. */
enum storm_outcome {
	STORM_UNKNOWN, /* this kernel does not count */
	STORM_SPLIT,
	STORM_NOT_SPLIT, /* another reference prevented it: dropped or zeroed instead */
};

/* The outcome by counters from before and after. They are the whole machine's: a split of the same
 * order by another process at the same time counts, too. */
enum storm_outcome storm_outcome_of(const struct folio_splits *before,
				    const struct folio_splits *after);

/* Where readers and storm meet. Shared by all threads of a run. */
struct storm_stage {
	_Atomic int outcome;                         /* of the last punch, enum storm_outcome */
	_Atomic uint64_t ticket;                     /* of the announced region; 0: none yet */
	_Atomic(struct region *) region;             /* of that ticket */
	_Atomic uint64_t begun, ended;               /* the last punch that has, by its number */
	_Atomic uint64_t arrived[STORM_READERS_MAX]; /* the last ticket each reader answered */
	unsigned int readers; /* that follow the storm; set before the start */
	_Atomic bool stop;
};

/* A punch, for the result. */
struct storm_report {
	uint64_t number; /* of the punch, from 1 */
	struct region *region;
	struct hole hole;
	uint64_t began, ended; /* CLOCK_MONOTONIC, ns */
	enum storm_outcome outcome;
	unsigned int gathered; /* readers that had answered */
	bool evicted;          /* no page of the hole was in the page cache afterwards */
	int error;             /* 0 or -errno of the punch */
};

/* When the last punches began, to assign events to punches by their time, even during a punch.
 * Initially zero; any thread may add, any process may read. */
enum { PUNCH_TIMES = 1024 };

struct punch_times {
	_Atomic uint64_t last;               /* number; 0: none */
	_Atomic uint64_t began[PUNCH_TIMES]; /* CLOCK_MONOTONIC ns, by number modulo PUNCH_TIMES */
};

/* Adds a punch. number: from 1, without gaps, each once; began: CLOCK_MONOTONIC ns. */
void punch_times_add(struct punch_times *times, uint64_t number, uint64_t began);

/* The number of the last punch that began at or before a time, CLOCK_MONOTONIC ns; 0: none, or it
 * is older than the last PUNCH_TIMES. */
uint64_t punch_times_find(const struct punch_times *times, uint64_t time);

struct storm {
	/* Set by the caller. */
	const struct storm_op *op;
	bool through_mount;
	/* run the thread with the lowest real-time priority, so that others do not preempt it */
	bool urgent;
	uint64_t gather_ns; /* longest wait for readers */
	uint64_t settle_ns; /* between their arrival and the punch */
	uint64_t linger_ns; /* between the punch and the refill */
	uint64_t pause_ns;  /* between two punches */
	struct region_queue *used, *fresh;
	struct storm_stage *stage;
	const _Atomic bool *stopped; /* no punches while it is set; NULL: never */
	_Atomic int *phase;          /* enum run_phase ORed, set during each punch; or NULL */
	/* Called after each punch, by the thread, before the refill gets the region. */
	void (*report)(void *context, const struct storm_report *);
	void *context;
	struct punch_times *times;   /* gets each punch; or NULL */
	_Atomic uint64_t *began;     /* set when each punch begins, CLOCK_MONOTONIC ns; or NULL */
	_Atomic uint64_t began_last; /* of the punch in progress, CLOCK_MONOTONIC ns; 0: none */
	/* Private. */
	uint64_t punches;
	pthread_t thread;
};

/* Starts the thread. Returns 0 or -errno (reported). */
int storm_start(struct storm *storm);

/* Sets stage->stop and closes `fresh`; the thread ends after the punch in progress. */
void storm_ask_to_stop(struct storm *storm);

/* Joins the thread. */
void storm_join(struct storm *storm);

#endif
