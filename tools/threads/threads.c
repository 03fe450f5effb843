/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs iterations: makes the files again, starts the threads together, watches for late ones. */
#include "tools/threads/threads.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/threads/thread_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static const uint64_t LOOK = 1000000;    /* ns between two checks for late threads */
static const uint64_t PULSE = 500000000; /* ns that a thread waits without a sign of life */
enum { ENGINE_LOOK = 50000 };            /* ns between two checks whether the engine lets go */

int threads_cpu(const struct thread_script *scripts, size_t number)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (scripts[number].cpu >= 0)
		return scripts[number].cpu;
	return cpus < 2 ? -1 : (int)(cpus - 1 - (long)number % cpus);
}

static struct timespec from_now(uint64_t time)
{
	uint64_t end = units_now() + time;

	return (struct timespec){ .tv_sec = (time_t)(end / 1000000000),
				  .tv_nsec = (long)(end % 1000000000) };
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	if (cpu >= 0)
		sched_setaffinity(0, sizeof(set), &set);
}

/* A role that is held before its first step waits until the engine lets it go; others return at
 * once. */
static void wait_for_the_engine(struct thread *thread, uint64_t iteration)
{
	const struct threads_config *config = thread->threads->config;
	struct schedule_page *page = config->schedule;
	uint64_t end = units_now() + config->passage_most;

	if (page)
		atomic_store(&page->threads[thread->number], (uint64_t)pthread_self());
	if (!page || !(config->held >> thread->number & 1))
		return;
	while (atomic_load(&page->go_thread[thread->number]) != iteration && units_now() < end) {
		atomic_store_explicit(&page->clock, units_now(), memory_order_relaxed);
		if (!config->engine)
			units_sleep(ENGINE_LOOK);
	}
	atomic_store(&page->gone_thread[thread->number], iteration);
}

/* Returns the iteration to do; 0: it is over. */
static uint64_t wait_for_iteration(struct thread *thread)
{
	struct threads *threads = thread->threads;
	uint64_t iteration;

	pthread_mutex_lock(&threads->lock);
	while (!threads->stop && threads->iteration == thread->done) {
		struct timespec until = from_now(PULSE);

		pthread_cond_timedwait(&threads->changed, &threads->lock, &until);
		atomic_fetch_add(&thread->counts->heartbeat, 1);
	}
	iteration = threads->stop ? 0 : threads->iteration;
	pthread_mutex_unlock(&threads->lock);
	return iteration;
}

static void take_priority(const struct thread *thread)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (thread->threads->config->schedule)
		sched_setscheduler(0, SCHED_FIFO, &first);
}

static void end_iteration(struct thread *thread, uint64_t iteration)
{
	struct threads *threads = thread->threads;

	pthread_mutex_lock(&threads->lock);
	/* look_at() has taken away its priority. */
	if (thread->late)
		take_priority(thread);
	thread->late = false;
	thread->done = iteration;
	pthread_cond_broadcast(&threads->changed);
	pthread_mutex_unlock(&threads->lock);
}

static void *run(void *argument)
{
	struct thread *thread = argument;
	const struct threads_config *config = thread->threads->config;
	uint64_t iteration;
	int none = 0, r = 0;

	pin(thread->cpu);
	take_priority(thread);
	if (config->engine)
		r = schedule_engine_add_thread(config->engine, thread->number, gettid());
	if (r)
		atomic_compare_exchange_strong(
			&thread->threads->error, &none,
			report(r, "naming %s to the schedule's engine", thread->name));
	while ((iteration = wait_for_iteration(thread))) {
		wait_for_the_engine(thread, iteration);
		thread_do(thread, thread->steps, thread->count);
		end_iteration(thread, iteration);
	}
	return NULL;
}

/* Reports a thread that takes longer than its step allows, once in an iteration. Returns whether
 * the run gives up waiting for it. */
static bool look_at(struct thread *thread)
{
	const struct threads_config *config = thread->threads->config;
	const struct sched_param any = { .sched_priority = 0 };
	size_t number = atomic_load(&thread->step);
	/* The time first: a step can return while this thread waits for a processor. */
	uint64_t now = units_now(), since = atomic_load(&thread->since);
	const struct thread_step *step = &thread->steps[number];
	const struct thread_outcome outcome = { .time = now,
						.iteration = thread->threads->iteration,
						.thread = thread->name,
						.reader = thread->number,
						.step = number,
						.what = step,
						.late = true,
						.took = now - since };
	uint64_t spent;

	if (!since || atomic_load(&thread->step) != number || !step->must_return || now < since)
		return false;
	spent = thread_spent(thread, step, since, now);
	if (spent < step->must_return)
		return false;
	if (thread->late) {
		if (spent < step->must_return + config->patience)
			return false;
		config->stuck(config->context, &outcome);
		return true;
	}
	thread->late = true;
	/* It may spin in the kernel, and others need the processor. */
	pthread_setschedparam(thread->id, SCHED_OTHER, &any);
	thread_note_hit(thread, outcome.iteration);
	config->unmet(config->context, &outcome);
	return false;
}

/* Waits until each thread has done the iteration. Returns 0; -EDEADLK: a thread does not return. */
static int wait_for_threads(struct threads *threads)
{
	size_t count = threads->config->count, back = 0;

	pthread_mutex_lock(&threads->lock);
	for (;;) {
		struct timespec until = from_now(LOOK);

		back = 0;
		for (size_t i = 0; i < count; i++) {
			back += threads->all[i].done == threads->iteration;
			if (look_at(&threads->all[i])) {
				pthread_mutex_unlock(&threads->lock);
				return -EDEADLK;
			}
		}
		if (back == count)
			break;
		atomic_fetch_add(&threads->all[count].counts->heartbeat, 1);
		pthread_cond_timedwait(&threads->changed, &threads->lock, &until);
	}
	pthread_mutex_unlock(&threads->lock);
	return 0;
}

static uint64_t ended_passages(const struct schedule_page *page)
{
	uint64_t sum = atomic_load(&page->made) + atomic_load(&page->withstood);

	for (size_t i = 0; i < SCHEDULE_HOLDS_MAX; i++)
		for (int why = 0; why < SCHEDULE_MISSES; why++)
			sum += atomic_load(&page->missed[i][why]);
	return sum;
}

/* Waits for the end of the passage: an unfinished one would be continued in the next iteration. */
static void end_passage(const struct threads_config *config)
{
	const struct schedule_page *page = config->schedule;
	uint64_t end = units_now() + config->passage_most;

	if (page)
		sched_get_priority_max(CODE_MARK_OVER);
	while (page && ended_passages(page) < atomic_load(&page->passages) && units_now() < end)
		sched_yield();
}

static void offer(const struct threads_config *config, uint64_t iteration)
{
	struct schedule_page *page = config->schedule;

	if (!page)
		return;
	atomic_store(&page->page, 0);
	atomic_store(&page->last, INT64_MAX);
	atomic_store(&page->exposed, 0);
	atomic_store(&page->clock, units_now());
	atomic_store(&page->waiting, iteration);
	sched_get_priority_max(CODE_MARK_OPEN);
}

/* Makes the files again, without page table entries. */
static int prepare(struct threads *threads)
{
	const struct threads_config *config = threads->config;
	int r = 0;

	for (size_t i = 0; i <= config->count && !r; i++)
		r = thread_begin(&threads->all[i]);
	if (r)
		return report(r, "mapping the files");
	r = config->refill(config->context);
	for (size_t i = 0; i < config->target_count && !r; i++)
		truth_fill(&threads->truths[i],
			   sequence_generation(region_sequence(&config->targets[i].regions[0])));
	return r;
}

static int iterate(struct threads *threads)
{
	const struct threads_config *config = threads->config;
	struct thread *own = &threads->all[config->count];
	int r;

	atomic_store(&threads->now, threads->iteration + 1);
	r = prepare(threads);
	if (r)
		return r;
	own->steps = config->before;
	if (!thread_do(own, config->before, config->before_count))
		return atomic_load(&threads->error);
	offer(config, threads->iteration + 1);
	pthread_mutex_lock(&threads->lock);
	threads->iteration++;
	pthread_cond_broadcast(&threads->changed);
	pthread_mutex_unlock(&threads->lock);
	r = wait_for_threads(threads);
	if (r)
		return r;
	end_passage(config);
	own->steps = config->after;
	thread_do(own, config->after, config->after_count);
	r = atomic_load(&threads->error);
	if (!r)
		atomic_fetch_add(&config->totals->iterations, 1);
	return r;
}

static int open_all(struct threads *threads)
{
	const struct threads_config *config = threads->config;
	const char *const paths[] = { config->backing, config->mount };
	int r = 0;

	threads->truths = calloc(config->target_count, sizeof(*threads->truths));
	threads->all = calloc(config->count + 1, sizeof(*threads->all));
	if (!threads->truths || !threads->all)
		return -ENOMEM;
	for (size_t i = 0; i < config->target_count && !r; i++)
		r = truth_make(&threads->truths[i], config->targets[i].id, config->targets[i].size);
	for (size_t i = 0; i <= config->count && !r; i++) {
		struct thread *thread = &threads->all[i];
		bool scripted = i < config->count;

		thread->name = scripted ? config->scripts[i].name : "before and after";
		thread->number = (unsigned int)i;
		thread->counts = &config->counts[i];
		thread->cpu = scripted ? threads_cpu(config->scripts, i) : -1;
		thread->steps = scripted ? config->scripts[i].steps.items : NULL;
		thread->count = scripted ? config->scripts[i].steps.count : 0;
		r = thread_init(thread, threads);
	}
	for (int way = 0; way < 2 && !r; way++) {
		threads->directories[way] = open(paths[way], O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = threads->directories[way] < 0 ? -errno : 0;
	}
	return r;
}

static int start(struct threads *threads)
{
	int r = 0;

	for (size_t i = 0; i < threads->config->count && !r; i++) {
		struct thread *thread = &threads->all[i];

		r = -pthread_create(&thread->id, NULL, run, thread);
		thread->started = !r;
	}
	return r ? report(r, "starting the threads") : 0;
}

static void stop(struct threads *threads)
{
	pthread_mutex_lock(&threads->lock);
	threads->stop = true;
	pthread_cond_broadcast(&threads->changed);
	pthread_mutex_unlock(&threads->lock);
	for (size_t i = 0; i < threads->config->count; i++)
		if (threads->all[i].started)
			pthread_join(threads->all[i].id, NULL);
}

static void close_all(struct threads *threads)
{
	for (size_t i = 0; threads->truths && i < threads->config->target_count; i++)
		truth_release(&threads->truths[i]);
	for (size_t i = 0; threads->all && i <= threads->config->count; i++)
		if (threads->all[i].files)
			thread_release(&threads->all[i]);
	for (int way = 0; way < 2; way++)
		if (threads->directories[way] >= 0)
			close(threads->directories[way]);
	free(threads->truths);
	free(threads->all);
	pthread_cond_destroy(&threads->changed);
	pthread_mutex_destroy(&threads->lock);
	pthread_mutex_destroy(&threads->inspecting);
}

int threads_play(const struct threads_config *config)
{
	struct threads *threads = calloc(1, sizeof(*threads));
	pthread_condattr_t monotonic;
	int r;

	if (!threads)
		return report(-ENOMEM, "the threads");
	threads->config = config;
	threads->directories[0] = threads->directories[1] = -1;
	pthread_mutex_init(&threads->lock, NULL);
	pthread_mutex_init(&threads->inspecting, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&threads->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = open_all(threads);
	r = r ? report(r, "preparing the threads") : start(threads);
	while (!r && !config->over(config->context))
		r = iterate(threads);
	/* The thread that does not return still uses everything. */
	if (r == -EDEADLK)
		return r;
	stop(threads);
	close_all(threads);
	free(threads);
	return r;
}
