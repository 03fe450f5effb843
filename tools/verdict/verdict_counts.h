/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verdict is judged from: sums and facts of a run that has ended. */
#ifndef TOOLS_VERDICT_VERDICT_COUNTS_H
#define TOOLS_VERDICT_VERDICT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct run_result;

/* Sums over the readers, those of the workload included. */
uint64_t verdict_reads(const struct run_result *result);
uint64_t verdict_wrong(const struct run_result *result);
uint64_t verdict_exposures(const struct run_result *result);
uint64_t verdict_not_judged(const struct run_result *result);

uint64_t verdict_healed(const struct run_result *result);

/* Sums of the witness over the readers; 0 without one. */
uint64_t verdict_lookups(const struct run_result *result);
uint64_t verdict_frozen_lookups(const struct run_result *result);
uint64_t verdict_captures(const struct run_result *result);

/* Whether its storm takes folios out of the page cache and leaves their bytes alone. */
bool verdict_evicts(const struct run_result *result);

/* Whether the witness knew when a folio was frozen. */
bool verdict_sees_frozen(const struct run_result *result);

/* What the inspector saw of the race that the scenario is about: a slot that leads to a wrong
 * folio; enough splits, and none. */
bool verdict_misplaced(const struct run_result *result);
bool verdict_inspected(const struct run_result *result);

/* Whether those that a schedule brings together can meet the race: of splits, by the aim model,
 * whether what is read is exposed on this kernel. */
bool verdict_exposes(const struct run_result *result);

/* Whether its storm splits, and the kernel, as far as it counts that, has split nothing. */
bool verdict_split_nothing(const struct run_result *result);

/* punches_hit / punches; 0 without punches. */
double verdict_hit_rate(const struct run_result *result);

/* The name of a file by its number; those of the workload come after those of the scenario. */
const char *result_file_name(const struct run_result *result, unsigned int id);

/* Seconds from the first punch, or where there is none from the begin of the storm or workload, to
 * the first hit; negative without one. */
double verdict_first_hit(const struct run_result *result);

#endif
