/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void lose_init(struct lose *lose, uint64_t seed)
{
	pthread_rwlockattr_t prefers;

	memset(lose, 0, sizeof(*lose));
	lose->seed = seed;
	lose->spill.fd = -1;
	lose->last_put = &lose->put;
	pthread_mutex_init(&lose->crash, NULL);
	pthread_mutex_init(&lose->lock, NULL);
	/* Prefers writers, so that a crash gets the gate however busy the layer is. */
	pthread_rwlockattr_init(&prefers);
	pthread_rwlockattr_setkind_np(&prefers, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&lose->gate, &prefers);
	pthread_rwlockattr_destroy(&prefers);
}

/* With the lock held, like all below. */
static void free_writes(struct lose_write **list)
{
	while (*list) {
		struct lose_write *write = *list;

		*list = write->next;
		free(write);
	}
}

static void forget_all(struct lose *lose)
{
	lose_forget_changes(lose);
	while (lose->files)
		lose_forget_file(lose, &lose->files);
	free_writes(&lose->writes);
	free_writes(&lose->put);
	lose->last_put = &lose->put;
	while (lose->syncs) {
		struct lose_sync *sync = lose->syncs;

		lose->syncs = sync->next;
		free(sync);
	}
	lose->missed = 0;
	atomic_store(&lose->knows_layer, false);
}

void lose_destroy(struct lose *lose)
{
	forget_all(lose);
	lose_spill_release(&lose->spill);
	pthread_mutex_destroy(&lose->crash);
	pthread_mutex_destroy(&lose->lock);
	pthread_rwlock_destroy(&lose->gate);
}

void lose_forgets(struct lose *lose, uint64_t device, uint64_t inode)
{
	const struct lose_identity identity = { device, inode };
	struct lose_file *file;

	if (!atomic_load_explicit(&lose->used, memory_order_relaxed))
		return;
	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, &identity);
	if (file) {
		file->unused = true;
		lose_forget_unused(lose, file);
	}
	pthread_mutex_unlock(&lose->lock);
}

void lose_layer_ended(struct lose *lose)
{
	pthread_mutex_lock(&lose->crash);
	pthread_mutex_lock(&lose->lock);
	lose->ended = true;
	forget_all(lose);
	pthread_mutex_unlock(&lose->lock);
	pthread_mutex_unlock(&lose->crash);
}

void lose_track(struct lose *lose, bool all, bool any_order, bool each_write)
{
	pthread_mutex_lock(&lose->lock);
	lose->any_order = any_order;
	lose->each_write = each_write;
	atomic_store(&lose->tracks, all);
	pthread_mutex_unlock(&lose->lock);
}

void lose_sees(struct lose *lose, const struct hook_request *request)
{
	if (atomic_load_explicit(&lose->knows_layer, memory_order_acquire))
		return;
	pthread_mutex_lock(&lose->lock);
	/* A thread that sees knows_layer set reads `any` without the lock. */
	if (!lose->ended && !atomic_load_explicit(&lose->knows_layer, memory_order_relaxed)) {
		lose->any = lose_keep_request(request);
		atomic_store_explicit(&lose->knows_layer, true, memory_order_release);
	}
	pthread_mutex_unlock(&lose->lock);
}

static bool is_write(const struct hook_request *request)
{
	return request->opcode == FUSE_WRITE || request->opcode == FUSE_COPY_FILE_RANGE;
}

static bool is_sync(const struct hook_request *request)
{
	return request->opcode == FUSE_FSYNC || request->opcode == FUSE_FSYNCDIR;
}

bool lose_concerns(const struct lose *lose, const struct hook_request *request)
{
	return atomic_load_explicit(&lose->tracks, memory_order_relaxed) &&
	       (is_write(request) || is_sync(request) || lose_changes(request));
}

/* A copy of the request, on the file written to, which is the second one of copy_file_range. */
static struct hook_request on_written(const struct hook_request *request)
{
	struct hook_request written = lose_keep_request(request);

	if (request->opcode != FUSE_COPY_FILE_RANGE)
		return written;
	written.nodeid = request->other.nodeid;
	written.inode = request->other.inode;
	written.device = request->other.device;
	return written;
}

static bool is_under_way(const struct lose *lose, const struct hook_request *request)
{
	for (const struct lose_write *write = lose->writes; write; write = write->next)
		if (write->request.unique == request->unique)
			return true;
	return false;
}

static int64_t begin_write(struct lose *lose, const struct hook_request *request, uint64_t offset,
			   uint64_t end)
{
	struct lose_write *write;
	struct lose_file *file;
	uint64_t since;
	int r;

	if (lose->ended || is_under_way(lose, request))
		return 0;
	write = malloc(sizeof(*write));
	r = write ? lose_need_file(lose, request, &file) : -ENOMEM;
	if (r) {
		free(write);
		lose->missed++;
		return r;
	}
	since = lose->each_write ? ++lose->generation : lose_last_sync(lose, &file->identity);
	*write = (struct lose_write){
		.next = lose->writes,
		.request = *request,
		.offset = offset,
		.end = end,
		.generation = lose->generation,
	};
	lose->writes = write;
	return lose_keep_pages(lose, file, offset / LOSE_PAGE, (end - 1) / LOSE_PAGE, since);
}

int64_t lose_write_begins(struct lose *lose, const struct hook_request *request, uint64_t offset,
			  uint64_t size)
{
	struct hook_request written;
	int64_t kept;

	if (!size)
		return 0;
	written = on_written(request);
	atomic_store(&lose->used, true);
	pthread_mutex_lock(&lose->lock);
	kept = begin_write(lose, &written, offset, offset + size);
	pthread_mutex_unlock(&lose->lock);
	return kept;
}

/* Lists an ended write, with the bytes that it moved. */
static void keep_put(struct lose *lose, struct lose_write *write, int result)
{
	write->end = lose_lesser(write->end, write->offset + (uint64_t)result);
	write->ended = lose->generation;
	write->next = NULL;
	*lose->last_put = write;
	lose->last_put = &write->next;
}

static void end_write(struct lose *lose, const struct hook_request *request, int result)
{
	struct lose_write **link = &lose->writes, *write;

	while ((write = *link) && write->request.unique != request->unique)
		link = &write->next;
	if (!write)
		return;
	*link = write->next;
	lose_touch(lose, &(struct lose_identity){ write->request.device, write->request.inode },
		   false);
	if (result > 0 && write->request.opcode == FUSE_WRITE && write->request.mode & O_DSYNC)
		lose_end_durable_write(lose, write);
	else if (result > 0 && lose->each_write) {
		keep_put(lose, write, result);
		return;
	}
	free(write);
}

void lose_ends(struct lose *lose, const struct hook_request *request, int result)
{
	if (!atomic_load_explicit(&lose->used, memory_order_relaxed))
		return;
	pthread_mutex_lock(&lose->lock);
	if (is_write(request))
		end_write(lose, request, result);
	else if (is_sync(request))
		lose_end_sync(lose, request, result);
	else
		lose_change_ends(lose, request, result);
	pthread_mutex_unlock(&lose->lock);
}

static uint64_t write_offset(const struct hook_request *request)
{
	return request->opcode == FUSE_COPY_FILE_RANGE ? request->other.offset : request->offset;
}

int lose_enters(struct lose *lose, const struct hook_request *request)
{
	pthread_rwlock_rdlock(&lose->gate);
	if (lose_is_off(lose)) {
		pthread_rwlock_unlock(&lose->gate);
		return EIO;
	}
	if (!lose_concerns(lose, request) || is_sync(request))
		return 0;
	if (is_write(request)) {
		lose_write_begins(lose, request, write_offset(request), request->length);
		return 0;
	}
	atomic_store(&lose->used, true);
	pthread_mutex_lock(&lose->lock);
	if (!lose->ended && lose_change_begins(lose, request))
		lose->missed++;
	pthread_mutex_unlock(&lose->lock);
	return 0;
}

void lose_leaves(struct lose *lose)
{
	pthread_rwlock_unlock(&lose->gate);
}

void lose_cut(struct lose *lose, const struct hook_request *request, uint64_t size)
{
	const struct lose_identity identity = lose_identity_of(request);
	struct lose_file *file;

	if (!atomic_load_explicit(&lose->used, memory_order_relaxed))
		return;
	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, &identity);
	if (file) {
		file->size = lose_lesser(file->size, size);
		lose_cut_versions(file, size, UINT64_MAX);
	}
	for (struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		if (sync->request.inode == request->inode &&
		    sync->request.device == request->device)
			sync->size = lose_lesser(sync->size, size);
	pthread_mutex_unlock(&lose->lock);
}
