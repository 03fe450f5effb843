/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums and facts of a run that has ended, from which the verdict is judged. */
#ifndef TOOLS_VERDICT_VERDICT_COUNTS_H
#define TOOLS_VERDICT_VERDICT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct run_result;

/* Sums over the readers, including the workload's. */
uint64_t verdict_reads(const struct run_result *result);
uint64_t verdict_wrong(const struct run_result *result);
uint64_t verdict_exposures(const struct run_result *result);
uint64_t verdict_not_judged(const struct run_result *result);

uint64_t verdict_healed(const struct run_result *result);

/* Sums over the witness's readers; 0 without the witness. */
uint64_t verdict_lookups(const struct run_result *result);
uint64_t verdict_frozen_lookups(const struct run_result *result);
uint64_t verdict_captures(const struct run_result *result);

/* Whether the storm evicts folios from the page cache without changing their bytes. */
bool verdict_evicts(const struct run_result *result);

/* Whether the witness could tell when a folio was frozen. */
bool verdict_sees_frozen(const struct run_result *result);

/* For races in splits: whether the inspector saw a misplaced slot; whether it saw enough splits and
 * none. */
bool verdict_misplaced(const struct run_result *result);
bool verdict_inspected(const struct run_result *result);

/* Whether a forced interleaving can meet the race. For races in splits: whether pages that are read
 * are exposed on this kernel; true where that is unknown. */
bool verdict_exposes(const struct run_result *result);

/* Whether the storm splits, and the kernel counts splits and counted none. */
bool verdict_split_nothing(const struct run_result *result);

/* punches_hit / punches; 0 without punches. */
double verdict_hit_rate(const struct run_result *result);

/* The name of file `id`, from 1: those of the scenario, then those of the workload. "unknown" for
 * others. */
const char *result_file_name(const struct run_result *result, unsigned int id);

/* Seconds to the first hit, from the first punch or, without punches, from the start of storm or
 * workload; 0 if it came before; negative without a hit. */
double verdict_first_hit(const struct run_result *result);

#endif
