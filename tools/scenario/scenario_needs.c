/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_needs.h"
#include "injector/base/array.h"

static bool needs_guest(const struct scenario *scenario)
{
	return scenario->inspect.given;
}

static bool needs_schedule(const struct scenario *scenario)
{
	return scenario->schedule.count;
}

static bool needs_gate(const struct scenario *scenario)
{
	return scenario_wants_witness(scenario);
}

static bool needs_workload(const struct scenario *scenario)
{
	return scenario->workload.kind;
}

static bool needs_debugfs(const struct scenario *scenario)
{
	return scenario->has_storm && scenario->storm.op->needs == STORM_NEEDS_SPLIT_CONTROL;
}

static bool needs_cgroup(const struct scenario *scenario)
{
	return scenario->cgroup.given ||
	       (scenario->has_storm && scenario->storm.op->needs == STORM_NEEDS_CGROUP);
}

static bool needs_zram(const struct scenario *scenario)
{
	return scenario->zram.given;
}

static bool needs_program(const struct scenario *scenario)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; i++)
		if (readers[i].command)
			return true;
	return false;
}

static bool needs_rules(const struct scenario *scenario)
{
	return scenario->rules.count;
}

static const struct {
	const char *word;
	bool (*needs)(const struct scenario *scenario);
} needs[] = {
	{ "guest", needs_guest },       { "schedule", needs_schedule }, { "gate", needs_gate },
	{ "workload", needs_workload }, { "debugfs", needs_debugfs },   { "cgroup", needs_cgroup },
	{ "zram", needs_zram },         { "program", needs_program },   { "rules", needs_rules },
};

const char *scenario_need(const struct scenario *scenario, size_t i)
{
	for (size_t row = 0; row < ARRAY_SIZE(needs); row++)
		if (needs[row].needs(scenario) && !i--)
			return needs[row].word;
	return NULL;
}
