/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/stall.h"
#include "injector/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { NAP = 1000000 };

/* Field 8 of the first line of /proc/stat, see proc(5); UINT64_MAX: not told. */
static uint64_t steal_ticks(void)
{
	FILE *file = fopen("/proc/stat", "re");
	uint64_t ticks = UINT64_MAX;

	if (!file)
		return ticks;
	if (fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &ticks) != 1)
		ticks = UINT64_MAX;
	fclose(file);
	return ticks;
}

static void *doze(void *argument)
{
	struct stall_watch *watch = argument;
	uint64_t began = units_now(), now, late;

	while (!atomic_load(&watch->stop)) {
		units_sleep(NAP);
		now = units_now();
		late = now - began > NAP ? now - began - NAP : 0;
		watch->slept += now - began;
		watch->late += late;
		if (late > watch->longest)
			watch->longest = late;
		began = now;
	}
	return NULL;
}

int stall_watch_begin(struct stall_watch *watch)
{
	*watch = (struct stall_watch){ .steal = steal_ticks() };
	return -pthread_create(&watch->thread, NULL, doze, watch);
}

struct stalls stall_watch_end(struct stall_watch *watch)
{
	uint64_t steal = steal_ticks();

	atomic_store(&watch->stop, 1);
	pthread_join(watch->thread, NULL);
	return (struct stalls){
		.share = watch->slept ? (double)watch->late / (double)watch->slept : -1,
		.longest = (double)watch->longest / 1e9,
		.steal = watch->steal == UINT64_MAX || steal == UINT64_MAX
				 ? -1
				 : (double)(int64_t)(steal - watch->steal) /
					   (double)sysconf(_SC_CLK_TCK),
	};
}
