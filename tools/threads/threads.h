/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripted threads. In each iteration the files are made again, and all threads start their steps
 * at the same time. What a thread loads is compared with what all threads have done to the file
 * (truth.h), and the outcome of a step with the one that the scenario expects.
 *
 * Each thread has a processor of its own if there are enough, and its own mappings of the files. At
 * the begin of an iteration these have no page table entries. Under a schedule each thread is a
 * role with real-time priority, and each iteration makes or misses one passage.
 */
#ifndef TOOLS_THREADS_THREADS_H
#define TOOLS_THREADS_THREADS_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "injector/storm/storm.h"
#include "tools/reading/reader.h"
#include "tools/threads/thread_op.h"

struct schedule_engine;

/* A thread of a scenario. */
struct thread_script {
	char name[SCHEDULE_ROLE];
	struct schema_list steps; /* of struct thread_step */
	int cpu;                  /* -1: the last one for the first thread, and so on downwards */
};

/* Shared with the supervisor; initially zero. */
struct thread_totals {
	_Atomic uint64_t iterations; /* in which each thread did all its steps */
	_Atomic uint64_t hit;        /* iterations with a hit */
	_Atomic uint64_t steps;      /* done, including those before and after */
	_Atomic uint64_t judged;     /* steps with an expected outcome or a time limit */
};

/* The unexpected outcome of a step. */
struct thread_outcome {
	uint64_t time, iteration; /* CLOCK_MONOTONIC ns; number, from 1 */
	const char *thread;       /* name */
	unsigned int reader;
	size_t step; /* of the thread, from 0 */
	const struct thread_step *what;
	int result;    /* 0, errno or THREAD_OUTCOME_SIGBUS */
	bool late;     /* it has not returned in time */
	bool returned; /* meanwhile; else there is no result */
	uint64_t took; /* ns; if it has not returned, so far */
};

/* Bitmaps of the steps of a thread whose begin or end it marks for an engine. */
struct thread_marks {
	uint64_t begin, end;
};

struct threads_config {
	const struct thread_script *scripts;
	size_t count;
	const struct thread_step *before, *after; /* each iteration, by the caller's thread */
	size_t before_count, after_count;
	struct target *targets;
	size_t target_count;
	const char *mount, *backing;    /* directories */
	int reclaim;                    /* descriptor of memory.reclaim, or negative */
	struct schedule_page *schedule; /* or NULL */
	struct schedule_engine *engine; /* its engine in this kernel, or NULL */
	struct thread_marks marks[SCHEDULE_THREADS_MAX];
	unsigned int held;            /* bitmap of threads that it holds before their first step */
	uint64_t passage_most;        /* longest duration of a passage, ns */
	uint64_t patience;            /* ns for a late thread to return, before the run gives up */
	struct reader_counts *counts; /* one for each thread, and one more */
	struct thread_totals *totals;
	/* Makes all files again. Returns 0 or -errno (reported). */
	int (*refill)(void *context);
	void (*hit)(void *context, const struct reader_hit *hit);
	void (*unmet)(void *context, const struct thread_outcome *outcome);
	/* A thread does not return; threads_play() ends without waiting for it. */
	void (*stuck)(void *context, const struct thread_outcome *outcome);
	/* Lets the inspector check the files' page cache; called by one thread at a time. */
	void (*inspect)(void *context);
	/* Returns whether the run is over; called before each iteration. */
	bool (*over)(void *context);
	void *context;
};

/* Returns the processor of a thread; -1: the machine has only one. */
int threads_cpu(const struct thread_script *scripts, size_t number);

/*
 * Does iterations until over() returns true. Returns 0; -EDEADLK: a thread does not return, and
 * threads are left that still use the config; other -errno (reported): a step without an expected
 * outcome has failed, or another error.
 */
int threads_play(const struct threads_config *config);

/* Returns the name of an outcome: "ok", "SIGBUS", "EIO". */
const char *thread_outcome_name(int result);

/* Parses an outcome, or "any". outcome: gets an int. A schema_key.parse. */
int thread_outcome_parse(const char *text, void *outcome, char *why, size_t size);

#endif
