/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/recorder.h"
#include "injector/report.h"
#include "injector/units.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING_SIZE = 8 << 20, LINE_MAX_SIZE = 16384 };

struct recorder {
	struct hooks inner;
	FILE *file;
	char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below; held for a copy only */
	pthread_cond_t filled;
	char *ring;
	size_t first, used; /* bytes that wait to be written, and where they begin */
	uint64_t lines, lost;
	bool ends;
};

static size_t put_escaped(char *to, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text && used + 4 < room; text++)
		used += (size_t)snprintf(to + used, room - used,
					 *text <= ' ' || *text > '~' || *text == '%' ? "%%%02x"
										     : "%c",
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

	used = (size_t)snprintf(line, size,
				"%" PRIu32 " %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRIu64
				" %" PRIu64 " %" PRIx32 " %d ",
				request->pid, request->arrived, units_now() - request->arrived,
				operation ? operation->name : "unknown", request->inode,
				request->offset, request->length, request->mode, result);
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

/* Takes the bytes at the front of the ring, as far as they lie together. Returns how many; 0: it
 * has ended. */
static size_t front(struct recorder *recorder, const char **at)
{
	size_t together;

	pthread_mutex_lock(&recorder->lock);
	while (!recorder->used && !recorder->ends)
		pthread_cond_wait(&recorder->filled, &recorder->lock);
	together = RING_SIZE - recorder->first;
	together = recorder->used < together ? recorder->used : together;
	*at = recorder->ring + recorder->first;
	pthread_mutex_unlock(&recorder->lock);
	return together;
}

static void *write_lines(void *argument)
{
	struct recorder *recorder = argument;
	const char *at;
	size_t size;

	while ((size = front(recorder, &at))) {
		/* What cannot be written shows when the file is closed. */
		fwrite(at, 1, size, recorder->file);
		pthread_mutex_lock(&recorder->lock);
		recorder->first = (recorder->first + size) % RING_SIZE;
		recorder->used -= size;
		pthread_mutex_unlock(&recorder->lock);
	}
	return NULL;
}

/* Signals are for those who serve: taken by the writer, SIGTERM would end the process as it is. */
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

static void done(void *injector, const struct hook_request *request)
{
	const struct hooks *inner = &((struct recorder *)injector)->inner;

	if (inner->done)
		inner->done(inner->injector, request);
}

static void release(struct recorder *recorder)
{
	if (recorder->file)
		fclose(recorder->file);
	free(recorder->ring);
	free(recorder->path);
	free(recorder);
}

int recorder_start(struct recorder **recorder, const char *path, struct hooks *hooks)
{
	struct recorder *made = calloc(1, sizeof(*made));
	int r = 0;

	if (!made)
		return report(-ENOMEM, "recording to %s", path);
	made->inner = *hooks;
	made->path = strdup(path);
	made->ring = malloc(RING_SIZE);
	made->file = fopen(path, "we");
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->filled, NULL);
	if (!made->file)
		r = -errno;
	else if (!made->path || !made->ring)
		r = -ENOMEM;
	else if (fputs("foliostorm-record 1\n", made->file) < 0)
		r = -EIO;
	else
		r = start_writer(made);
	if (r) {
		release(made);
		return report(r, "recording to %s", path);
	}
	*recorder = made;
	*hooks = (struct hooks){
		.injector = made,
		.before = before,
		.after = after,
		.next = next,
		.waits = waits,
		.shorten = shorten,
		.alter_read = alter_read,
		.alter_write = alter_write,
		.done = done,
	};
	return 0;
}

int recorder_stop(struct recorder *recorder)
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
	pthread_mutex_destroy(&recorder->lock);
	pthread_cond_destroy(&recorder->filled);
	release(recorder);
	return r;
}
