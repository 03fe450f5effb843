/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/stall.h"
#include "injector/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	NAP = 1000000,
	NAPS_LEAST = 100, /* a shorter run tells nothing of the machine */
};

struct stall_sleeper {
	pthread_t thread;
	const _Atomic int *stop;
	uint64_t began; /* ns; a thread that is late to begin is late */
	/* ns; used by the thread only until it has ended. */
	uint64_t slept, late, longest;
};

/* Returns field 8 of the first line of /proc/stat, see proc(5); UINT64_MAX: not known. */
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
	struct stall_sleeper *sleeper = argument;
	uint64_t began = sleeper->began, now, late;

	while (!atomic_load(sleeper->stop)) {
		units_sleep(NAP);
		now = units_now();
		late = now - began > NAP ? now - began - NAP : 0;
		sleeper->slept += now - began;
		sleeper->late += late;
		if (late > sleeper->longest)
			sleeper->longest = late;
		began = now;
	}
	return NULL;
}

static int start(struct stall_sleeper *sleeper, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	int r = pthread_attr_init(&attributes);

	if (r)
		return -r;
	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	sleeper->began = units_now();
	r = pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	if (!r)
		r = pthread_create(&sleeper->thread, &attributes, doze, sleeper);
	pthread_attr_destroy(&attributes);
	return -r;
}

/* Ends the thread. If its processor spins in the kernel, the thread would never return and would
 * keep the process, so it may now run on any processor. */
static void end(struct stall_watch *watch)
{
	atomic_store(&watch->stop, 1);
	for (size_t i = 0; i < watch->count; i++)
		pthread_setaffinity_np(watch->sleepers[i].thread, sizeof(watch->anywhere),
				       &watch->anywhere);
	for (size_t i = 0; i < watch->count; i++)
		pthread_join(watch->sleepers[i].thread, NULL);
}

int stall_watch_begin(struct stall_watch *watch)
{
	const cpu_set_t *set = &watch->anywhere;
	int r = 0;

	*watch = (struct stall_watch){ .steal = steal_ticks() };
	if (sched_getaffinity(0, sizeof(watch->anywhere), &watch->anywhere))
		return -errno;
	watch->sleepers = calloc((size_t)CPU_COUNT(set), sizeof(*watch->sleepers));
	if (!watch->sleepers)
		return -ENOMEM;
	for (int cpu = 0; cpu < CPU_SETSIZE && !r; cpu++) {
		if (!CPU_ISSET((unsigned int)cpu, set))
			continue;
		watch->sleepers[watch->count].stop = &watch->stop;
		r = start(&watch->sleepers[watch->count], cpu);
		watch->count += !r;
	}
	if (!r)
		return 0;
	end(watch);
	free(watch->sleepers);
	return r;
}

struct stalls stall_watch_end(struct stall_watch *watch)
{
	uint64_t steal = steal_ticks();
	struct stalls stalls = { .share = -1, .steal = -1 };

	end(watch);
	for (size_t i = 0; i < watch->count; i++) {
		const struct stall_sleeper *sleeper = &watch->sleepers[i];
		double share = sleeper->slept >= (uint64_t)NAP * NAPS_LEAST
				       ? (double)sleeper->late / (double)sleeper->slept
				       : -1;
		double longest = (double)sleeper->longest / 1e9;

		if (share > stalls.share)
			stalls.share = share;
		if (longest > stalls.longest)
			stalls.longest = longest;
	}
	free(watch->sleepers);
	if (watch->steal != UINT64_MAX && steal != UINT64_MAX)
		stalls.steal =
			(double)(int64_t)(steal - watch->steal) / (double)sysconf(_SC_CLK_TCK);
	return stalls;
}
