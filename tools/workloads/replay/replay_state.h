/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workload `replay` repeats the calls of a trace on stamped files, with one thread for each
 * recorded thread. Calls begin at the recorded time or a multiple of it, and after the calls on
 * which they depend; what they read is judged. Mappings of the trace are made, too; as a trace has
 * no loads, extra threads read them.
 */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_STATE_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_STATE_H

#include "tools/workloads/replay/replay_file.h"
#include "tools/workloads/replay/replay_plan.h"
#include "tools/workloads/workload.h"

#include <errno.h>

enum {
	REPLAY_TOUCH_MAX = 16,
	REPLAY_LATE_BUCKETS = 4096, /* the last one has all longer delays */
	REPLAY_LATE_BUCKET = 50000, /* ns */
	REPLAY_UNEXPECTED_KEPT = 8,
};

struct replay_settings {
	char *trace;
	double pace;
	uint64_t touch;       /* threads */
	uint64_t touch_pause; /* ns */
};

/* A mapping, of which a part may have been unmapped. */
struct replay_map {
	char *base;              /* its original begin, for offsets in it; NULL: not mapped */
	char *address;           /* of the part that is left */
	uint64_t length, offset; /* of that part; offset in the file */
	uint32_t file;
	bool readable, stores; /* stores: shared and writable */
};

struct replay {
	struct workload *workload;
	const struct replay_settings *settings;
	struct trace trace;
	struct replay_plan plan;
	struct replay_file *files; /* by number in the trace, from 1 */
	_Atomic int *handles;      /* descriptors by number, from 1; -1: none */
	uint32_t *handle_files;    /* file of each handle; 0: none */
	_Atomic uint32_t *names;   /* file of each name, from 1; 0: none now */
	struct replay_map *maps;   /* by number, from 1; under map_lock */
	pthread_rwlock_t map_lock; /* held for reading by touchers */
	struct replay_thread *threads;
	struct replay_toucher *touchers;
	uint64_t began;              /* CLOCK_MONOTONIC ns */
	_Atomic uint64_t punches;    /* begun, by any thread */
	_Atomic uint64_t hit_ticket; /* the last punch that was reported as hit, plus 1 */
	_Atomic uint64_t reported;   /* number of hits */
	_Atomic bool touchers_end;
	_Atomic unsigned int unexpected_count;
	struct {
		uint32_t thread, call;
		int64_t result;
	} unexpected[REPLAY_UNEXPECTED_KEPT];
};

/* A recorded thread, or an extra one that reads. */
struct replay_thread {
	struct replay *replay;
	uint32_t number;
	pthread_t thread;
	bool started;
	_Atomic bool ended;
	_Atomic uint32_t done; /* number of its calls that are done */
	int slot;              /* index of its counts */
	struct reader_counts *counts;
	char *buffer; /* of buffer_size bytes, mapped */
	size_t buffer_size;
	uint32_t *views; /* of the pages of a read */
	size_t view_room;
	/* Number of calls by their delay; the longest delay, ns. */
	uint64_t late[REPLAY_LATE_BUCKETS], latest;
	uint64_t waited; /* calls that waited for other calls beyond their time */
};

struct replay_toucher {
	struct replay_thread reader; /* for its counts */
	struct replay *replay;
	uint32_t map; /* the mapping that it reads now */
	uint64_t page;
};

/* A replay_make_call() for some operations. */
typedef int64_t replay_make(struct replay_thread *thread, const struct trace_call *call);

/* Returns the descriptor of a handle; -1: none. */
static inline int replay_fd(const struct replay *replay, uint32_t handle)
{
	return handle ? atomic_load(&replay->handles[handle]) : -1;
}

/* Returns the result of a system call, or -errno. */
static inline int64_t replay_result(int64_t result)
{
	return result < 0 ? -errno : result;
}

/* Returns the file of that number in the trace; NULL for 0. */
static inline struct replay_file *replay_file_of(const struct replay_thread *thread,
						 uint32_t number)
{
	return number ? &thread->replay->files[number] : NULL;
}

#endif
