/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripted threads: each does its steps once in every iteration, all of them from the same instant
 * on, with files that were made for it. What they load is compared with what all of them have done
 * to the file (truth.h), and the outcome of a step with the one that the scenario expects.
 *
 * Each thread has a processor of its own where there are enough, and maps the files for itself; at
 * the begin of an iteration nothing of them is mapped. Under a schedule it is a role, with a
 * real-time priority: a passage is made in each iteration, or missed.
 */
#ifndef TOOLS_THREADS_THREADS_H
#define TOOLS_THREADS_THREADS_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "injector/storm/storm.h"
#include "tools/reading/reader.h"
#include "tools/threads/thread_op.h"

struct schedule_engine;

/* As a scenario has it. */
struct thread_script {
	char name[SCHEDULE_ROLE];
	struct schema_list steps; /* struct thread_step */
	int cpu;                  /* -1: the last for the first one, and down */
};

/* Shared with the supervisor; starts as zeros. */
struct thread_totals {
	_Atomic uint64_t iterations; /* in which each thread did all its steps */
	_Atomic uint64_t hit;        /* of them gave a hit */
	_Atomic uint64_t steps;      /* done, with those before and after */
	_Atomic uint64_t judged;     /* outcomes that were expected to be so and so */
};

/* A step that did not end as it has to. */
struct thread_outcome {
	uint64_t time, iteration;
	const char *thread; /* name */
	unsigned int reader;
	size_t step; /* of it, from 0 */
	const struct thread_step *what;
	int result;    /* as thread_op.act */
	bool late;     /* it has not returned */
	uint64_t took; /* ns, so far */
};

/* Steps of a thread, bit by bit, whose begin or end it tells an engine. */
struct thread_marks {
	uint64_t begin, end;
};

struct threads_config {
	const struct thread_script *scripts;
	size_t count;
	const struct thread_step *before, *after; /* of each iteration, by the caller's thread */
	size_t before_count, after_count;
	struct target *targets;
	size_t target_count;
	const char *mount, *backing;    /* directories */
	int reclaim;                    /* memory.reclaim, or negative */
	struct schedule_page *schedule; /* or NULL */
	struct schedule_engine *engine; /* of it, in the kernel, or NULL */
	struct thread_marks marks[SCHEDULE_THREADS_MAX];
	unsigned int held;     /* threads that it holds before their first step, bit by bit */
	uint64_t passage_most; /* ns that a passage lasts at most */
	uint64_t patience;     /* ns that who is late has to return, before it is given up */
	struct reader_counts *counts; /* one for each thread, and one more */
	struct thread_totals *totals;
	/* Makes all files again. Returns 0 or -errno (reported). */
	int (*refill)(void *context);
	void (*hit)(void *context, const struct reader_hit *hit);
	void (*unmet)(void *context, const struct thread_outcome *outcome);
	/* A thread does not return: the others are not to wait for it. */
	void (*stuck)(void *context, const struct thread_outcome *outcome);
	/* Has the inspector look at the files' page cache, by one thread at a time. */
	void (*inspect)(void *context);
	/* Asked before each iteration. */
	bool (*over)(void *context);
	void *context;
};

/* The processor of a thread; -1: there is one alone. */
int threads_cpu(const struct thread_script *scripts, size_t number);

/*
 * Plays until it is over. Returns 0; -errno (reported) where a step fails of which nothing is
 * expected, or something else is wrong; -EDEADLK where a thread does not return: then threads are
 * left that use what the config leads to.
 */
int threads_play(const struct threads_config *config);

/* What an outcome is called: "ok", "SIGBUS", "EIO". */
const char *thread_outcome_name(int result);

/* Reads one, "any" included: fills in an int. As struct schema_key.parse. */
int thread_outcome_parse(const char *text, void *outcome, char *why, size_t size);

#endif
