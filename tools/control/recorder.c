/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/recorder.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/open_output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RING_SIZE = 8 << 20, LINE_MAX_SIZE = 16384, FLUSH_NS = 1000000000 };

struct recorder {
	struct hooks inner;
	FILE *file;
	char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below; held only to copy */
	pthread_cond_t filled;
	char *ring;
	size_t first, used; /* bytes that wait to be written, and where they begin */
	uint64_t lines, lost;
	bool ends;
	bool made; /* the file was not there before */
	uint64_t
		/* when the first line came that may not be in the file; 0: none. Of the thread */
		unsaved;
};

static size_t put_escaped(char *to, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text && used + 4 < room; text++)
		used = append_text(to, room, used,
				   *text <= ' ' || *text > '~' || *text == '%' ? "%%%02x" : "%c",
				   (unsigned char)*text);
	return used;
}

static size_t make_line(const struct hook_request *request, int result, char *line, size_t size)
{
	const struct hook_operation *operation = hook_operation_of(request->opcode);
	char text[PATH_MAX];
	const char *path =
		request->lookups ? request->lookups->path(request, text, sizeof(text)) : "";
	size_t used;

	used = append_text(line, size, 0,
			   "%" PRIu32 " %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64
			   " %" PRIx32 " %d ",
			   request->pid, request->arrived, units_now() - request->arrived,
			   operation ? operation->name : "unknown", request->inode, request->offset,
			   request->length, request->mode, result);
	used += put_escaped(line + used, size - used, *path ? path : "-");
	if (request->name) {
		line[used++] = ' ';
		used += put_escaped(line + used, size - used, request->name);
	}
	line[used++] = '\n';
	return used;
}

static void put_line(struct recorder *recorder, const char *line, size_t size)
{
	pthread_mutex_lock(&recorder->lock);
	if (recorder->used + size > RING_SIZE) {
		recorder->lost++;
	} else {
		size_t at = (recorder->first + recorder->used) % RING_SIZE;
		size_t head = size < RING_SIZE - at ? size : RING_SIZE - at;

		memcpy(recorder->ring + at, line, head);
		memcpy(recorder->ring, line + head, size - head);
		recorder->used += size;
		recorder->lines++;
		pthread_cond_signal(&recorder->filled);
	}
	pthread_mutex_unlock(&recorder->lock);
}

/* Waits for bytes, at most until earlier ones must be flushed. The caller holds the lock. */
static void wait_filled(struct recorder *recorder)
{
	const uint64_t until = recorder->unsaved + FLUSH_NS;
	const struct timespec limit = { .tv_sec = (time_t)(until / 1000000000),
					.tv_nsec = (long)(until % 1000000000) };
	int r = 0;

	while (!recorder->used && !recorder->ends && !r)
		if (recorder->unsaved)
			r = pthread_cond_timedwait(&recorder->filled, &recorder->lock, &limit);
		else
			pthread_cond_wait(&recorder->filled, &recorder->lock);
}

/* Gets the contiguous bytes at the front of the ring; size 0: it is time to flush. Returns false at
 * the end. */
static bool front(struct recorder *recorder, const char **at, size_t *size)
{
	size_t together;
	bool more;

	pthread_mutex_lock(&recorder->lock);
	wait_filled(recorder);
	more = recorder->used || !recorder->ends;
	together = RING_SIZE - recorder->first;
	together = recorder->used < together ? recorder->used : together;
	*at = recorder->ring + recorder->first;
	*size = together;
	pthread_mutex_unlock(&recorder->lock);
	return more;
}

static void save_in_time(struct recorder *recorder, size_t written)
{
	const uint64_t now = units_now();

	if (recorder->unsaved && now - recorder->unsaved >= FLUSH_NS) {
		fflush(recorder->file);
		recorder->unsaved = 0;
	} else if (written && !recorder->unsaved) {
		recorder->unsaved = now;
	}
}

static void *write_lines(void *argument)
{
	struct recorder *recorder = argument;
	const char *at;
	size_t size;

	while (front(recorder, &at, &size)) {
		/* A write error shows when the file is closed. */
		fwrite(at, 1, size, recorder->file);
		save_in_time(recorder, size);
		pthread_mutex_lock(&recorder->lock);
		recorder->first = (recorder->first + size) % RING_SIZE;
		recorder->used -= size;
		pthread_mutex_unlock(&recorder->lock);
	}
	return NULL;
}

/* The writer blocks all signals: if it took SIGTERM, the process would end without cleanup. */
static int start_writer(struct recorder *recorder)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&recorder->thread, NULL, write_lines, recorder);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static struct hook_decision before(void *injector, const struct hook_request *request)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	return inner->before ? inner->before(inner->injector, request)
			     : (struct hook_decision){ .delay_ns = 0 };
}

static struct hook_decision after(void *injector, const struct hook_request *request, int result)
{
	struct recorder *recorder = injector;
	const struct hooks *inner = &recorder->inner;
	char line[LINE_MAX_SIZE];

	put_line(recorder, line, make_line(request, result, line, sizeof(line)));
	return inner->after ? inner->after(inner->injector, request, result)
			    : (struct hook_decision){ .delay_ns = 0 };
}

static struct hook_decision next(void *injector, const struct hook_request *request,
				 bool interrupted)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	return inner->next ? inner->next(inner->injector, request, interrupted)
			   : (struct hook_decision){ .delay_ns = 0 };
}

static void waits(void *injector, const struct hook_request *request, hook_wake *wake, void *waiter)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->waits)
		inner->waits(inner->injector, request, wake, waiter);
}

static size_t shorten(void *injector, const struct hook_request *request, size_t size)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	return inner->shorten ? inner->shorten(inner->injector, request, size) : size;
}

static void alter_read(void *injector, const struct hook_request *request, char *data, size_t size)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->alter_read)
		inner->alter_read(inner->injector, request, data, size);
}

static void alter_write(void *injector, const struct hook_request *request, char *data, size_t size)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->alter_write)
		inner->alter_write(inner->injector, request, data, size);
}

static void alter_answer(void *injector, const struct hook_request *request, void *answer,
			 size_t size)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->alter_answer)
		inner->alter_answer(inner->injector, request, answer, size);
}

static void forgotten(void *injector, uint64_t device, uint64_t inode)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->forgotten)
		inner->forgotten(inner->injector, device, inode);
}

static void done(void *injector, const struct hook_request *request)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->done)
		inner->done(inner->injector, request);
}

static void ended(void *injector)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->ended)
		inner->ended(inner->injector);
}

static void release(struct recorder *recorder)
{
	if (recorder->file)
		fclose(recorder->file);
	free(recorder->ring);
	free(recorder->path);
	free(recorder);
}

static int open_file(struct recorder *recorder, const char *path, const char *data_path)
{
	struct stat status;
	int fd = open_output(path, O_WRONLY | O_EXCL);

	if (fd < 0)
		return fd;
	recorder->made = !fstat(fd, &status) && S_ISREG(status.st_mode);
	recorder->file = fdopen(fd, "w");
	if (!recorder->file) {
		close(fd);
		return report(-ENOMEM, "recording to %s", path);
	}
	return fprintf(recorder->file, "foliostorm-record 1 %s\n", data_path) < 0 ||
			       fflush(recorder->file)
		       ? report(-EIO, "recording to %s", path)
		       : 0;
}

/* Removes the file from the directory that its path leads to by now. */
static int remove_file(const struct recorder *recorder)
{
	char name[NAME_MAX + 1];
	_cleanup_close_ int directory = open_output_parent(recorder->path, name);

	if (directory < 0)
		return directory;
	return unlinkat(directory, name, 0) ? report(-errno, "removing %s", recorder->path) : 0;
}

static void init_locks(struct recorder *recorder)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&recorder->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int recorder_start(struct recorder **recorder, const char *path, const char *data_path,
		   struct hooks *hooks)
{
	struct recorder *made = calloc(1, sizeof(*made));
	int r;

	if (!made)
		return report(-ENOMEM, "recording to %s", path);
	made->inner = *hooks;
	made->path = strdup(path);
	made->ring = malloc(RING_SIZE);
	init_locks(made);
	r = made->path && made->ring ? open_file(made, path, data_path)
				     : report(-ENOMEM, "recording to %s", path);
	if (!r) {
		r = start_writer(made);
		if (r)
			report(r, "recording to %s", path);
	}
	if (r) {
		if (made->made)
			remove_file(made);
		release(made);
		return r;
	}
	*recorder = made;
	/* If all requests are recorded, the kernel caches nothing: watches() and began() are not
	 * called. */
	static_assert(sizeof(*hooks) == 14 * sizeof(void *), "a hook that is not handed on");
	*hooks = (struct hooks){
		.injector = made,
		.before = before,
		.after = after,
		.next = next,
		.waits = waits,
		.shorten = shorten,
		.alter_read = alter_read,
		.alter_write = alter_write,
		.alter_answer = alter_answer,
		.forgotten = forgotten,
		.done = done,
		.ended = ended,
	};
	return 0;
}

int recorder_stop(struct recorder *recorder, bool keep)
{
	int r = 0;

	if (!recorder)
		return 0;
	pthread_mutex_lock(&recorder->lock);
	recorder->ends = true;
	pthread_cond_signal(&recorder->filled);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	if (recorder->lost)
		fprintf(recorder->file, "lost %" PRIu64 "\n", recorder->lost);
	fprintf(recorder->file, "end %" PRIu64 "\n", recorder->lines);
	if (fflush(recorder->file) || ferror(recorder->file))
		r = report(-errno ?: -EIO, "recording to %s", recorder->path);
	if (!keep && recorder->made && remove_file(recorder))
		r = -EIO;
	pthread_mutex_destroy(&recorder->lock);
	pthread_cond_destroy(&recorder->filled);
	release(recorder);
	return r;
}
