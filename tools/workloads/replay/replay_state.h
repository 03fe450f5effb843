/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workload `replay`: makes the calls of a trace again, on files that hold stamps, with a thread
 * for each that was recorded. Calls begin at the recorded time or a multiple of it, and after those
 * they depended on; what they read is judged. What the trace mapped is mapped, and read by threads
 * of its own, for loads are in no trace.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_STATE_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_STATE_H

#include "tools/workloads/replay/replay_file.h"
#include "tools/workloads/replay/replay_plan.h"
#include "tools/workloads/workload.h"

#include <errno.h>

enum {
	REPLAY_TOUCH_MAX = 16,
	REPLAY_LATE_BUCKETS = 4096, /* of 50 us each; the last has all the rest */
	REPLAY_LATE_BUCKET = 50000, /* ns */
	REPLAY_UNEXPECTED_KEPT = 8,
};

struct replay_settings {
	char *trace;
	double pace;
	uint64_t touch;       /* threads */
	uint64_t touch_pause; /* ns */
};

/* A mapping as it lies now. */
struct replay_map {
	char *base;              /* where it began, for offsets in it; NULL: it is not there */
	char *address;           /* of what is left of it */
	uint64_t length, offset; /* of that; offset in the file */
	uint32_t file;
	bool readable, stores; /* stores: what is stored gets to the file */
};

struct replay {
	struct workload *workload;
	const struct replay_settings *settings;
	struct trace trace;
	struct replay_plan plan;
	struct replay_file *files; /* by number in the trace, from 1 */
	_Atomic int *handles;      /* descriptors by number, from 1; -1: none */
	uint32_t *handle_files;    /* of each; 0: none */
	_Atomic uint32_t *names;   /* files by number of the name, from 1; 0: none now */
	struct replay_map *maps;   /* by number, from 1; under map_lock */
	pthread_rwlock_t map_lock; /* read: to touch */
	struct replay_thread *threads;
	struct replay_toucher *touchers;
	uint64_t began;              /* CLOCK_MONOTONIC ns */
	_Atomic uint64_t hit_ticket; /* the last punch that was reported as hit, plus 1 */
	_Atomic uint64_t reported;   /* hits */
	_Atomic bool touchers_end;
	_Atomic unsigned int unexpected_count;
	struct {
		uint32_t thread, call;
		int64_t result;
	} unexpected[REPLAY_UNEXPECTED_KEPT];
};

/* One recorded thread, or (call_count 0) one that reads for another purpose. */
struct replay_thread {
	struct replay *replay;
	uint32_t number;
	pthread_t thread;
	bool started;
	_Atomic bool ended;
	_Atomic uint32_t done; /* of its calls */
	int slot;              /* of its counts */
	struct reader_counts *counts;
	char *buffer; /* of buffer_size, mapped */
	size_t buffer_size;
	uint32_t *views; /* of the pages of a read */
	size_t view_room;
	uint64_t late[REPLAY_LATE_BUCKETS], latest;
	uint64_t waited; /* calls that waited for others past their time */
};

struct replay_toucher {
	struct replay_thread reader; /* for its counts */
	struct replay *replay;
	uint32_t map; /* it is at */
	uint64_t page;
};

/* As replay_make_call(), for some of its calls. */
typedef int64_t replay_make(struct replay_thread *thread, const struct trace_call *call);

/* The descriptor of a handle; -1: none. */
static inline int replay_fd(const struct replay *replay, uint32_t handle)
{
	return handle ? atomic_load(&replay->handles[handle]) : -1;
}

/* What a system call returned, or -errno. */
static inline int64_t replay_result(int64_t result)
{
	return result < 0 ? -errno : result;
}

/* The file of that number in the trace; NULL: none. */
static inline struct replay_file *replay_file_of(const struct replay_thread *thread,
						 uint32_t number)
{
	return number ? &thread->replay->files[number] : NULL;
}

#endif
