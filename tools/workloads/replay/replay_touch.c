/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_touch.h"
#include "injector/base/units.h"
#include "tools/reading/mapped_copy.h"
#include "tools/workloads/replay/replay_read.h"

/* Pages that are touched before the lock is released to unmapping threads. */
enum { TOUCH_AT_ONCE = 32 };

static void store(struct replay_file *file, char *to, uint64_t offset)
{
	uint64_t bytes[STAMP_WORDS];
	int r;

	replay_fill(file, offset, (char *)bytes, sizeof(bytes));
	replay_change_begin(file, offset, sizeof(bytes));
	r = mapped_copy(to, bytes, sizeof(bytes));
	replay_change_end(file, offset, sizeof(bytes), r ? 0 : sizeof(bytes),
			  r ? REPLAY_NOTHING : REPLAY_WRITES);
}

static void touch_page(struct replay_toucher *toucher, const struct replay_map *map, uint64_t at)
{
	struct replay_thread *reader = &toucher->reader;
	struct replay_file *file = &toucher->replay->files[map->file];
	uint64_t offset = map->offset + at, bytes[STAMP_WORDS];
	uint64_t size = atomic_load(&file->size), punched = (offset >> 21) + 1;
	bool exposed = atomic_load(&file->punching) == punched;
	int r;

	/* Of the last page only a part is in the file: what is stored after the end is lost. */
	if (offset + STAMP_PAGE_SIZE > size)
		return;
	if (map->stores && !replay_view(file, offset / STAMP_PAGE_SIZE))
		store(file, map->address + at, offset);
	if (!map->readable || replay_before_read(reader, file, offset, STAMP_PAGE_SIZE))
		return;
	r = mapped_copy(bytes, map->address + at, sizeof(bytes));
	exposed |= atomic_load(&file->punching) == punched;
	atomic_fetch_add(&reader->counts->exposures, exposed);
	replay_after_read(reader, file, offset, r ? NULL : (const char *)bytes, sizeof(bytes), -1);
}

/* Finds the next existing mapping, after the one that was read to its end. */
static const struct replay_map *find_map(struct replay_toucher *toucher)
{
	const struct replay *replay = toucher->replay;
	uint32_t count = replay->trace.last_map;

	for (uint32_t tried = 0; count && tried <= count; tried++) {
		const struct replay_map *map = &replay->maps[toucher->map];

		if (toucher->map && map->base && map->file &&
		    toucher->page * STAMP_PAGE_SIZE < map->length)
			return map;
		toucher->map = toucher->map < count ? toucher->map + 1 : 1;
		toucher->page = 0;
	}
	return NULL;
}

static void touch_some(struct replay_toucher *toucher)
{
	struct replay *replay = toucher->replay;
	const struct replay_map *map;

	pthread_rwlock_rdlock(&replay->map_lock);
	for (int i = 0; i < TOUCH_AT_ONCE; i++) {
		map = find_map(toucher);
		if (!map)
			break;
		touch_page(toucher, map, toucher->page++ * STAMP_PAGE_SIZE);
	}
	pthread_rwlock_unlock(&replay->map_lock);
}

void *replay_touch(void *argument)
{
	struct replay_toucher *toucher = argument;
	struct replay *replay = toucher->replay;
	struct replay_thread *reader = &toucher->reader;

	reader->slot = workload_add_reader(replay->workload);
	if (reader->slot < 0)
		return NULL;
	reader->counts = &replay->workload->counts->reader[reader->slot];
	while (!atomic_load(&replay->touchers_end)) {
		atomic_fetch_add(&reader->counts->heartbeat, 1);
		touch_some(toucher);
		units_sleep(replay->settings->touch_pause ?: 1);
	}
	/* Keeps its heartbeat until `ended` is set: then the watchdog ignores it. */
	while (!atomic_load(&reader->ended)) {
		atomic_fetch_add(&reader->counts->heartbeat, 1);
		units_sleep(10000000);
	}
	return NULL;
}
