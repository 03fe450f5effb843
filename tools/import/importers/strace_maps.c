/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_maps.h"

#include <sys/mman.h>

STRACE_TAKE(strace_take_mmap)
{
	static const struct strace_flag protections[] = {
		{ "PROT_READ", PROT_READ },
		{ "PROT_WRITE", PROT_WRITE },
		{ "PROT_EXEC", PROT_EXEC },
		{ NULL, 0 },
	};
	static const struct strace_flag flags[] = {
		{ "MAP_SHARED", MAP_SHARED },          { "MAP_PRIVATE", MAP_PRIVATE },
		{ "MAP_SHARED_VALIDATE", MAP_SHARED }, { "MAP_POPULATE", MAP_POPULATE },
		{ "MAP_NORESERVE", MAP_NORESERVE },    { NULL, 0 },
	};
	/* A number (-e raw) has all flags, but the replay chooses its own addresses. */
	const uint64_t replayed = MAP_TYPE | MAP_POPULATE | MAP_NORESERVE;
	struct trace_call made = strace_call_base(call, start, TRACE_MMAP);
	struct strace_fd *fd = strace_our_fd(strace, thread, call, 4);
	struct strace_map map = { .address = (uint64_t)call->result, .since = start + call->took };
	bool good = true;

	(void)row, (void)why;
	if (!fd)
		return STRACE_ELSEWHERE;
	made.length = strace_number_of(call, 1, &good);
	made.offset = strace_number_of(call, 5, &good);
	/* Old versions print the pages that mmap2() takes. */
	if (good && strace_is(call->name, "mmap2") && made.offset % 4096 && made.offset > 0 &&
	    made.offset < INT64_MAX >> 16)
		made.offset *= 4096;
	if (!good || made.length <= 0 || made.offset < 0 || made.length > INT64_MAX / 8 ||
	    made.offset > INT64_MAX / 8)
		return STRACE_GARBLED;
	made.flags = strace_flags(call->arguments[2], protections) |
		     (strace_flags(call->arguments[3], flags) & replayed) << 8;
	made.handle = fd->handle;
	made.file = fd->description->file;
	made.other = maker_map(&strace->maker);
	/* A large address is not an error. */
	if (call->result < 0 && call->result > -4096) {
		strace_emit(strace, thread, &made);
		return STRACE_USED;
	}
	made.result = 0;
	map.length = (uint64_t)made.length;
	map.map = made.other;
	map.file = made.file;
	strace_map_add(strace, thread, &map);
	maker_saw_map(&strace->maker, made.file, (uint64_t)made.offset + map.length);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* Sets the part of a mapping that is in a range of addresses. Returns whether there is any. */
static bool overlap(const struct strace_map *map, uint64_t address, uint64_t length,
		    struct trace_call *made)
{
	uint64_t first = address > map->address ? address : map->address;
	uint64_t end = address + length < map->address + map->length ? address + length
								     : map->address + map->length;

	if (first >= end)
		return false;
	made->other = map->map;
	made->file = map->file;
	made->offset = (int64_t)(first - map->address + map->offset);
	made->length = (int64_t)(end - first);
	return true;
}

/* Shrinks a mapping to its head, or else its tail. Returns whether anything is left. */
static bool shrink(struct strace_map *map, uint64_t address, uint64_t length)
{
	uint64_t end = map->address + map->length;

	if (address > map->address) {
		map->length = address - map->address;
		return true;
	}
	if (address + length >= end)
		return false;
	map->offset += address + length - map->address;
	map->address = address + length;
	map->length = end - map->address;
	return true;
}

STRACE_TAKE(strace_take_munmap)
{
	static const struct strace_flag flags[] = {
		{ "MS_ASYNC", MS_ASYNC },
		{ "MS_INVALIDATE", MS_INVALIDATE },
		{ "MS_SYNC", MS_SYNC },
		{ NULL, 0 },
	};
	struct strace_maps *maps = thread->maps;
	enum strace_outcome outcome = STRACE_ELSEWHERE;
	bool good = true;
	uint64_t address = (uint64_t)strace_number_of(call, 0, &good);
	uint64_t length = (uint64_t)strace_number_of(call, 1, &good);

	(void)why;
	if (!good || length > INT64_MAX || address + length < address)
		return STRACE_GARBLED;
	for (size_t i = 0; i < maps->count;) {
		struct trace_call made = strace_call_base(call, start, row->op);

		/* Another thread's mapping that appeared at these addresses during this call came
		 * after the unmapping. */
		if ((maps->items[i].since > start && maps->items[i].by != thread) ||
		    !overlap(&maps->items[i], address, length, &made)) {
			i++;
			continue;
		}
		if (row->op == TRACE_MSYNC && call->count > 2)
			made.flags = strace_flags(call->arguments[2], flags);
		strace_emit(strace, thread, &made);
		outcome = STRACE_USED;
		if (row->op == TRACE_MUNMAP && !call->result &&
		    !shrink(&maps->items[i], address, length))
			maps->items[i] = maps->items[--maps->count];
		else
			i++;
	}
	return outcome;
}
