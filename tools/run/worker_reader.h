/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processors of a scenario's readers, and which readers can meet a split. */
#ifndef TOOLS_RUN_WORKER_READER_H
#define TOOLS_RUN_WORKER_READER_H

#include "tools/scenario/scenario.h"

/* Returns the processor of reader `number`, from 0, if the scenario does not pin it: from the last
 * one downwards, without the first one, which is for the storm. Negative on a machine with one
 * processor: not pinned. */
int worker_reader_cpu(unsigned int number);

/* Gets the processors of the storm, the refill and the layer: all without readers, or one if there
 * is none. cpu_set: a cpu_set_t. */
void worker_storm_cpus(const struct scenario *scenario, void *cpu_set);

/*
 * Returns whether a look-up of this reader can fall into a split of the scenario's storm, so that
 * its exposures make passages. cpu: its processor; negative: those of the storm. storm_cpus: of
 * worker_storm_cpus(). It cannot
 *   - if the layer has its own page cache, which has no large folios;
 *   - on the only processor of the storm: interrupts are disabled during the stores to the page
 *     cache (__folio_split() in mm/huge_memory.c);
 *   - if the inode's lock excludes it, see scenario_locks_out().
 */
bool worker_reader_can_hit(const struct scenario *scenario, const struct scenario_reader *reader,
			   int cpu, const void *storm_cpus);

#endif
