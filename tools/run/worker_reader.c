/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/worker_reader.h"
#include "tools/scenario/scenario_schedule.h"

#include <sched.h>
#include <unistd.h>

int worker_reader_cpu(unsigned int number)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 2 ? -1 : (int)(cpus - 1 - number % (cpus - 1));
}

static void spare(cpu_set_t *set, int cpu)
{
	if (cpu >= 0 && CPU_COUNT(set) > 1)
		CPU_CLR((unsigned int)cpu, set);
}

void worker_storm_cpus(const struct scenario *scenario, void *cpu_set)
{
	const struct scenario_reader *readers = scenario->readers.items;
	unsigned int number = 0;
	cpu_set_t *set = cpu_set;

	sched_getaffinity(0, sizeof(*set), set);
	for (size_t i = 0; i < scenario->readers.count; i++)
		for (uint64_t n = 0; n < readers[i].count; n++, number++)
			spare(set, readers[i].cpu < 0 ? worker_reader_cpu(number)
						      : readers[i].cpu + (int)n);
	for (; number < scenario_role_workload(scenario); number++)
		spare(set, worker_reader_cpu(number));
}

bool worker_reader_can_hit(const struct scenario *scenario, const struct scenario_reader *reader,
			   int cpu, const void *storm_cpus)
{
	const cpu_set_t *storm = storm_cpus;
	bool beside = CPU_COUNT(storm) == 1 && (cpu < 0 || CPU_ISSET((unsigned int)cpu, storm));

	return scenario->has_storm && scenario->mount.data_path != LAYER_DAEMON && !beside &&
	       !scenario_locks_out(scenario, reader);
}
