/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/workload.h"
#include "injector/base/cleanup.h"
#include "injector/base/extreme.h"
#include "injector/base/report.h"
#include "injector/base/run_phase.h"
#include "injector/base/units.h"
#include "injector/schedule/schedule_engine.h"
#include "tools/reading/mapped_copy.h"
#include "tools/scenario/scenario_schedule.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

uint64_t workload_end(const struct workload *workload)
{
	uint64_t duration = workload->scenario->duration;

	return duration ? atomic_load(&workload->counts->began) + duration : UINT64_MAX;
}

/* Returns whether the workload's schedule has been followed often enough for a verdict. */
static bool is_proven(const struct workload *workload)
{
	return workload->schedule &&
	       schedule_page_passed(workload->schedule) >= workload->scenario->expect.made;
}

bool workload_over(const struct workload *workload)
{
	return atomic_load(&workload->run->shared->stop) || is_proven(workload) ||
	       units_now() >= workload_end(workload);
}

static void send_event(const struct workload *workload, const struct event *event)
{
	/* If the supervisor has ended, so will this process. */
	(void)!send(workload->run->events, event, sizeof(*event), MSG_NOSIGNAL);
}

void workload_phase(struct workload *workload, const char *text)
{
	struct event event = { .type = EVENT_PHASE, .time = units_now() };

	snprintf(event.text, sizeof(event.text), "%s", text);
	send_event(workload, &event);
}

unsigned int workload_add_file(struct workload *workload, const char *name, int backing_fd)
{
	struct workload_counts *counts = workload->counts;
	unsigned int index = atomic_fetch_add(&counts->files, 1), number;

	if (index >= WORKLOAD_FILES_MAX) {
		atomic_fetch_sub(&counts->files, 1);
		return 0;
	}
	number = (unsigned int)workload->scenario->files.count + index + 1;
	snprintf(counts->file[index], sizeof(counts->file[index]), "%s", name);
	if (workload->run->witness && backing_fd >= 0 &&
	    witness_add_file(workload->run->witness, backing_fd, number))
		return 0;
	return number;
}

int workload_add_reader(struct workload *workload)
{
	struct workload_counts *counts = workload->counts;
	unsigned int index = atomic_load(&counts->readers);

	do
		if (index >= WORKLOAD_READERS_MAX)
			return -ENOSPC;
	while (!atomic_compare_exchange_weak(&counts->readers, &index, index + 1));
	if (workload->run->witness && counts->first_reader + index < GATE_READERS)
		witness_add_reader(workload->run->witness, counts->first_reader + index);
	if (workload->run->engine) {
		int r = schedule_engine_add_reader(workload->run->engine,
						   workload->schedule && !index);

		if (r)
			return r;
	}
	return (int)index;
}

void workload_punch(struct workload *workload, const struct event *what)
{
	struct worker_shared *shared = workload->run->shared;
	int no_error = 0;

	atomic_compare_exchange_strong(&shared->punch_error, &no_error, what->punch.error);
	extreme_lower(&shared->first_punch, what->time);
	atomic_fetch_add(&shared->punches, 1);
	atomic_fetch_add(&shared->punches_failed, what->punch.error != 0);
	atomic_fetch_add(&workload->counts->punches, 1);
	atomic_fetch_add(&workload->counts->punches_failed, what->punch.error != 0);
	send_event(workload, what);
}

static void count_hit(struct workload *workload, uint64_t time, bool first_of_punch)
{
	struct worker_shared *shared = workload->run->shared;

	extreme_lower(&shared->first_hit, time);
	atomic_fetch_add(&shared->punches_hit, first_of_punch);
	atomic_fetch_add(&workload->counts->punches_hit, first_of_punch);
}

void workload_hit(struct workload *workload, const struct reader_hit *hit)
{
	const struct event event = { .type = EVENT_HIT, .time = hit->time, .hit = *hit };

	count_hit(workload, hit->time, hit->first_of_punch);
	atomic_fetch_add(&workload->run->shared->classes[hit->judgement.class], 1);
	send_event(workload, &event);
}

void workload_tell(struct workload *workload, const char *type, json_t *object, bool hit,
		   bool first_of_punch)
{
	struct event event = { .type = EVENT_WORKLOAD, .time = units_now(), .told.hit = hit };
	size_t used;

	if (hit)
		count_hit(workload, event.time, first_of_punch);
	json_object_set_new(object, "type", json_string(type));
	used = json_dumpb(object, event.told.json, sizeof(event.told.json), JSON_COMPACT);
	if (!used || used >= sizeof(event.told.json))
		report(-E2BIG, "workload %s: what it has to tell (%s)", workload->kind->schema.name,
		       type);
	else
		send_event(workload, &event);
	json_decref(object);
}

void workload_details(struct workload *workload, json_t *object)
{
	struct workload_counts *counts = workload->counts;
	_cleanup_free_ char *text = json_dumps(object, JSON_COMPACT);

	/* If the new text is too long, the old one stays. */
	if (!text || strlen(text) >= sizeof(counts->details)) {
		report(-E2BIG, "workload %s: its details", workload->kind->schema.name);
	} else {
		memcpy(counts->details, text, strlen(text) + 1);
		atomic_store(&counts->detailed, true);
	}
	json_decref(object);
}

void workload_worth(struct workload *workload, const char *format, ...)
{
	struct workload_counts *counts = workload->counts;
	va_list args;

	atomic_store(&counts->valued, false);
	va_start(args, format);
	vsnprintf(counts->worth, sizeof(counts->worth), format, args);
	va_end(args);
	atomic_store(&counts->valued, true);
}

void workload_stuck(struct workload *workload, uint64_t linger, const char *format, ...)
{
	struct workload_counts *counts = workload->counts;
	static atomic_flag said = ATOMIC_FLAG_INIT;
	va_list args;

	if (atomic_flag_test_and_set(&said))
		return;
	va_start(args, format);
	vsnprintf(counts->stuck, sizeof(counts->stuck), format, args);
	va_end(args);
	atomic_store(&counts->stuck_until, units_now() + linger);
}

int workload_fail(struct workload *workload, int error, const char *format, ...)
{
	struct workload_counts *counts = workload->counts;
	char message[sizeof(counts->failure) - 64];
	static atomic_flag said = ATOMIC_FLAG_INIT;
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (!atomic_flag_test_and_set(&said)) {
		snprintf(counts->failure, sizeof(counts->failure), "%s%s%s", message,
			 error ? ": " : "", error ? strerror(-error) : "");
		atomic_store(&counts->failed, true);
	}
	return report(error, "workload %s: %s", workload->kind->schema.name, message);
}

/* Begins. If there is a storm, it begins when both are ready. */
static void begin(struct workload *workload)
{
	struct worker_shared *shared = workload->run->shared;
	bool alone = !workload->scenario->files.count;

	/* Set before the worker can see the new state: the supervisor measures the time from it. */
	atomic_store(&workload->counts->began, units_now());
	atomic_store(&workload->counts->state, WORKLOAD_RUNNING);
	while (!alone && !atomic_load(&shared->stop) &&
	       atomic_load(&shared->state) == WORKER_PREPARING)
		units_sleep(1000000);
	atomic_store(&workload->counts->began, units_now());
	if (!alone)
		return;
	atomic_store(&shared->began, units_now());
	run_phase_change(&shared->phase, RUN_PHASE_PREPARING, RUN_PHASE_STORM);
	atomic_store(&shared->state, WORKER_RUNNING);
}

static void end(struct workload *workload, int error)
{
	struct worker_shared *shared = workload->run->shared;

	atomic_store(&workload->counts->ended, units_now());
	if (!workload->scenario->files.count) {
		atomic_store(&shared->ended, units_now());
		atomic_store(&shared->state, error ? WORKER_FAILED : WORKER_DONE);
	}
	atomic_store(&workload->counts->state, error ? WORKLOAD_FAILED : WORKLOAD_DONE);
}

static unsigned int reader_count(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;
	unsigned int count = 0;

	for (size_t i = 0; i < scenario->readers.count; i++)
		count += (unsigned int)readers[i].count;
	return count;
}

static unsigned int highest_descriptor(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned int highest = 2;

	while (directory && (entry = readdir(directory)))
		if ((unsigned int)atoi(entry->d_name) > highest &&
		    atoi(entry->d_name) != dirfd(directory))
			highest = (unsigned int)atoi(entry->d_name);
	if (directory)
		closedir(directory);
	return highest;
}

int workload_run(const struct worker_config *config)
{
	struct workload workload = {
		.kind = workload_kind_of(config->scenario),
		.settings = config->scenario->workload.settings,
		.scenario = config->scenario,
		.run = config,
		.counts = &config->shared->workload,
		.schedule = scenario_role_workload(config->scenario) ? config->schedule : NULL,
	};
	unsigned int inherited = highest_descriptor();
	int r = 0;

	workload.counts->first_reader = reader_count(config->scenario);
	prctl(PR_SET_TIMERSLACK, 1);
	mapped_copy_init();
	if (!config->scenario->files.count)
		run_phase_change(&config->shared->phase, 0, RUN_PHASE_PREPARING);
	if (config->witness)
		r = witness_add_process(config->witness, getpid());
	if (!r && config->engine && workload.schedule)
		r = schedule_engine_add_process(config->engine, getpid());
	if (r)
		workload_fail(&workload, r,
			      "naming it to the witness, or to the schedule's engine");
	if (!r && workload.kind->prepare)
		r = workload.kind->prepare(&workload);
	if (!r && !atomic_load(&config->shared->stop)) {
		begin(&workload);
		r = workload.kind->run(&workload);
	}
	if (workload.kind->release)
		workload.kind->release(&workload);
	end(&workload, r);
	/* This process may never end, so nothing is released: closing its files might not return.
	 * The supervisor does not wait for it. */
	if (workload_is_stuck(workload.counts))
		close_range(0, inherited, 0);
	return r ? 1 : 0;
}
