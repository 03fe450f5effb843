/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workload is a process that works in the mount, besides the storm and readers of a scenario or
 * instead of them. A kind of workload is a file in workloads/ and a row of workload_kinds[]. It
 * makes its own files, runs its own threads and judges what they read.
 *
 * A workload calls prepare() while the worker fills the files of the scenario; then run(), which
 * begins together with the storm and ends when it is done or workload_over(); then release(). It
 * runs in a child of the run and is killed with it, so it must not leave anything outside the
 * mount.
 *
 * Its counts are in memory shared with the supervisor, so they survive the process. Each read is
 * counted for a reader, as in the worker: a row of workload_counts.reader, whose heartbeat must
 * increase at least once in the scenario's watchdog time.
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
	struct schedule_page *schedule; /* in which its first reader has a role; or NULL */
	void *state;                    /* the kind's own */
};

/* The body of the process. Returns its exit code: 0, or 1 (reported). */
int workload_run(const struct worker_config *config);

/*
 * The following functions are for the kinds. Any thread of the process may call them.
 */

/* Returns whether run() must end: the run stops, the scenario's duration is over, or the schedule
 * in which the workload has a role was followed often enough. */
bool workload_over(const struct workload *workload);

/* Returns the end of the duration, CLOCK_MONOTONIC ns; UINT64_MAX: none. Valid within run()
 * only. */
uint64_t workload_end(const struct workload *workload);

/*
 * Adds a file for results and witness. backing_fd: of the file beneath the layer; -1: not for the
 * witness. Returns its number in events and stamps, which follows those of the scenario's files; 0:
 * more than WORKLOAD_FILES_MAX, or the witness refused it.
 */
unsigned int workload_add_file(struct workload *workload, const char *name, int backing_fd);

/* Adds the calling thread as a reader, also for the witness and the schedule's engine, as far as
 * they take its number. Returns the index of its counts in workload_counts.reader; -ENOSPC: too
 * many; other -errno: the engine refused it. */
int workload_add_reader(struct workload *workload);

/* Sends the event of a punch and counts it. what: of type EVENT_PUNCH. */
void workload_punch(struct workload *workload, const struct event *what);

/*
 * Sends the event of a wrong page and counts it as a hit; the caller counts the read in
 * reader_counts. hit->reader: number of the reader in the run, first_reader + index.
 */
void workload_hit(struct workload *workload, const struct reader_hit *hit);

/*
 * Sends another event, a line of events.jsonl with this `type`. object: released here; its text
 * must be shorter than EVENT_TOLD bytes. hit: it also counts as a hit and is listed in the result's
 * hits; first_of_punch: it counts as a hit of one more punch.
 */
void workload_tell(struct workload *workload, const char *type, json_t *object, bool hit,
		   bool first_of_punch);

/* Announces what the run does now, for progress and events. */
void workload_phase(struct workload *workload, const char *text);

/* Sets workload.details of result.json; a later call replaces it. object: released here; its text
 * must be shorter than WORKLOAD_DETAILS_SIZE bytes. Only one thread at a time may call it. */
void workload_details(struct workload *workload, json_t *object);

/* Sets the words that say how strong a verdict without a hit is; a later call replaces them. Only
 * one thread at a time may call it. */
void workload_worth(struct workload *workload, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Reports that a hit has damaged the kernel: a thread will never return, or the kernel cannot
 * release a file. The words describe it. The run ends `linger` ns later with its results so far,
 * and removes nothing: unmounting or detaching would hang as well. Only the first call has an
 * effect. After it, release() must not wait for threads.
 */
void workload_stuck(struct workload *workload, uint64_t linger, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports like report(); the result gets the first such failure. Returns error, or -EINVAL for
 * 0. */
int workload_fail(struct workload *workload, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
