/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/play.h"

#include <sched.h>
#include <unistd.h>

bool play_over(struct journal_play *play)
{
	return atomic_load(&play->stop) || atomic_load(&play->error) ||
	       workload_over(play->workload);
}

void play_failed(struct journal_play *play, int error)
{
	int none = 0;

	atomic_compare_exchange_strong(&play->error, &none, error);
}

void play_pin(const struct journal_play *play, int reader)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int spread = (unsigned int)play->settings->readers.count;
	cpu_set_t set;

	if (cpus < 2)
		return;
	/* From the last processor downwards; the first is used by writer and archiver. */
	CPU_ZERO(&set);
	if (reader >= 0) {
		CPU_SET((size_t)(cpus - 1 - reader % (cpus - 1)), &set);
	} else {
		spread = spread < cpus - 1 ? spread : (unsigned int)(cpus - 1);
		for (unsigned int i = 0; i < cpus - spread; i++)
			CPU_SET(i, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}

bool play_can_hit(const struct journal_play *play)
{
	return play->workload->scenario->mount.data_path != LAYER_DAEMON &&
	       sysconf(_SC_NPROCESSORS_ONLN) > 1;
}
