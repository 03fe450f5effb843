/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of scripted threads share. */
#ifndef TOOLS_THREADS_THREAD_PARTS_H
#define TOOLS_THREADS_THREAD_PARTS_H

#include "tools/threads/threads.h"

#include <pthread.h>

struct threads;

/* What a thread has of a file, by each way: beneath the layer, through it. */
struct thread_file {
	int fd[2]; /* negative: it uses the one that all share */
	char *map[2];
};

struct thread {
	struct threads *threads;
	const char *name;
	const struct thread_step *steps;
	size_t count;
	unsigned int number;
	int cpu;
	struct reader_counts *counts;
	struct thread_file *files; /* of each target */
	int pipe[2];
	pthread_t id;
	bool started;
	uint64_t done;          /* iterations; under the lock */
	bool late;              /* it was told of; under the lock */
	_Atomic size_t step;    /* that it is at */
	_Atomic uint64_t since; /* when that began, CLOCK_MONOTONIC ns; 0: none is under way */
	uint64_t told;          /* iteration that hits were told of last */
	unsigned int hits;
};

struct threads {
	const struct threads_config *config;
	struct truth *truths; /* of each target */
	struct thread *all;   /* the last is the caller's */
	pthread_mutex_t lock, inspecting;
	pthread_cond_t changed; /* CLOCK_MONOTONIC */
	uint64_t iteration;     /* that threads may do; under the lock */
	bool stop;
	_Atomic uint64_t hit; /* the last iteration with a hit */
	_Atomic int error;    /* the first */
	int directories[2];
};

/* Opens nothing yet. Returns 0 or -ENOMEM. */
int thread_init(struct thread *thread, struct threads *threads);

/* Of thread_call.c: what a call's thread has of its file, and what its pages may be. */
struct thread_file *thread_file(const struct thread_call *call);
struct truth *thread_truth(const struct thread_call *call);
void thread_close_file(struct thread_file *file, int way);

/* Counts a hit of that iteration. */
void thread_note_hit(struct thread *thread, uint64_t iteration);

/* Whether there is more to tell of it. */
bool thread_has_news(struct thread *thread, uint64_t iteration);

/* Maps the files again that steps of the thread need, with none of their pages, and closes those
 * that it has opened. Returns 0 or -errno. */
int thread_begin(struct thread *thread);

/* Of one that thread_init() was done with. */
void thread_release(struct thread *thread);

/* Does steps one after another, until one fails, or all is to end. Returns whether all were
 * done. */
bool thread_do(struct thread *thread, const struct thread_step *steps, size_t count);

#endif
