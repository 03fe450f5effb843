/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storm: takes fresh regions one after another, lets the readers gather at the one it is about
 * to hit, punches it, and gives it back to be refilled.
 *
 * The meeting with the readers: the storm announces a region (storm_stage.ticket goes up), each
 * reader that follows the storm maps the pages it will read and answers with the ticket; the storm
 * waits for all of them, but never long, and then `settle` more. Readers that have the pages mapped
 * take no fault, and so no reference that would make folio_ref_freeze() fail, until the split
 * itself unmaps the folio: then they fault while it is frozen (6.15 - 7.2, __folio_split()).
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

/* A way to take a hole out of a file, or a folio out of the page cache. A row of storm_ops[];
 * adding one is one function and one row. */
struct storm_op {
	const char *name, *help; /* help: for the reference of keys */
	int (*punch)(int fd, const struct target *target, off_t offset,
		     off_t length); /* 0 or -errno */
	bool to_end;                /* only the last region of a file, to its end */
	bool cuts;                  /* pages of the hole may be missing meanwhile */
	bool keeps;                 /* does something to the folio and leaves its bytes alone */
	bool evicts;      /* takes folios out of the page cache as they are, unsplit; needs
			     target.beneath */
	bool whole_pages; /* holes begin and end at pages */
	bool beneath;     /* acts beneath the layer, whichever file it is given */
	bool on_disk;     /* cannot be had on a tmpfs */
	bool shares;      /* takes a file system whose files can share blocks */
	enum storm_need needs;
};

/* Where the kernel takes orders to split folios. */
#define STORM_SPLIT_CONTROL "/sys/kernel/debug/split_huge_pages"

/* All of them, ended by a row without a name. */
extern const struct storm_op storm_ops[];

/* The row of that name; NULL when there is none. */
const struct storm_op *storm_op_find(const char *name);

/* What the kernel's counters say became of the folio that was punched. */
enum storm_outcome {
	STORM_UNKNOWN, /* this kernel does not count */
	STORM_SPLIT,
	STORM_NOT_SPLIT, /* somebody held a reference: dropped or zeroed instead */
};

/* What became of a folio, by counters from before and after. They are the whole machine's: a split
 * of the same orders by another process at the same time is counted, too. */
enum storm_outcome storm_outcome_of(const struct folio_splits *before,
				    const struct folio_splits *after);

/* Where readers and storm meet. Shared by all threads of a run. */
struct storm_stage {
	_Atomic int outcome;                         /* of the last punch, enum storm_outcome */
	_Atomic uint64_t ticket;                     /* of the region announced; 0: none yet */
	_Atomic(struct region *) region;             /* of that ticket */
	_Atomic uint64_t arrived[STORM_READERS_MAX]; /* the last ticket each reader answered */
	unsigned int readers; /* that follow the storm, set before the start */
	_Atomic bool stop;
};

/* What the storm did, for the result. */
struct storm_report {
	uint64_t number; /* of the punch, from 1 */
	struct region *region;
	struct hole hole;
	uint64_t began, ended; /* CLOCK_MONOTONIC, ns */
	enum storm_outcome outcome;
	unsigned int gathered; /* readers that had arrived */
	bool evicted;          /* no page of the hole was in the page cache after it */
	int error;             /* 0 or -errno of the punch */
};

/* When the last punches began, so that what was seen at a time can be assigned to its punch, also
 * while that is under way. Starts as zeros; one writes, any process may read. */
enum { PUNCH_TIMES = 1024 };

struct punch_times {
	_Atomic uint64_t last;               /* number; 0: none */
	_Atomic uint64_t began[PUNCH_TIMES]; /* CLOCK_MONOTONIC ns, by number modulo PUNCH_TIMES */
};

/* number: from 1, without gaps; began: CLOCK_MONOTONIC ns. */
void punch_times_add(struct punch_times *times, uint64_t number, uint64_t began);

/* The number of the last punch that had begun at a time, CLOCK_MONOTONIC ns; 0: none had, or it was
 * before the last PUNCH_TIMES. */
uint64_t punch_times_find(const struct punch_times *times, uint64_t time);

struct storm {
	/* Set by the caller. */
	const struct storm_op *op;
	bool through_mount;
	/* its thread has a real-time priority, the lowest: nothing comes between its steps */
	bool urgent;
	uint64_t gather_ns; /* how long to wait for readers at most */
	uint64_t settle_ns; /* between their arrival and the punch */
	uint64_t linger_ns; /* between the punch and the refill */
	uint64_t pause_ns;  /* between two punches */
	struct region_queue *used, *fresh;
	struct storm_stage *stage;
	const _Atomic bool *stopped; /* while it is set, nothing is punched; NULL: never */
	_Atomic int *phase;          /* set of enum run_phase, told of each punch's; or NULL */
	void (*report)(void *context, const struct storm_report *);
	void *context;
	struct punch_times *times;   /* told of each punch; or NULL */
	_Atomic uint64_t *began;     /* told when each punch begins, CLOCK_MONOTONIC ns; or NULL */
	_Atomic uint64_t began_last; /* of the punch under way, CLOCK_MONOTONIC ns; 0: none */
	/* Its own. */
	uint64_t punches;
	pthread_t thread;
};

/* Starts the thread. Returns 0 or -errno (reported). */
int storm_start(struct storm *storm);

/* Asks the thread to stop; it ends after the punch under way. */
void storm_ask_to_stop(struct storm *storm);

/* Joins the thread. */
void storm_join(struct storm *storm);

#endif
