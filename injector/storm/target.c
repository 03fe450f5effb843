/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/target.h"
#include "injector/base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct region_view region_view(const struct region *region)
{
	struct region_view view;

	do {
		view.sequence = region_sequence(region);
		view.hole.first = atomic_load_explicit(&region->hole_first, memory_order_acquire);
		view.hole.length = atomic_load_explicit(&region->hole_length, memory_order_acquire);
	} while (sequence_generation(region_sequence(region)) !=
		 sequence_generation(view.sequence));
	return view;
}

void region_advance(struct region *region, enum region_phase phase)
{
	uint64_t sequence = atomic_load_explicit(&region->sequence, memory_order_relaxed);
	uint64_t generation = sequence >> 2;

	if (phase == REGION_REFILLING)
		generation++;
	/* Sequentially consistent: the following punch or write must not begin before readers can
	 * see the phase. */
	atomic_store(&region->sequence, generation << 2 | phase);
}

void region_set_hole(struct region *region, struct hole hole)
{
	atomic_store_explicit(&region->hole_first, hole.first, memory_order_release);
	atomic_store_explicit(&region->hole_length, hole.length, memory_order_release);
}

int target_divide(struct target *target, uint64_t first, uint64_t size, uint64_t region_size)
{
	target->first = first;
	target->size = size;
	target->region_size = region_size;
	target->region_count = (size - first) / region_size;
	target->regions = calloc(target->region_count, sizeof(*target->regions));
	if (!target->regions)
		return report(-ENOMEM, "%s: %zu regions", target->name, target->region_count);
	for (size_t i = 0; i < target->region_count; i++) {
		target->regions[i].offset = first + i * region_size;
		target->regions[i].target = target;
	}
	return 0;
}

void target_release(struct target *target)
{
	free(target->regions);
	target->regions = NULL;
	if (target->map)
		munmap(target->map, target->size);
	target->map = NULL;
	if (target->beneath)
		munmap(target->beneath, target->size);
	target->beneath = NULL;
	if (target->golden)
		munmap((void *)target->golden, target->size);
	target->golden = NULL;
	if (target->mount_fd >= 0)
		close(target->mount_fd);
	if (target->backing_fd >= 0)
		close(target->backing_fd);
	target->mount_fd = target->backing_fd = -1;
}
