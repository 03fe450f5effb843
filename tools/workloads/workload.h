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
#ifndef TOOLS_WORKLOADS_WORKLOAD_H
#define TOOLS_WORKLOADS_WORKLOAD_H

#include "tools/ipc/event.h"
#include "tools/ipc/worker_shared.h"
#include "tools/scenario/workload_kind.h"

#include <jansson.h>

struct workload {
	const struct workload_kind *kind;
	const void *settings; /* of the kind */
	const struct scenario *scenario;
	const struct worker_config *run; /* kernel, directories, witness or NULL, shared memory */
	struct workload_counts *counts;
	struct schedule_page *schedule; /* its first reader has a role in it; or NULL */
	void *state;                    /* the kind's own */
};

/* The body of the process. Returns its exit code: 0, or 1 (reported). */
int workload_run(const struct worker_config *config);

/*
 * For the kinds. All may be called by any thread of the process.
 */

/* Whether it is time to end: told to, the scenario's duration is over, or the schedule that it has
 * roles in was followed often enough. */
bool workload_over(const struct workload *workload);

/* CLOCK_MONOTONIC ns at which the duration is over; UINT64_MAX: never. Within run() only. */
uint64_t workload_end(const struct workload *workload);

/*
 * Names a file to results and witness. backing_fd: of the file beneath the layer, or -1: the
 * witness does not hear of it. Returns its number, which events and stamps use; the first free one
 * after the scenario's files. 0: more than WORKLOAD_FILES_MAX, or the witness refused it.
 */
unsigned int workload_add_file(struct workload *workload, const char *name, int backing_fd);

/* A reader more: the index of its counts in workload_counts.reader; -ENOSPC: no more; other -errno:
 * the schedule's engine refused it. To be called by the thread that reads: the witness and the
 * engine get to know it, if its number is one that they take. */
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

#endif
