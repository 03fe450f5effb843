/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and maps the files of a thread, and does its steps. */
#include "injector/base/errno_table.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/threads/thread_parts.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	int outcome;
} outcomes[] = {
	{ "ok", 0 },
	{ "any", THREAD_OUTCOME_ANY },
	{ "SIGBUS", THREAD_OUTCOME_SIGBUS },
};

enum { OUTCOMES = sizeof(outcomes) / sizeof(*outcomes) };

enum { GAP_MOST = 250000000 }; /* ns between two looks at a step that count in any case */

int thread_outcome_parse(const char *text, void *outcome, char *why, size_t size)
{
	int number = errno_number(text);

	for (size_t i = 0; i < OUTCOMES; i++)
		if (!strcmp(text, outcomes[i].name)) {
			*(int *)outcome = outcomes[i].outcome;
			return 0;
		}
	if (number) {
		*(int *)outcome = number;
		return 0;
	}
	snprintf(why, size,
		 "\"%.40s\" is not an outcome; allowed: ok, any, SIGBUS, or an error such as EIO",
		 text);
	return -EINVAL;
}

/* Returns the result of a step as an outcome. */
static int outcome_of(const struct thread_step *step, int result)
{
	if (result == -ENODATA && step->op->maps)
		return THREAD_OUTCOME_SIGBUS;
	return -result;
}

const char *thread_outcome_name(int result)
{
	for (size_t i = 0; i < OUTCOMES; i++)
		if (outcomes[i].outcome == result)
			return outcomes[i].name;
	return errno_name(result) ?: "an unknown error";
}

int thread_init(struct thread *thread, struct threads *threads)
{
	size_t count = threads->config->target_count;

	thread->threads = threads;
	thread->pipe[0] = thread->pipe[1] = -1;
	thread->files = calloc(count, sizeof(*thread->files));
	if (!thread->files)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		thread->files[i].fd[0] = thread->files[i].fd[1] = -1;
	return 0;
}

static const struct target *find_target(const struct threads_config *config, const char *name)
{
	for (size_t i = 0; name && i < config->target_count; i++)
		if (!strcmp(config->targets[i].name, name))
			return &config->targets[i];
	return config->targets;
}

static struct thread_call make_call(struct thread *thread, const struct thread_step *step)
{
	const struct threads_config *config = thread->threads->config;
	struct thread_call call = {
		.thread = thread,
		.step = step,
		.target = find_target(config, step->file),
		.to = find_target(config, step->to),
		.offset = step->page * STAMP_PAGE_SIZE + step->offset,
		.length = step->length,
	};

	if (!call.length)
		call.length = call.target->size - call.offset;
	if (step->advice)
		call.advice = thread_advice_find(step->op, step->advice);
	call.fd = thread_file(&call)->fd[step->through_mount];
	if (call.fd < 0)
		call.fd = step->through_mount ? call.target->mount_fd : call.target->backing_fd;
	return call;
}

/* Mapping takes a lock of the file that a split holds, so it is done before. */
static int map_file(struct thread *thread, const struct thread_step *step)
{
	struct thread_call call = make_call(thread, step);
	char *map = thread_map(&call);

	return map ? 0 : -errno;
}

int thread_begin(struct thread *thread)
{
	const struct threads_config *config = thread->threads->config;
	int r = 0;

	for (size_t i = 0; i < config->target_count; i++)
		for (int way = 0; way < 2; way++) {
			struct thread_file *file = &thread->files[i];

			thread_close_file(file, way);
			if (file->map[way])
				munmap(file->map[way], config->targets[i].size);
			file->map[way] = NULL;
		}
	for (size_t i = 0; i < thread->count && !r; i++)
		if (thread->steps[i].op->maps)
			r = map_file(thread, &thread->steps[i]);
	return r;
}

void thread_release(struct thread *thread)
{
	thread->count = 0;
	(void)thread_begin(thread);
	free(thread->files);
	thread->files = NULL;
	for (int i = 0; i < 2; i++)
		if (thread->pipe[i] >= 0)
			close(thread->pipe[i]);
}

/* Gets the change that a call makes to the file. Returns whether it makes any. */
static bool make_change(const struct thread_call *call, struct truth_change *change)
{
	*change = (struct truth_change){ .offset = call->offset, .length = call->length };
	switch (call->step->op->effect) {
	case THREAD_ZEROS:
		change->to = TRUTH_ZEROS;
		return true;
	case THREAD_STORES:
		change->to = TRUTH_STORED;
		change->size = call->step->op->maps ? 0 : call->offset + call->length;
		return true;
	case THREAD_ALLOCATES:
		change->length = 0;
		change->size = call->offset + call->length;
		return true;
	case THREAD_CUTS:
		change->to = TRUTH_MISSING;
		change->offset = change->size = call->step->size;
		change->length = call->target->size - change->size;
		change->cuts = true;
		return true;
	case THREAD_SHIFTS:
		change->to = TRUTH_ANY;
		change->length = call->target->size - change->offset;
		/* Only a copy extends the file by pages that are judged. */
		change->size = call->step->to ? call->offset + call->length : 0;
		return true;
	default:
		return call->step->advice && !strcmp(call->step->advice, "remove") &&
		       (change->to = TRUTH_ZEROS);
	}
}

/* Returns whether a step expects this outcome. */
static bool is_expected(const struct thread_step *step, int outcome)
{
	const int *expected = step->expect.items;

	for (size_t i = 0; i < step->expect.count; i++)
		if (expected[i] == outcome || expected[i] == THREAD_OUTCOME_ANY)
			return true;
	return false;
}

/* Returns whether a step without an expected outcome may end with this result. If it reads, a
 * missing page is judged elsewhere. */
static bool is_fine(const struct thread_step *step, int result)
{
	return !result || (result == -ENODATA && step->op->effect == THREAD_JUDGES);
}

uint64_t thread_spent(struct thread *thread, const struct thread_step *step, uint64_t since,
		      uint64_t now)
{
	uint64_t most = step->must_return / 4 > GAP_MOST ? step->must_return / 4 : GAP_MOST, gap;

	if (thread->timed != since) {
		thread->timed = thread->looked = since;
		thread->spent = 0;
	}
	gap = now > thread->looked ? now - thread->looked : 0;
	thread->looked += gap;
	return thread->spent += gap < most ? gap : most;
}

/* Reports a step that has returned late, unless look_at() has reported the thread. */
static void tell_late(struct thread *thread, struct thread_outcome outcome, uint64_t began)
{
	struct threads *threads = thread->threads;
	bool reported;

	pthread_mutex_lock(&threads->lock);
	reported = thread->late || thread_spent(thread, outcome.what, began, began + outcome.took) <
					   outcome.what->must_return;
	thread->late |= !reported;
	pthread_mutex_unlock(&threads->lock);
	if (reported)
		return;
	outcome.late = true;
	thread_note_hit(thread, outcome.iteration);
	threads->config->unmet(threads->config->context, &outcome);
}

/* Returns whether the thread goes on. */
static bool take_result(struct thread *thread, const struct thread_step *step, size_t number,
			int result, uint64_t began, uint64_t took)
{
	const struct threads_config *config = thread->threads->config;
	struct thread_outcome outcome = { .time = units_now(),
					  .iteration = atomic_load(&thread->threads->now),
					  .thread = thread->name,
					  .reader = thread->number,
					  .step = number,
					  .what = step,
					  .result = outcome_of(step, result),
					  .returned = true,
					  .took = took };
	int none = 0;

	atomic_fetch_add(&config->totals->steps, 1);
	atomic_fetch_add(&thread->counts->heartbeat, 1);
	if (step->expect.count || step->must_return) {
		atomic_fetch_add(&config->totals->judged, 1);
		atomic_fetch_add(&thread->counts->reads, 1);
	}
	if (step->must_return && took >= step->must_return)
		tell_late(thread, outcome, began);
	if (!step->expect.count) {
		if (is_fine(step, result))
			return true;
		report(result, "%s: step %zu, %s", thread->name, number, step->op->name);
		atomic_compare_exchange_strong(&thread->threads->error, &none, result ?: -EIO);
		return false;
	}
	if (is_expected(step, outcome.result))
		return true;
	thread_note_hit(thread, outcome.iteration);
	if (thread_has_news(thread, outcome.iteration))
		config->unmet(config->context, &outcome);
	return true;
}

static int act(struct thread_call *call)
{
	struct truth_change change;
	bool changes = make_change(call, &change);
	int r;

	if (changes)
		truth_begin(thread_truth(call), &change);
	r = call->step->op->act(call);
	if (changes)
		truth_end(thread_truth(call), &change, r);
	return r;
}

/* Marks begin or end of a step for the engine, if the schedule names it. No schedule names steps
 * before and after an iteration. */
static void tell(const struct thread *thread, size_t number, bool ends)
{
	const struct threads_config *config = thread->threads->config;
	const struct thread_marks *marks = &config->marks[thread->number];

	if (config->schedule && thread->number < config->count &&
	    (ends ? marks->end : marks->begin) >> number & 1)
		sched_get_priority_max((int)code_mark(thread->number, number, ends));
}

static bool do_step(struct thread *thread, const struct thread_step *step, size_t number)
{
	struct thread_call call = make_call(thread, step);
	uint64_t began, took;
	int r;

	atomic_store(&thread->step, number);
	tell(thread, number, false);
	began = units_now();
	atomic_store(&thread->since, began);
	r = act(&call);
	/* An engine may hold the thread at the mark. */
	took = units_now() - began;
	atomic_store(&thread->since, 0);
	tell(thread, number, true);
	return take_result(thread, step, number, r, began, took);
}

bool thread_do(struct thread *thread, const struct thread_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (uint64_t n = 0; n < steps[i].repeat; n++)
			if (atomic_load(&thread->threads->error) || !do_step(thread, &steps[i], i))
				return false;
	return true;
}
