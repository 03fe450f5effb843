/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_state.h"
#include "injector/base/report.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* Includes the allocator's header. */
static size_t held_by(void *memory)
{
	return memory ? malloc_usable_size(memory) + sizeof(size_t) : 0;
}

void *strace_hold(struct strace *strace, void *memory, size_t size)
{
	size_t others = strace->held - held_by(memory);
	void *grown = others + size > STRACE_HELD_MAX ? NULL : realloc(memory, size);

	strace->full |= !grown;
	if (grown)
		strace->held = others + held_by(grown);
	return grown;
}

void strace_let_go(struct strace *strace, void *memory)
{
	strace->held -= held_by(memory);
	free(memory);
}

static void *hold_zeroed(struct strace *strace, size_t size)
{
	void *memory = strace_hold(strace, NULL, size);

	return memory ? memset(memory, 0, size) : NULL;
}

uint64_t strace_path_hash(struct strace_text path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < path.length; i++)
		hash = (hash ^ (unsigned char)path.at[i]) * 0x100000001b3;
	return hash;
}

int strace_open(struct strace *strace, struct import *import)
{
	strace->import = import;
	strace->threads = calloc(STRACE_SLOTS, sizeof(*strace->threads));
	return strace->threads ? 0 : report(-ENOMEM, "a table of threads");
}

void strace_fd_drop(struct strace *strace, struct strace_fd *fd)
{
	if (fd->description && !--fd->description->refs)
		strace_let_go(strace, fd->description);
	*fd = (struct strace_fd){ .description = NULL };
}

static void release_fds(struct strace *strace, struct strace_fds *fds)
{
	if (!fds || --fds->refs)
		return;
	for (size_t i = 0; i < fds->room; i++)
		strace_fd_drop(strace, &fds->items[i]);
	strace_let_go(strace, fds->items);
	strace_let_go(strace, fds);
}

static void release_maps(struct strace *strace, struct strace_maps *maps)
{
	if (!maps || --maps->refs)
		return;
	strace_let_go(strace, maps->items);
	strace_let_go(strace, maps);
}

static void release_thread(struct strace *strace, struct strace_thread *thread)
{
	release_fds(strace, thread->fds);
	release_maps(strace, thread->maps);
	strace_let_go(strace, thread->cwd);
	strace_let_go(strace, thread->pending);
	thread->fds = NULL;
	thread->maps = NULL;
	thread->cwd = thread->pending = NULL;
}

void strace_close(struct strace *strace)
{
	for (size_t i = 0; strace->threads && i < STRACE_SLOTS; i++)
		if (strace->threads[i]) {
			release_thread(strace, strace->threads[i]);
			strace_let_go(strace, strace->threads[i]);
		}
	free(strace->threads);
	for (size_t i = 0; i < strace->place_count; i++)
		strace_let_go(strace, strace->places[i].path);
}

static bool own_tables(struct strace *strace, struct strace_thread *thread)
{
	thread->fds = hold_zeroed(strace, sizeof(*thread->fds));
	thread->maps = hold_zeroed(strace, sizeof(*thread->maps));
	if (thread->fds)
		thread->fds->refs = 1;
	if (thread->maps)
		thread->maps->refs = 1;
	return thread->fds && thread->maps;
}

/* The slot of a tid: its thread, or an empty one. */
static struct strace_thread **slot_of(struct strace *strace, int tid)
{
	size_t slot = (unsigned int)tid * 2654435761U % STRACE_SLOTS;

	while (strace->threads[slot] && strace->threads[slot]->tid != tid)
		slot = (slot + 1) % STRACE_SLOTS;
	return &strace->threads[slot];
}

static void copy_fds(struct strace *strace, struct strace_thread *to, const struct strace_fds *from)
{
	for (size_t i = 0; i < from->room && !strace->full; i++) {
		const struct strace_fd *fd = &from->items[i];
		struct strace_fd *copy =
			fd->description ? strace_fd_set(strace, to, (int)i, fd->description, 0,
							fd->handle, fd->path)
					: NULL;

		if (copy)
			copy->by = NULL;
	}
}

static void copy_maps(struct strace *strace, struct strace_thread *to,
		      const struct strace_maps *from)
{
	for (size_t i = 0; i < from->count && !strace->full; i++) {
		strace_map_add(strace, to, &from->items[i]);
		if (to->maps->count)
			to->maps->items[to->maps->count - 1].by = NULL;
	}
}

/* Gives a new thread the tables it inherits from its parent. */
static void inherit(struct strace *strace, struct strace_thread *thread,
		    const struct strace_thread *parent, bool shares_fds, bool shares_memory)
{
	if (shares_fds && thread->fds != parent->fds) {
		release_fds(strace, thread->fds);
		thread->fds = parent->fds;
		thread->fds->refs++;
	} else if (!shares_fds) {
		copy_fds(strace, thread, parent->fds);
	}
	if (shares_memory && thread->maps != parent->maps) {
		release_maps(strace, thread->maps);
		thread->maps = parent->maps;
		thread->maps->refs++;
	} else if (!shares_memory) {
		copy_maps(strace, thread, parent->maps);
	}
	thread->parent = parent;
	if (parent->cwd && !thread->cwd)
		strace_set_cwd(strace, thread, parent->cwd);
}

/* A new tid is the child of a thread whose clone is unfinished. */
static void adopt(struct strace *strace, struct strace_thread *thread)
{
	struct strace_thread *parent = strace->forking;

	strace->forking = NULL;
	if (!parent || parent == thread || !parent->pending || parent->gone)
		return;
	inherit(strace, thread, parent,
		memmem(parent->pending, parent->pending_length, "CLONE_FILES", 11) != NULL,
		memmem(parent->pending, parent->pending_length, "CLONE_VM", 8) != NULL);
}

struct strace_thread *strace_thread(struct strace *strace, int tid)
{
	struct strace_thread **slot, *thread = strace->last_thread;

	if (thread && thread->tid == tid && !thread->gone)
		return thread;
	slot = slot_of(strace, tid);
	if (*slot && !(*slot)->gone)
		return strace->last_thread = *slot;
	if (!*slot) {
		if (strace->thread_count == STRACE_THREADS_MAX)
			return NULL;
		*slot = hold_zeroed(strace, sizeof(**slot));
		if (!*slot)
			return NULL;
		strace->thread_count++;
	}
	thread = *slot;
	*thread = (struct strace_thread){ .tid = tid, .born = strace->now };
	if (!own_tables(strace, thread)) {
		release_thread(strace, thread);
		thread->gone = true;
		return NULL;
	}
	adopt(strace, thread);
	return strace->last_thread = thread;
}

/* NULL: none, or it has ended. */
static struct strace_thread *alive(struct strace *strace, int tid)
{
	struct strace_thread *thread = *slot_of(strace, tid);

	return thread && !thread->gone ? thread : NULL;
}

/* The only thread that has not ended; NULL: none or several. */
static struct strace_thread *find_sole(struct strace *strace)
{
	struct strace_thread *sole = NULL;

	for (size_t i = 0; strace->thread_count && i < STRACE_SLOTS; i++) {
		struct strace_thread *thread = strace->threads[i];

		if (!thread || thread->gone)
			continue;
		if (sole)
			return NULL;
		sole = thread;
	}
	return sole;
}

struct strace_thread *strace_line_thread(struct strace *strace, int tid, bool resumes)
{
	struct strace_thread *first;

	if (tid && tid != strace->first_tid && strace->last_thread &&
	    strace->last_thread->tid == tid)
		return strace_thread(strace, tid);
	first = alive(strace, 0);
	if (!tid && !first) {
		if (!strace->sole || strace->sole->gone)
			strace->sole = find_sole(strace);
		return strace->sole ?: strace_thread(strace, 0);
	}
	if (tid && first && !strace->first_tid && !alive(strace, tid) &&
	    (resumes ? first->pending != NULL : strace->forking != first))
		strace->first_tid = tid;
	return strace_thread(strace, first && tid == strace->first_tid ? 0 : tid);
}

/* Whether the thread itself has made an entry, and not an earlier one of that number. */
static bool is_own(const struct strace_thread *thread, const struct strace_thread *by,
		   uint64_t since)
{
	return by == thread && (!since || since >= thread->born);
}

/* Moves what the thread itself has opened to its present table, another one. */
static void take_fds(struct strace *strace, struct strace_thread *thread, struct strace_fds *fds)
{
	for (size_t i = 0; i < fds->room; i++) {
		struct strace_fd *from = &fds->items[i], *to;

		if (!from->description || !is_own(thread, from->by, from->since))
			continue;
		to = strace_fd_set(strace, thread, (int)i, from->description, 0, from->handle,
				   from->path);
		if (to)
			to->since = from->since;
		strace_fd_drop(strace, from);
	}
}

/* Moves what the thread itself has mapped to its present table, another one. */
static void take_maps(struct strace *strace, struct strace_thread *thread, struct strace_maps *maps)
{
	size_t kept = 0;

	for (size_t i = 0; i < maps->count; i++) {
		if (is_own(thread, maps->items[i].by, maps->items[i].since))
			strace_map_add(strace, thread, &maps->items[i]);
		else
			maps->items[kept++] = maps->items[i];
	}
	maps->count = kept;
}

/* Forgets a working directory that the thread has from the one that was taken for its parent. */
static void forget_cwd(struct strace *strace, struct strace_thread *thread)
{
	const char *other = thread->parent ? thread->parent->cwd : NULL;

	if (!other || !thread->cwd || strcmp(other, thread->cwd) != 0)
		return;
	strace_let_go(strace, thread->cwd);
	thread->cwd = NULL;
}

/* Gives a thread that was taken for another one's child, or for nobody's, the tables of its
 * parent. */
static void change_parent(struct strace *strace, struct strace_thread *thread,
			  const struct strace_thread *parent, bool shares_fds, bool shares_memory)
{
	struct strace_fds *fds = thread->fds;
	struct strace_maps *maps = thread->maps;

	if (!own_tables(strace, thread)) {
		release_fds(strace, thread->fds);
		release_maps(strace, thread->maps);
		thread->fds = fds;
		thread->maps = maps;
		return;
	}
	forget_cwd(strace, thread);
	inherit(strace, thread, parent, shares_fds, shares_memory);
	if (thread->fds != fds)
		take_fds(strace, thread, fds);
	if (thread->maps != maps)
		take_maps(strace, thread, maps);
	release_fds(strace, fds);
	release_maps(strace, maps);
}

void strace_forked(struct strace *strace, struct strace_thread *parent, int tid, uint64_t start,
		   bool shares_fds, bool shares_memory)
{
	struct strace_thread **slot = slot_of(strace, tid), *child = *slot;

	if (!child || child->gone) {
		strace->forking = NULL;
		child = strace_thread(strace, tid);
		if (child && child != parent)
			inherit(strace, child, parent, shares_fds, shares_memory);
		return;
	}
	/* It was adopted at its first line, by the latest of those whose clone was unfinished. One
	 * that is older than the call has the same number in another namespace. */
	if (child != parent && child->parent != parent && child->born >= start)
		change_parent(strace, child, parent, shares_fds, shares_memory);
}

void strace_gone(struct strace *strace, struct strace_thread *thread)
{
	release_thread(strace, thread);
	thread->gone = true;
	if (strace->forking == thread)
		strace->forking = NULL;
	if (strace->last_thread == thread)
		strace->last_thread = NULL;
}

struct strace_fd *strace_fd(struct strace_thread *thread, int fd)
{
	if (fd < 0 || (size_t)fd >= thread->fds->room || !thread->fds->items[fd].description)
		return NULL;
	return &thread->fds->items[fd];
}

static bool make_room(struct strace *strace, struct strace_fds *fds, size_t wanted)
{
	size_t room = fds->room ?: 16;
	struct strace_fd *grown;

	while (room < wanted)
		room *= 2;
	if (room == fds->room)
		return true;
	grown = strace_hold(strace, fds->items, room * sizeof(*grown));
	if (!grown)
		return false;
	memset(grown + fds->room, 0, (room - fds->room) * sizeof(*grown));
	fds->items = grown;
	fds->room = room;
	return true;
}

struct strace_fd *strace_fd_set(struct strace *strace, struct strace_thread *thread, int fd,
				struct strace_description *description, uint32_t file,
				uint32_t handle, uint64_t path)
{
	struct strace_fd made = {
		.description = description, .handle = handle, .path = path, .by = thread
	};

	if (fd < 0 || fd >= STRACE_FDS_MAX || !make_room(strace, thread->fds, (size_t)fd + 1))
		return NULL;
	if (!description) {
		made.description = hold_zeroed(strace, sizeof(*made.description));
		if (!made.description)
			return NULL;
		made.description->file = file;
	}
	made.description->refs++;
	strace_fd_drop(strace, &thread->fds->items[fd]);
	thread->fds->items[fd] = made;
	return &thread->fds->items[fd];
}

void strace_map_add(struct strace *strace, struct strace_thread *thread,
		    const struct strace_map *map)
{
	struct strace_maps *maps = thread->maps;
	size_t room = maps->room ? 2 * maps->room : 16;
	struct strace_map *grown;

	if (maps->count == STRACE_MAPS_MAX)
		return;
	if (maps->count == maps->room) {
		grown = strace_hold(strace, maps->items, room * sizeof(*grown));
		if (!grown)
			return;
		maps->items = grown;
		maps->room = room;
	}
	maps->items[maps->count] = *map;
	maps->items[maps->count++].by = thread;
}

void strace_set_cwd(struct strace *strace, struct strace_thread *thread, const char *path)
{
	size_t length = strnlen(path, PATH_MAX - 1);
	char *cwd = strace_hold(strace, NULL, length + 1);

	strace_let_go(strace, thread->cwd);
	thread->cwd = cwd;
	if (!cwd)
		return;
	memcpy(cwd, path, length);
	cwd[length] = '\0';
}

struct strace_place *strace_place(struct strace *strace, struct strace_text path)
{
	const char *slash = memrchr(path.at, '/', path.length);
	size_t length = slash && slash > path.at ? (size_t)(slash - path.at) : 1;
	struct strace_place *place = &strace->places[strace->last_place];

	if (strace->place_count && place->length == length && !memcmp(place->path, path.at, length))
		return place;
	for (size_t i = 0; i < strace->place_count; i++) {
		place = &strace->places[i];
		if (place->length == length && !memcmp(place->path, path.at, length)) {
			strace->last_place = i;
			return place;
		}
	}
	if (strace->place_count == STRACE_PLACES_MAX)
		return NULL;
	place = &strace->places[strace->place_count];
	place->path = strace_hold(strace, NULL, length + 1);
	if (!place->path)
		return NULL;
	memcpy(place->path, path.at, length);
	place->path[length] = '\0';
	place->length = length;
	strace->last_place = strace->place_count++;
	return place;
}

bool strace_below(const struct strace *strace, struct strace_text path, struct strace_text *rest)
{
	size_t length = strace->under_length;

	if (path.length <= length + 1 || memcmp(path.at, strace->under, length) ||
	    path.at[length] != '/')
		return false;
	*rest = (struct strace_text){ path.at + length + 1, path.length - length - 1 };
	return true;
}

void strace_skip(struct strace *strace, struct strace_text path)
{
	struct strace_place *place =
		path.length && *path.at == '/' ? strace_place(strace, path) : NULL;

	if (!place) {
		strace->elsewhere++;
		return;
	}
	if (!place->skipped++)
		place->first_line = strace->line;
}
