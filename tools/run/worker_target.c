/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/worker_target.h"
#include "injector/base/report.h"
#include "injector/storm/zeros.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_in(const char *directory, const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	return fd < 0 ? report(-errno, "%s", path) : fd;
}

/* Maps the file at an address aligned to the largest folio. With another alignment a fault maps
 * pages of the next folio, too (fault-around goes by address), and fewer splits succeed: measured
 * 55 - 63 % hits one page beside, 71 - 84 % aligned. */
static int map_target(struct target *target)
{
	const size_t huge = 2 << 20;
	size_t room = target->size + 2 * huge;
	char *reserved =
		mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *aligned;

	if (reserved == MAP_FAILED)
		return report(-errno, "%s: room for the mapping", target->name);
	aligned = reserved + (-(uintptr_t)reserved & (huge - 1));
	if (aligned > reserved)
		munmap(reserved, (size_t)(aligned - reserved));
	munmap(aligned + target->size, (size_t)(reserved + room - (aligned + target->size)));
	target->map =
		mmap(aligned, target->size, PROT_READ, MAP_SHARED | MAP_FIXED, target->mount_fd, 0);
	if (target->map != MAP_FAILED) {
		/* A single entry that maps the whole folio would be removed with the punched page,
		 * long before the split. */
		madvise(target->map, target->size, MADV_NOHUGEPAGE);
		return 0;
	}
	target->map = NULL;
	return report(-errno, "%s: mapping it through the layer", target->name);
}

/* Returns whether a mapping beneath the layer is needed. A split takes more time with one more
 * mapping. */
static bool needs_beneath(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; i++)
		if (readers[i].wait == READER_WAIT_OVER)
			return true;
	return scenario->has_storm && scenario->storm.op->evicts;
}

static int map_beneath(struct target *target)
{
	void *map = mmap(NULL, target->size, PROT_READ, MAP_SHARED, target->backing_fd, 0);

	if (map == MAP_FAILED)
		return report(-errno, "%s: mapping it beneath the layer", target->name);
	target->beneath = map;
	madvise(map, target->size, MADV_NOHUGEPAGE);
	return 0;
}

/* Makes a copy: its constant content, and the page of each region that can be punched. */
static int make_copy(const struct worker_config *config, struct target *target,
		     const struct scenario_file *file)
{
	const struct scenario *scenario = config->scenario;
	enum aim_shape shape = aim_shape_for(&scenario->storm.aim, config->kernel);
	size_t regions = 0;
	void *golden = mmap(NULL, file->size, PROT_READ, MAP_SHARED, file->golden_fd, 0);

	if (golden == MAP_FAILED)
		return report(-errno, "%s: mapping its content", target->name);
	target->golden = golden;
	for (uint64_t at = 0; at < file->size;) {
		ssize_t put =
			pwrite(target->backing_fd, target->golden + at, file->size - at, (off_t)at);

		if (put <= 0)
			return report(put ? -errno : -EIO, "%s: writing it", target->name);
		at += (uint64_t)put;
	}
	for (size_t i = 0; i < target->region_count; i++) {
		struct region *region = &target->regions[i];

		region->zeros =
			zeros_best(shape, target->order, target_pages(scenario->storm.length),
				   target->golden + region->offset, NULL);
		regions += region->zeros >= 0;
	}
	if (scenario->has_storm && !regions)
		return report(-ENODATA,
			      "%s: none of its %zu folios has a page of zeros whose split exposes "
			      "pages that differ",
			      target->name, target->region_count);
	return 0;
}

int worker_target_make(const struct worker_config *config, struct target *target, size_t number)
{
	const struct scenario_file *file =
		(const struct scenario_file *)config->scenario->files.items + number;
	int r;

	snprintf(target->name, sizeof(target->name), "%s", file->name);
	target->id = (unsigned int)number + 1;
	target->maker = file->maker;
	if (file->content == CONTENT_COPY && target->maker->writes)
		target->maker = folio_maker_find("madvise");
	target->mount_fd = open_in(config->mount, file->name, O_RDWR | O_CREAT | O_EXCL);
	if (target->mount_fd < 0)
		return target->mount_fd;
	target->backing_fd = open_in(config->backing, file->name, O_RDWR);
	if (target->backing_fd < 0)
		return target->backing_fd;
	if (scenario_has_other_users(config->scenario) && fchmod(target->mount_fd, 0644))
		return report(-errno, "%s: letting others read it", file->name);
	if (ftruncate(target->mount_fd, (off_t)file->size))
		return report(-errno, "%s: sizing it", file->name);
	r = config->witness ? witness_add_file(config->witness, target->backing_fd, target->id) : 0;
	if (r)
		return report(r, "%s: naming it to the witness", target->name);
	target->order = target_order(file->folio);
	target->to_end = config->scenario->has_storm && config->scenario->storm.op->to_end;
	target->cuts = config->scenario->has_storm && config->scenario->storm.op->cuts;
	target->keeps = config->scenario->has_storm && config->scenario->storm.op->keeps;
	target->reclaim_fd = config->reclaim;
	r = target_divide(target, file->first, file->size, file->folio);
	if (!r && file->content == CONTENT_COPY)
		r = make_copy(config, target, file);
	if (!r && needs_beneath(config->scenario))
		r = map_beneath(target);
	return r ? r : map_target(target);
}
