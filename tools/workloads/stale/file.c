/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int fill(struct stale_play *play)
{
	enum { CHUNK = 1 << 20 };
	struct stamp stamp = { .file = play->file, .generation = 1 };
	uint64_t *chunk = malloc(CHUNK);
	int r = chunk ? 0 : -ENOMEM;
	ssize_t written;

	for (uint64_t at = 0; !r && at < play->settings->size; at += CHUNK) {
		for (size_t i = 0; i < CHUNK / STAMP_PAGE_SIZE; i++) {
			stamp.page = at / STAMP_PAGE_SIZE + i;
			stamp_fill(chunk + i * STAMP_WORDS, stamp_base(stamp));
		}
		written = pwrite(play->fd, chunk, CHUNK, (off_t)at);
		if (written != CHUNK)
			r = written < 0 ? -errno : -EIO;
	}
	free(chunk);
	if (!r && fsync(play->fd))
		r = -errno;
	return r;
}

int stale_file_make(struct stale_play *play)
{
	static const char name[] = "stale";
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s", play->workload->run->backing, name);
	play->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (play->fd < 0)
		return workload_fail(play->workload, -errno, "%s", path);
	play->file = workload_add_file(play->workload, name, play->fd);
	play->target = (struct target){ .id = play->file, .region_size = play->settings->size };
	play->region =
		(struct region){ .sequence = 1 << 2 | REGION_STABLE, .target = &play->target };
	r = fill(play);
	if (!r) {
		play->map = mmap(NULL, play->settings->size, PROT_READ, MAP_SHARED, play->fd, 0);
		if (play->map == MAP_FAILED) {
			play->map = NULL;
			r = -errno;
		}
	}
	if (!r && play->workload->run->inspect)
		r = inspect_name_here(play->workload->run->inspect, play->file, play->fd);
	return r ? workload_fail(play->workload, r, "%s", path) : 0;
}

struct folio_range stale_range(const struct stale_play *play, uint64_t page, uint64_t pages)
{
	return (struct folio_range){
		.fd = play->fd,
		.offset = (off_t)(page * STAMP_PAGE_SIZE),
		.size = pages * STAMP_PAGE_SIZE,
		.map = play->map + page * STAMP_PAGE_SIZE,
	};
}

void stale_drop(const struct folio_range *range)
{
	madvise(range->map, range->size, MADV_DONTNEED);
	posix_fadvise(range->fd, range->offset, (off_t)range->size, POSIX_FADV_DONTNEED);
}

/* Returns the number of pages of the range in the page cache. Not for stale slots, since it looks
 * up folios. */
static size_t resident(const struct folio_range *range)
{
	unsigned char there[STALE_SPAN];
	size_t pages = range->size / STAMP_PAGE_SIZE, count = 0;

	if (mincore(range->map, range->size, there))
		return pages;
	for (size_t i = 0; i < pages; i++)
		count += there[i] & 1;
	return count;
}

bool stale_drop_all(const struct folio_range *range, uint64_t time)
{
	uint64_t end = units_now() + time;

	do {
		stale_drop(range);
		if (!resident(range))
			return true;
		units_sleep(1000000);
	} while (units_now() < end);
	return false;
}
