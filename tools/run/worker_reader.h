/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the readers of a scenario run, and which of them can meet a split. */
#ifndef TOOLS_RUN_WORKER_READER_H
#define TOOLS_RUN_WORKER_READER_H

#include "tools/scenario/scenario.h"

/* The processor of reader `number`, from 0, which the scenario does not pin: from the last one
 * down, sparing the first for the storm. Negative with one processor: it is not pinned. */
int worker_reader_cpu(unsigned int number);

/* The processors of the storm, the refill and the layer: all but those the readers spread over, or
 * one when that leaves none. For sched_setaffinity(). */
void worker_storm_cpus(const struct scenario *scenario, void *cpu_set);

/*
 * Whether a look-up of this reader can fall into a split of the scenario's storm, so that its
 * exposures make passages. cpu: where it is pinned, or negative: where the storm is; storm_cpus: of
 * worker_storm_cpus(). It cannot
 *   - where the layer has a page cache of its own, which has no large folios;
 *   - on the one processor of the storm: interrupts are off while the page cache is stored to
 *     (__folio_split() in mm/huge_memory.c);
 *   - where the inode's lock keeps it out, see scenario_locks_out().
 */
bool worker_reader_can_hit(const struct scenario *scenario, const struct scenario_reader *reader,
			   int cpu, const void *storm_cpus);

#endif
