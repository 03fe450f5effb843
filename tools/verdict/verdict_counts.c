/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/verdict_counts.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/thread_exposes.h"
#include "tools/verdict/run_result.h"

#include <stddef.h>

static uint64_t sum(const struct run_result *result, size_t offset)
{
	const struct worker_shared *counts = result->counts;
	uint64_t total = workload_sum(&counts->workload, offset);

	for (unsigned int i = 0; i < counts->readers; i++)
		total += atomic_load((_Atomic uint64_t *)((char *)&counts->reader[i] + offset));
	return total;
}

uint64_t verdict_reads(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, reads));
}

uint64_t verdict_wrong(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, wrong));
}

uint64_t verdict_exposures(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, exposures));
}

uint64_t verdict_not_judged(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, not_judged));
}

uint64_t verdict_healed(const struct run_result *result)
{
	return sum(result, offsetof(struct reader_counts, healed));
}

static uint64_t sum_witnessed(const struct run_result *result, size_t offset)
{
	uint64_t total = 0;

	for (int i = 0; i < GATE_READERS; i++)
		total += *(const __u64 *)((const char *)&result->gate.reader[i] + offset);
	return total;
}

uint64_t verdict_lookups(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, lookups));
}

uint64_t verdict_frozen_lookups(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, frozen));
}

uint64_t verdict_captures(const struct run_result *result)
{
	return sum_witnessed(result, offsetof(struct gate_reader, captures));
}

bool verdict_evicts(const struct run_result *result)
{
	return result->scenario->has_storm && result->scenario->storm.op->evicts;
}

double verdict_hit_rate(const struct run_result *result)
{
	uint64_t punches = atomic_load(&result->counts->punches);

	return punches ? (double)atomic_load(&result->counts->punches_hit) / (double)punches : 0;
}

bool verdict_split_nothing(const struct run_result *result)
{
	return result->scenario->has_storm && !verdict_evicts(result) && result->splits_known &&
	       !result->splits.split;
}

bool verdict_sees_frozen(const struct run_result *result)
{
	return result->witnessed && result->hooks[HOOK_LEVEL].function;
}

bool verdict_misplaced(const struct run_result *result)
{
	return result->scenario->race->splits && inspection_hit(result);
}

bool verdict_inspected(const struct run_result *result)
{
	return result->scenario->race->splits && inspection_clean(result);
}

bool verdict_exposes(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;

	if (!scenario->race->splits)
		return true;
	if (scenario->threads.count)
		return scenario_threads_expose(scenario, &result->kernel);
	return !scenario->has_storm || scenario_role_is_program(scenario) ||
	       verdict_exposures(result);
}

const char *result_file_name(const struct run_result *result, unsigned int id)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_file *files = scenario->files.items;

	if (id && id <= scenario->files.count)
		return files[id - 1].name;
	return workload_file_name(&result->counts->workload, scenario->files.count, id)
		       ?: "unknown";
}

double verdict_first_hit(const struct run_result *result)
{
	uint64_t punch = atomic_load(&result->counts->first_punch);
	uint64_t from = punch ? punch : atomic_load(&result->counts->began);
	uint64_t hit = atomic_load(&result->counts->first_hit);
	uint64_t seen = verdict_misplaced(result) ? result->inspection.first.time : 0;

	if (seen && (!hit || seen < hit))
		hit = seen;
	if (!from || !hit)
		return -1;
	return hit > from ? (double)(hit - from) / 1e9 : 0;
}
