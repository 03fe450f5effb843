/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_maps.h"

#include <sys/mman.h>

int64_t replay_make_mmap(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	/* A foreign trace may have others, as MAP_FIXED, which would replace what is mapped. */
	const int allowed = MAP_TYPE | MAP_POPULATE | MAP_NORESERVE;
	int protection = (int)(call->flags & 0xff) & ~PROT_EXEC;
	int flags = (int)(call->flags >> 8) & allowed;
	char *at = mmap(NULL, (size_t)call->length, protection, flags,
			replay_fd(replay, call->handle), call->offset);

	if (at == MAP_FAILED)
		return -errno;
	if (!call->other) {
		munmap(at, (size_t)call->length);
		return 0;
	}
	pthread_rwlock_wrlock(&replay->map_lock);
	replay->maps[call->other] = (struct replay_map){
		.base = at,
		.address = at,
		.length = (uint64_t)call->length,
		.offset = (uint64_t)call->offset,
		.file = call->file,
		.readable = protection & PROT_READ,
		.stores = protection & PROT_WRITE && flags & MAP_SHARED,
	};
	pthread_rwlock_unlock(&replay->map_lock);
	return 0;
}

/* Returns whether a range is within a mapping as it was made. */
static bool holds(const struct replay_map *map, const struct trace_call *call)
{
	return map->base && call->offset >= 0 && call->length > 0 &&
	       map->base + call->offset >= map->address && (uint64_t)call->length <= map->length &&
	       (uint64_t)(map->base + call->offset - map->address) <=
		       map->length - (uint64_t)call->length;
}

int64_t replay_make_munmap(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	struct replay_map *map = &replay->maps[call->other];
	uint64_t length = (uint64_t)call->length;
	int64_t r = -EINVAL;
	char *at;

	pthread_rwlock_wrlock(&replay->map_lock);
	if (call->other && holds(map, call)) {
		at = map->base + call->offset;
		/* The kernel unmaps whole pages. */
		length = (length + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE * STAMP_PAGE_SIZE;
		r = replay_result(munmap(at, length));
		if (!r && at > map->address) {
			map->length = (uint64_t)(at - map->address);
		} else if (!r && length < map->length) {
			map->address += length;
			map->offset += length;
			map->length -= length;
		} else if (!r) {
			*map = (struct replay_map){ .base = NULL };
		}
	}
	pthread_rwlock_unlock(&replay->map_lock);
	return r;
}

int64_t replay_make_msync(struct replay_thread *thread, const struct trace_call *call)
{
	struct replay *replay = thread->replay;
	int64_t r = -EINVAL;

	pthread_rwlock_rdlock(&replay->map_lock);
	if (call->other && holds(&replay->maps[call->other], call))
		r = replay_result(msync(replay->maps[call->other].base + call->offset,
					(size_t)call->length, (int)call->flags));
	pthread_rwlock_unlock(&replay->map_lock);
	return r;
}
