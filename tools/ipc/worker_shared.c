/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/ipc/worker_shared.h"

bool workload_is_stuck(const struct workload_counts *counts)
{
	return atomic_load(&counts->stuck_until);
}

uint64_t workload_sum(const struct workload_counts *counts, size_t offset)
{
	unsigned int readers = atomic_load(&counts->readers);
	uint64_t total = 0;

	for (unsigned int i = 0; i < readers && i < WORKLOAD_READERS_MAX; i++)
		total += atomic_load((_Atomic uint64_t *)((char *)&counts->reader[i] + offset));
	return total;
}

const char *workload_file_name(const struct workload_counts *counts, size_t scenario_files,
			       unsigned int number)
{
	return number > scenario_files && number - scenario_files <= atomic_load(&counts->files) &&
			       number - scenario_files <= WORKLOAD_FILES_MAX
		       ? counts->file[number - scenario_files - 1]
		       : NULL;
}
