/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "tools/base/live.h"
#include "tools/run/run_parts.h"

static int64_t sum(const struct worker_shared *shared, size_t offset)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < shared->readers; i++)
		total += atomic_load(
			(const _Atomic uint64_t *)((const char *)&shared->reader[i] + offset));
	return (int64_t)(total + workload_sum(&shared->workload, offset));
}

/* Finds the operation of the layer with the slowest answer. */
static void find_slowest(const struct layer_statistics *statistics, struct live_facts *facts)
{
	for (const struct hook_operation *row = hook_operations; row->name; row++) {
		uint64_t took =
			row->opcode < STATISTICS_OPCODES
				? statistics_quantile(&statistics->operations[row->opcode], 1)
				: 0;

		if (took > facts->slowest_ns) {
			facts->slowest = row->name;
			facts->slowest_ns = took;
		}
	}
}

static void find_splits(const struct run *run, struct live_facts *facts)
{
	struct folio_splits now;

	if (!run->watch.splits_known || folio_splits_of(run->order, &now))
		return;
	facts->split = (int64_t)(now.split - run->watch.splits.split);
	facts->not_split = (int64_t)(now.failed - run->watch.splits.failed);
}

void run_show(struct run *run)
{
	const struct worker_shared *shared = run->shared;
	struct live_facts facts = LIVE_NOTHING;
	const struct workload_counts *workload = &shared->workload;
	uint64_t began = atomic_load(&shared->began);

	/* Before that, the phase is enough. */
	if ((!atomic_load(&shared->regions) && !atomic_load(&workload->began)) ||
	    !progress_is_time(&run->progress))
		return;
	facts.phase = run->progress.phase;
	facts.ready = atomic_load(&shared->regions_ready);
	facts.folios = atomic_load(&shared->regions);
	if (began && atomic_load(&shared->state) != WORKER_PREPARING) {
		facts.elapsed = units_now() - began;
		facts.duration = run->scenario->duration;
		facts.exposures = sum(shared, offsetof(struct reader_counts, exposures));
		facts.reads = sum(shared, offsetof(struct reader_counts, reads));
	}
	if (began && run->scenario->has_storm) {
		facts.punches = (int64_t)atomic_load(&shared->punches);
		facts.punches_hit = (int64_t)atomic_load(&shared->punches_hit);
		find_splits(run, &facts);
	}
	if (began && atomic_load(&workload->state)) {
		facts.operations = (int64_t)atomic_load(&workload->operations);
		if (!run->scenario->has_storm) {
			facts.punches = (int64_t)atomic_load(&workload->punches);
			facts.punches_hit = (int64_t)atomic_load(&workload->punches_hit);
		}
	}
	if (run->witness)
		facts.captures = (int64_t)atomic_load(&shared->punches_captured);
	find_slowest(&shared->layer, &facts);
	live_show(&run->progress, &facts);
}
