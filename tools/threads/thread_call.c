/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives operations access to their thread's files, and judges pages. */
#include "injector/base/units.h"
#include "tools/reading/mapped_copy.h"
#include "tools/threads/thread_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HITS_MOST = 16 }; /* reported by a thread in one iteration */

struct thread_file *thread_file(const struct thread_call *call)
{
	const struct threads_config *config = call->thread->threads->config;

	return &call->thread->files[call->target - config->targets];
}

void thread_close_file(struct thread_file *file, int way)
{
	if (file->fd[way] >= 0)
		close(file->fd[way]);
	file->fd[way] = -1;
}

char *thread_map(struct thread_call *call)
{
	char **map = &thread_file(call)->map[call->step->through_mount];
	void *made;

	if (*map)
		return *map;
	made = mmap(NULL, call->target->size, PROT_READ | PROT_WRITE, MAP_SHARED, call->fd, 0);
	if (made == MAP_FAILED)
		return NULL;
	/* A single entry that maps the whole folio would be removed with the punched page, long
	 * before the split. */
	madvise(made, call->target->size, MADV_NOHUGEPAGE);
	return *map = made;
}

void thread_unmap(struct thread_call *call)
{
	char **map = &thread_file(call)->map[call->step->through_mount];

	if (*map)
		munmap(*map, call->target->size);
	*map = NULL;
}

int thread_directory(const struct thread_call *call)
{
	return call->thread->threads->directories[call->step->through_mount];
}

int thread_open(struct thread_call *call)
{
	int way = call->step->through_mount;
	int fd = openat(thread_directory(call), call->target->name, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	thread_close_file(thread_file(call), way);
	thread_file(call)->fd[way] = fd;
	return 0;
}

int thread_close(struct thread_call *call)
{
	thread_close_file(thread_file(call), call->step->through_mount);
	return 0;
}

int thread_pipe(struct thread_call *call, int fds[2])
{
	if (call->thread->pipe[0] < 0 && pipe2(call->thread->pipe, O_CLOEXEC))
		return -errno;
	memcpy(fds, call->thread->pipe, sizeof(call->thread->pipe));
	return 0;
}

int thread_reclaim_fd(const struct thread_call *call)
{
	return call->thread->threads->config->reclaim;
}

void thread_inspect(const struct thread_call *call)
{
	struct threads *threads = call->thread->threads;

	pthread_mutex_lock(&threads->inspecting);
	threads->config->inspect(threads->config->context);
	pthread_mutex_unlock(&threads->inspecting);
}

struct truth *thread_truth(const struct thread_call *call)
{
	const struct threads *threads = call->thread->threads;

	return &threads->truths[call->target - threads->config->targets];
}

uint64_t thread_look(const struct thread_call *call, uint64_t offset)
{
	return truth_look(thread_truth(call), offset);
}

void thread_stamp(const struct thread_call *call, uint64_t offset, uint64_t *page)
{
	truth_stamp(thread_truth(call), offset, page);
}

/* Returns whether a page is still wrong when it is accessed again. */
static bool is_wrong(const struct thread_call *call, uint64_t offset, const char *map)
{
	_Alignas(64) uint64_t page[STAMP_WORDS] = { 0 };
	uint64_t look = thread_look(call, offset);
	struct judgement judgement;
	bool there;

	if (map)
		there = !mapped_copy(page, map + offset, STAMP_PAGE_SIZE);
	else
		there = pread(call->target->backing_fd, page, STAMP_PAGE_SIZE, (off_t)offset) > 0;
	return truth_judge(thread_truth(call), offset, there ? page : NULL, look,
			   thread_look(call, offset), &judgement) &&
	       judgement.class != WRONG_NONE;
}

static bool is_wrong_afresh(const struct thread_call *call, uint64_t offset)
{
	void *map = mmap(NULL, call->target->size, PROT_READ, MAP_SHARED, call->fd, 0);
	bool wrong;

	if (map == MAP_FAILED)
		return false;
	wrong = is_wrong(call, offset, map);
	munmap(map, call->target->size);
	return wrong;
}

bool thread_has_news(struct thread *thread, uint64_t iteration)
{
	if (thread->told != iteration)
		thread->hits = 0;
	thread->told = iteration;
	return thread->hits++ < HITS_MOST;
}

void thread_note_hit(struct thread *thread, uint64_t iteration)
{
	if (atomic_exchange(&thread->threads->hit, iteration) != iteration)
		atomic_fetch_add(&thread->threads->config->totals->hit, 1);
	atomic_fetch_add(&thread->counts->wrong, 1);
}

static void tell_hit(struct thread_call *call, uint64_t offset, const struct judgement *judgement)
{
	struct thread *thread = call->thread;
	const struct threads_config *config = thread->threads->config;
	uint64_t iteration = atomic_load(&thread->threads->now);
	uint64_t size = call->target->region_size;
	struct reader_hit hit = {
		.time = units_now(),
		.ticket = iteration,
		.reader = thread->number,
		.file = call->target->id,
		.page = offset / STAMP_PAGE_SIZE,
		.folio = offset / size * size / STAMP_PAGE_SIZE,
		.judgement = *judgement,
	};

	thread_note_hit(thread, iteration);
	if (!thread_has_news(thread, iteration))
		return;
	hit.access = hit.time - atomic_load(&thread->since);
	hit.again_wrong = is_wrong(call, offset, call->step->op->maps ? thread_map(call) : NULL);
	hit.pread_wrong = is_wrong(call, offset, NULL);
	hit.fresh_wrong = is_wrong_afresh(call, offset);
	hit.check = units_now() - hit.time;
	config->hit(config->context, &hit);
}

void thread_judge(struct thread_call *call, uint64_t offset, const uint64_t *page, uint64_t look)
{
	struct reader_counts *counts = call->thread->counts;
	struct judgement judgement;

	atomic_store(&counts->last_page, offset / STAMP_PAGE_SIZE);
	if (!truth_judge(thread_truth(call), offset, page, look, thread_look(call, offset),
			 &judgement)) {
		atomic_fetch_add(&counts->not_judged, 1);
		return;
	}
	atomic_fetch_add(&counts->reads, 1);
	if (judgement.class != WRONG_NONE)
		tell_hit(call, offset, &judgement);
}
