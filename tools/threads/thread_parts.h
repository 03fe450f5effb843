/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the source files of scripted threads. */
#ifndef TOOLS_THREADS_THREAD_PARTS_H
#define TOOLS_THREADS_THREAD_PARTS_H

#include "tools/threads/threads.h"

#include <pthread.h>

struct threads;

/* A thread's access to a file: [0] beneath the layer, [1] through it. */
struct thread_file {
	int fd[2];    /* negative: the descriptor that all threads share is used */
	char *map[2]; /* or NULL */
};

struct thread {
	struct threads *threads;
	const char *name;
	const struct thread_step *steps;
	size_t count;
	unsigned int number;
	int cpu;
	struct reader_counts *counts;
	struct thread_file *files; /* one for each target */
	int pipe[2];
	pthread_t id;
	bool started;
	uint64_t done;          /* last iteration done; under the lock */
	bool late;              /* was reported in this iteration; under the lock */
	_Atomic size_t step;    /* number of the current step */
	_Atomic uint64_t since; /* begin of that step, CLOCK_MONOTONIC ns; 0: in no step */
	/* Of the step that began at `timed`: when it was looked at last, and the time that counts
	 * until then; under the lock. */
	uint64_t timed, looked, spent;
	uint64_t told;     /* last iteration in which it reported hits */
	unsigned int hits; /* reported in that iteration */
};

struct threads {
	const struct threads_config *config;
	struct truth *truths; /* one for each target */
	struct thread *all;   /* one for each script, then the caller's */
	pthread_mutex_t lock, inspecting;
	pthread_cond_t changed; /* CLOCK_MONOTONIC */
	uint64_t iteration;     /* the current one, from 1; under the lock */
	_Atomic uint64_t now;   /* of which the files were made last: also before its begin */
	bool stop;              /* under the lock */
	_Atomic uint64_t hit;   /* the last iteration with a hit */
	_Atomic int error;      /* -errno of the first error */
	int directories[2];     /* beneath the layer, the mount: O_PATH */
};

/* Initializes a thread; opens nothing yet. Returns 0 or -ENOMEM. */
int thread_init(struct thread *thread, struct threads *threads);

/* Of thread_call.c: the file of a call, and what its pages may hold. */
struct thread_file *thread_file(const struct thread_call *call);
struct truth *thread_truth(const struct thread_call *call);
void thread_close_file(struct thread_file *file, int way);

/*
 * Returns the time, ns, that the step which began at `since` has taken up to `now`, as far as
 * somebody looked at it: between two looks a quarter of its limit counts, at most. The machine may
 * have stood still meanwhile, and its clock gone on. Under the lock.
 */
uint64_t thread_spent(struct thread *thread, const struct thread_step *step, uint64_t since,
		      uint64_t now);

/* Counts a hit in that iteration. */
void thread_note_hit(struct thread *thread, uint64_t iteration);

/* Returns whether the thread may report one more hit of that iteration, and counts it. */
bool thread_has_news(struct thread *thread, uint64_t iteration);

/* Prepares an iteration: closes the files that the thread has opened, and maps anew those that its
 * steps access by mapping. Returns 0 or -errno. */
int thread_begin(struct thread *thread);

/* Unmaps and closes the thread's files. Call it after a successful thread_init(). */
void thread_release(struct thread *thread);

/* Does steps one after another, until one fails or another thread has failed. Returns whether all
 * were done. */
bool thread_do(struct thread *thread, const struct thread_step *steps, size_t count);

#endif
