/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/kinds.h"
#include "tools/workloads/replay/replay_calls.h"
#include "tools/workloads/replay/replay_details.h"
#include "tools/workloads/replay/replay_place.h"
#include "tools/workloads/replay/replay_read.h"
#include "tools/workloads/replay/replay_touch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int parse_pace(const char *text, void *field, char *why, size_t size)
{
	char rest;

	if (sscanf(text, "%lf%c", (double *)field, &rest) == 1 && *(double *)field >= 0 &&
	    *(double *)field <= 1000)
		return 0;
	snprintf(why, size, "\"%s\" is not a pace; allowed: 0 to 1000", text);
	return -EINVAL;
}

static const struct schema_key keys[] = {
	{ "trace", SCHEMA_TEXT, offsetof(struct replay_settings, trace), NULL,
	  "a path, relative to the scenario", "path of the trace", .required = 1 },
	{ "pace", SCHEMA_PARSED, offsetof(struct replay_settings, pace), "1", "0 to 1000",
	  "factor by which recorded times are multiplied; 0: as fast as possible",
	  .parse = parse_pace, .noun = "number" },
	{ "touch", SCHEMA_COUNT, offsetof(struct replay_settings, touch), "1",
	  "a number from 0 to 16", "number of threads that read mapped files",
	  .max = REPLAY_TOUCH_MAX },
	{ "touch_pause", SCHEMA_DURATION, offsetof(struct replay_settings, touch_pause), "200us",
	  "a duration such as \"200us\", up to 10s", "pause of such a thread after each 32 pages",
	  .max = 10000000000 },
	{ .name = NULL },
};

/* Checks that the image has room for the files, and that they can be judged. */
static int check_trace(const struct scenario *scenario, const struct trace *trace, char *why,
		       size_t size)
{
	uint64_t bytes = 0;
	char needed[32];

	for (size_t i = 1; i <= trace->file_count; i++) {
		if (trace->files[i].largest > STAMP_FILE_SIZE_MAX) {
			snprintf(why, size, "its file %zu gets too large; allowed: up to 512G", i);
			return -EINVAL;
		}
		bytes += trace->files[i].exists ? trace->files[i].size : 0;
	}
	if (backing_holds(&scenario->backing, bytes))
		return 0;
	snprintf(why, size,
		 "backing.size is too small for the files that it begins with; allowed: at least "
		 "%s",
		 units_format_size(bytes + BACKING_SPARE, needed, sizeof(needed)));
	return -EINVAL;
}

static int check(const struct scenario *scenario, const void *settings, const char **key, char *why,
		 size_t size)
{
	const struct replay_settings *replay = settings;
	struct trace trace;
	char wrong[400];
	int r = trace_load(&trace, replay->trace, wrong, sizeof(wrong));

	*key = "trace";
	if (r)
		snprintf(why, size, "%s: %s; allowed: what foliostorm import writes", replay->trace,
			 wrong);
	else
		r = check_trace(scenario, &trace, why, size);
	trace_release(&trace);
	return r ? -EINVAL : 0;
}

static int make_parents(struct replay *replay, const char *name)
{
	const char *backing = replay->workload->run->backing;
	char path[PATH_MAX];

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%s/%.*s", backing, (int)(slash - name), name);
		if (mkdir(path, 0755) && errno != EEXIST)
			return workload_fail(replay->workload, -errno, "making %s", path);
	}
	return 0;
}

/* Returns whether a name is a directory, because there are others below it. */
static bool is_directory(const struct replay *replay, const char *path)
{
	struct stat status;

	(void)replay;
	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int stamp_file(struct replay *replay, struct replay_file *file, int fd, uint64_t size)
{
	enum { STEP = 1 << 20 };
	_cleanup_free_ char *buffer = aligned_alloc(STAMP_PAGE_SIZE, STEP);

	if (!buffer)
		return -ENOMEM;
	replay_change_begin(file, 0, size);
	for (uint64_t at = 0; at < size && !atomic_load(&replay->workload->run->shared->stop);) {
		size_t part = size - at < STEP ? (size_t)(size - at) : STEP;
		ssize_t put;

		replay_fill(file, at, buffer, part);
		put = pwrite(fd, buffer, part, (off_t)at);
		if (put <= 0)
			return put ? -errno : -EIO;
		at += (uint64_t)put;
	}
	replay_change_end(file, 0, size, size, REPLAY_WRITES);
	return fsync(fd) ? -errno : 0;
}

/* Makes a file that existed before the trace. */
static int make_file(struct replay *replay, uint32_t number)
{
	const struct trace_file *from = &replay->trace.files[number];
	struct replay_file *file = &replay->files[number];
	const char *name = replay->trace.names[from->name];
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s", replay->workload->run->backing, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 && is_directory(replay, path))
		return 0;
	r = fd < 0 ? -errno : stamp_file(replay, file, fd, from->size);
	if (r)
		return workload_fail(replay->workload, r, "making %s", name);
	atomic_store(&file->size, from->size);
	atomic_store(&replay->names[from->name], number);
	file->number = workload_add_file(replay->workload, name, fd);
	return 0;
}

static int make_files(struct replay *replay)
{
	const struct trace *trace = &replay->trace;
	int r = 0;

	for (uint32_t i = 1; i <= trace->name_count && !r; i++)
		r = make_parents(replay, trace->names[i]);
	for (uint32_t i = 1; i <= trace->file_count && !r; i++) {
		struct replay_file *file = &replay->files[i];

		/* The number in results, as long as there are enough. */
		file->stamp = (i - 1) % STAMP_FILE_MAX + 1;
		r = replay_file_init(file, trace->files[i].largest);
		if (r)
			return workload_fail(replay->workload, r, "file %u", i);
		if (trace->files[i].exists)
			r = make_file(replay, i);
		else
			file->number = workload_add_file(
				replay->workload,
				trace->files[i].name ? trace->names[trace->files[i].name]
						     : "(no name)",
				-1);
	}
	return r;
}

/* Opens the handles that were open at the start of the trace. */
static int open_handles(struct replay *replay)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < replay->trace.handle_count; i++) {
		const struct trace_handle *handle = &replay->trace.handles[i];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", replay->workload->run->mount,
			 replay->trace.names[handle->name]);
		fd = open(path, ((int)handle->flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_CLOEXEC);
		if (fd < 0)
			return workload_fail(replay->workload, -errno, "opening %s",
					     replay->trace.names[handle->name]);
		atomic_store(&replay->handles[handle->handle], fd);
		replay->handle_files[handle->handle] = handle->file;
	}
	return 0;
}

static int allocate(struct replay *replay)
{
	const struct trace *trace = &replay->trace;
	pthread_rwlockattr_t attributes;

	replay->files = calloc(trace->file_count + 1, sizeof(*replay->files));
	replay->handles = calloc((size_t)trace->last_handle + 1, sizeof(*replay->handles));
	replay->handle_files =
		calloc((size_t)trace->last_handle + 1, sizeof(*replay->handle_files));
	replay->names = calloc(trace->name_count + 1, sizeof(*replay->names));
	replay->maps = calloc((size_t)trace->last_map + 1, sizeof(*replay->maps));
	replay->threads = calloc((size_t)trace->threads + 1, sizeof(*replay->threads));
	replay->touchers = calloc(replay->settings->touch + 1, sizeof(*replay->touchers));
	if (!replay->files || !replay->handles || !replay->handle_files || !replay->names ||
	    !replay->maps || !replay->threads || !replay->touchers) {
		/* Released here, since its zeros would be closed as descriptors. */
		free((void *)replay->handles);
		replay->handles = NULL;
		return -ENOMEM;
	}
	for (uint32_t i = 0; i <= trace->last_handle; i++)
		atomic_store(&replay->handles[i], -1);
	for (size_t i = 0; i < trace->count; i++)
		if (trace->calls[i].op == TRACE_OPEN)
			replay->handle_files[trace->calls[i].handle] = trace->calls[i].file;
		else if (trace->calls[i].op == TRACE_DUP)
			replay->handle_files[trace->calls[i].other] = trace->calls[i].file;
	/* Prefers writers, so that unmapping does not wait for ever for touching threads. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&replay->map_lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	return 0;
}

static int prepare(struct workload *workload)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	struct rlimit limit;
	char why[400];
	int r;

	if (!replay)
		return workload_fail(workload, -ENOMEM, "a replay");
	workload->state = replay;
	replay->workload = workload;
	replay->settings = workload->settings;
	workload_phase(workload, "making the files of the trace");
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	r = trace_load(&replay->trace, replay->settings->trace, why, sizeof(why));
	if (r)
		return workload_fail(workload, r, "%s: %s", replay->settings->trace, why);
	r = allocate(replay);
	if (r)
		return workload_fail(workload, r, "memory for %zu calls", replay->trace.count);
	r = replay_plan_make(&replay->plan, &replay->trace) ?: replay_find_overlaps(&replay->trace);
	if (r)
		return workload_fail(workload, r, "an order of the calls");
	atomic_store(&workload->counts->planned, replay->trace.count);
	r = make_files(replay);
	return r ? r : open_handles(replay);
}

/* Sleeps a moment, and increments the heartbeat. Returns false when the run ends. */
static bool wait_a_moment(struct replay_thread *thread, uint64_t most)
{
	const uint64_t slice = 100000000;

	atomic_fetch_add(&thread->counts->heartbeat, 1);
	units_sleep(most < slice ? most : slice);
	return !workload_over(thread->replay->workload);
}

/* Waits until other threads have done the calls that this one needs. */
static bool wait_for_others(struct replay_thread *thread, uint32_t index)
{
	const struct replay_plan *plan = &thread->replay->plan;
	bool waited = false;

	for (uint32_t i = plan->needs_first[index]; i < plan->needs_first[index + 1]; i++) {
		const struct replay_need *need = &plan->needs[i];

		while (atomic_load(&thread->replay->threads[need->thread].done) < need->calls) {
			waited = true;
			if (!wait_a_moment(thread, 20000))
				return false;
		}
	}
	thread->waited += waited;
	return true;
}

static bool wait_for_time(struct replay_thread *thread, uint64_t target)
{
	uint64_t now;

	while ((now = units_now()) < target)
		if (!wait_a_moment(thread, target - now))
			return false;
	return true;
}

static void note_lateness(struct replay_thread *thread, uint64_t target)
{
	uint64_t now = units_now(), late = now > target ? now - target : 0;
	uint64_t bucket = late / REPLAY_LATE_BUCKET;

	thread->late[bucket < REPLAY_LATE_BUCKETS ? bucket : REPLAY_LATE_BUCKETS - 1]++;
	thread->latest = late > thread->latest ? late : thread->latest;
}

static void note_result(struct replay_thread *thread, uint32_t index, int64_t result)
{
	struct replay *replay = thread->replay;
	struct workload_counts *counts = replay->workload->counts;
	unsigned int place;

	atomic_fetch_add(&counts->operations, 1);
	if (result == replay->trace.calls[index].result)
		return;
	atomic_fetch_add(&counts->unexpected, 1);
	atomic_store(&replay->files[replay->trace.calls[index].file].astray, true);
	place = atomic_fetch_add(&replay->unexpected_count, 1);
	if (place < REPLAY_UNEXPECTED_KEPT) {
		replay->unexpected[place].thread = thread->number;
		replay->unexpected[place].call = index;
		replay->unexpected[place].result = result;
	}
}

static void replay_calls(struct replay_thread *thread)
{
	struct replay *replay = thread->replay;
	const struct replay_plan *plan = &replay->plan;
	uint32_t first = plan->firsts[thread->number], end = plan->firsts[thread->number + 1];

	for (uint32_t i = first; i < end; i++) {
		uint32_t index = plan->calls[i];
		const struct trace_call *call = &replay->trace.calls[index];
		uint64_t target =
			replay->began + (uint64_t)((double)call->start * replay->settings->pace);
		int64_t result;

		atomic_fetch_add(&thread->counts->heartbeat, 1);
		replay_ready_call(thread, call);
		if (!wait_for_time(thread, target) || !wait_for_others(thread, index) ||
		    workload_over(replay->workload))
			return;
		if (replay->settings->pace > 0)
			note_lateness(thread, target);
		result = replay_make_call(thread, call);
		note_result(thread, index, result);
		atomic_fetch_add(&thread->done, 1);
	}
}

/* Threads beyond the available counts share them. */
static bool find_slot(struct replay_thread *thread)
{
	struct workload *workload = thread->replay->workload;
	unsigned int own = WORKLOAD_READERS_MAX - (unsigned int)thread->replay->settings->touch;

	thread->slot = thread->number <= own ? workload_add_reader(workload)
					     : (int)((thread->number - 1) % own);
	if (thread->slot < 0)
		return false;
	thread->counts = &workload->counts->reader[thread->slot];
	return true;
}

static void *replay_thread(void *argument)
{
	struct replay_thread *thread = argument;

	if (find_slot(thread))
		replay_calls(thread);
	atomic_store(&thread->ended, true);
	return NULL;
}

static int start(struct replay *replay)
{
	pthread_attr_t attributes;
	int r = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 512 << 10);
	replay->began = units_now();
	for (uint64_t i = 0; i < replay->settings->touch && !r; i++) {
		struct replay_toucher *toucher = &replay->touchers[i];

		toucher->replay = toucher->reader.replay = replay;
		r = -pthread_create(&toucher->reader.thread, &attributes, replay_touch, toucher);
		toucher->reader.started = !r;
	}
	for (uint32_t t = 1; t <= replay->trace.threads && !r; t++) {
		struct replay_thread *thread = &replay->threads[t];

		thread->replay = replay;
		thread->number = t;
		r = -pthread_create(&thread->thread, &attributes, replay_thread, thread);
		thread->started = !r;
	}
	pthread_attr_destroy(&attributes);
	return r ? workload_fail(replay->workload, r, "%u threads", replay->trace.threads) : 0;
}

/* Waits for all threads. The watchdog ignores those that have ended. */
static void wait_for_threads(struct replay *replay)
{
	bool all;

	do {
		all = true;
		for (uint32_t t = 1; t <= replay->trace.threads; t++) {
			struct replay_thread *thread = &replay->threads[t];

			if (!thread->started)
				continue;
			if (!atomic_load(&thread->ended))
				all = false;
			else if (thread->counts)
				atomic_fetch_add(&thread->counts->heartbeat, 1);
		}
		if (!all)
			units_sleep(5000000);
	} while (!all);
	for (uint32_t t = 1; t <= replay->trace.threads; t++)
		if (replay->threads[t].started)
			pthread_join(replay->threads[t].thread, NULL);
}

static void end_touchers(struct replay *replay)
{
	atomic_store(&replay->touchers_end, true);
	for (uint64_t i = 0; i < replay->settings->touch; i++) {
		atomic_store(&replay->touchers[i].reader.ended, true);
		if (replay->touchers[i].reader.started)
			pthread_join(replay->touchers[i].reader.thread, NULL);
	}
}

static int run(struct workload *workload)
{
	struct replay *replay = workload->state;
	int r;

	workload_phase(workload, "replay");
	r = start(replay);
	if (r)
		atomic_store(&workload->run->shared->stop, true);
	wait_for_threads(replay);
	end_touchers(replay);
	if (!r && replay->trace.threads && replay->threads[1].counts)
		replay_read_all(&replay->threads[1]);
	workload_details(workload, keys_object(replay_details, replay));
	return r;
}

static void release_thread(struct replay_thread *thread)
{
	if (thread->buffer)
		munmap(thread->buffer, thread->buffer_size);
	free(thread->views);
}

static void release(struct workload *workload)
{
	struct replay *replay = workload->state;

	if (!replay)
		return;
	for (uint32_t i = 1; replay->maps && i <= replay->trace.last_map; i++)
		if (replay->maps[i].base)
			munmap(replay->maps[i].address, replay->maps[i].length);
	for (uint32_t i = 1; replay->handles && i <= replay->trace.last_handle; i++)
		if (replay_fd(replay, i) >= 0)
			close(replay_fd(replay, i));
	for (uint32_t i = 1; replay->files && i <= replay->trace.file_count; i++)
		replay_file_destroy(&replay->files[i]);
	for (uint32_t t = 1; replay->threads && t <= replay->trace.threads; t++)
		release_thread(&replay->threads[t]);
	for (uint64_t i = 0; replay->touchers && i < replay->settings->touch; i++)
		release_thread(&replay->touchers[i].reader);
	free(replay->files);
	free((void *)replay->handles);
	free(replay->handle_files);
	free((void *)replay->names);
	free(replay->maps);
	free(replay->threads);
	free(replay->touchers);
	replay_plan_release(&replay->plan);
	trace_release(&replay->trace);
	free(replay);
}

const struct workload_kind workload_replay = {
	.schema = { .name = "replay",
		    .help = "the calls of a trace made by `foliostorm import`, with one thread for "
			    "each "
			    "recorded one, on files that hold stamps",
		    .keys = keys,
		    .size = sizeof(struct replay_settings) },
	.file_key = "trace",
	.check = check,
	.details = replay_details,
	.prepare = prepare,
	.run = run,
	.release = release,
};
