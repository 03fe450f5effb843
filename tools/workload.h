/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workload: what a process of its own does in the mount, beside the storm and readers of a
 * scenario or instead of them. A kind of workload is a file in workloads/ and a row of
 * workload_kinds[]; it makes its files, runs its threads and judges what they read by itself.
 *
 * Life: prepare(), while the worker fills the files of the scenario; then run(), which begins
 * together with the storm, until it is done or workload_over(); then release(). All in a child of
 * the run that is killed with it: nothing outside the mount may need tidying up.
 *
 * What it counts lies in memory shared with the supervisor, so it is known whatever becomes of the
 * process. Reads are judged reads of some reader, as those of the worker are: a row of
 * workload_counts.reader, whose heartbeat must go up at least once a scenario's watchdog.
 */
#ifndef TOOLS_WORKLOAD_H
#define TOOLS_WORKLOAD_H

#include "tools/event.h"
#include "tools/scenario.h"

#include <jansson.h>

struct worker_config;

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

struct workload {
	const struct workload_kind *kind;
	const void *settings; /* of the kind */
	const struct scenario *scenario;
	const struct worker_config *run; /* kernel, directories, witness or NULL, all shared memory
					  */
	struct workload_counts *counts;
	void *state; /* the kind's own */
};

struct workload_kind {
	struct schema_kind schema; /* name; keys of the group besides `kind`; what they fill */
	/* The key that names a file the workload reads, relative to the scenario's directory, or
	 * NULL: it is made absolute before the keys are read, and guests get the file, which must
	 * be text, too. */
	const char *file_key;
	/*
	 * Looks at the settings as a whole before anything is touched. May be NULL. Returns 0, or
	 * -EINVAL with what is wrong and what is allowed in `why`, and `key` (of the group) set.
	 */
	int (*check)(const struct scenario *scenario, const void *settings, const char **key,
		     char *why, size_t size);
	/* Whether the machine lacks what it needs: then says it in `what`, of `size` bytes. Asked
	 * before anything is made. May be NULL. */
	bool (*missing)(const void *settings, char *what, size_t size);
	/* Bytes that its files take at most. May be NULL: none worth mentioning. */
	uint64_t (*room)(const struct scenario *scenario, const void *settings);
	/* Makes what run() needs. May be NULL. Returns 0 or -errno, said by workload_fail(). */
	int (*prepare)(struct workload *workload);
	/* Returns 0 when it is done or was stopped, or -errno, said by workload_fail(). */
	int (*run)(struct workload *workload);
	/* Frees `state`, also after an error. May be NULL. */
	void (*release)(struct workload *workload);
};

/* Their names, for messages and the reference of keys. */
#define WORKLOAD_KINDS "journal, replay, stale-folios"

/* All of them, ended by NULL. */
extern const struct workload_kind *const workload_kinds[];

/* For the scenario's schema and check; see struct workload_kind. */
const struct schema_kind *workload_schema(size_t i);
int workload_find_file(config_t *config, const char *scenario_path);
int workload_check(const struct scenario *scenario, const char **key, char *why, size_t size);
bool workload_missing(const struct scenario *scenario, char *what, size_t size);
uint64_t workload_room(const struct scenario *scenario);

/* The path of the file that the scenario's workload reads; NULL: none. The scenario's own. */
const char *workload_file(const struct scenario *scenario);

/* The body of the process. Returns its exit code: 0, or 1 (reported). */
int workload_run(const struct worker_config *config);

/*
 * For the kinds. All may be called by any thread of the process.
 */

/* Whether it is time to end: told to, or the scenario's duration is over. */
bool workload_over(const struct workload *workload);

/* CLOCK_MONOTONIC ns at which the duration is over; UINT64_MAX: never. Within run() only. */
uint64_t workload_end(const struct workload *workload);

/*
 * Names a file to results and witness. backing_fd: of the file beneath the layer, or -1: the
 * witness does not hear of it. Returns its number, which events and stamps use; the first free one
 * after the scenario's files. 0: more than WORKLOAD_FILES_MAX, or the witness refused it.
 */
unsigned int workload_add_file(struct workload *workload, const char *name, int backing_fd);

/* A reader more: the index of its counts in workload_counts.reader; -ENOSPC: no more. To be called
 * by the thread that reads: the witness gets to know it, if its number is one that it takes. */
int workload_add_reader(struct workload *workload);

/* Tells a hole and counts it; what: an event of type EVENT_PUNCH. */
void workload_punch(struct workload *workload, const struct event *what);

/*
 * Tells a wrong page and counts it as a hit (the read that found it counts by reader_counts).
 * hit->reader: the number that the reader has in the run, first_reader + index.
 */
void workload_hit(struct workload *workload, const struct reader_hit *hit);

/*
 * Tells anything else: an object of the caller's, released here, becomes a line of events.jsonl
 * with this `type`, if it takes less than EVENT_TOLD bytes as text. hit: it goes to the hits of the
 * result as well and counts as one, of a punch of its own where first_of_punch.
 */
void workload_tell(struct workload *workload, const char *type, json_t *object, bool hit,
		   bool first_of_punch);

/* What the run does now, for progress and events. */
void workload_phase(struct workload *workload, const char *text);

/* An object of the caller's, released here, that result.json has as workload.details: the last one,
 * of less than WORKLOAD_DETAILS_SIZE bytes. One thread at a time. */
void workload_details(struct workload *workload, json_t *object);

/* In words, for the reason of a verdict without a hit: what that is worth. The last one counts. One
 * thread at a time. */
void workload_worth(struct workload *workload, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Says that the kernel is beyond repair by a hit, which the words describe: a thread will never
 * return from it, or what it keeps of a file cannot be let go. The run ends with what it has by
 * then, `linger` ns later, and removes nothing: who unmounts or detaches would hang as well. The
 * first one counts; release() must not wait for threads after it.
 */
void workload_stuck(struct workload *workload, uint64_t linger, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports like report(), and has the result say it: the first failure counts. Returns error, or
 * -EINVAL for 0. */
int workload_fail(struct workload *workload, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For results. */

/* Whether workload_stuck() was called. */
bool workload_is_stuck(const struct workload_counts *counts);

/* The sum of a count over its readers. offset: of an _Atomic uint64_t in struct reader_counts. */
uint64_t workload_sum(const struct workload_counts *counts, size_t offset);

/* The name of a file by its number; NULL when it is none of the workload's. */
const char *workload_file_name(const struct scenario *scenario,
			       const struct workload_counts *counts, unsigned int number);

#endif
