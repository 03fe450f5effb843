/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/power.h"
#include "injector/base/units.h"
#include "tools/scenario/race.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/workload_result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * The share of the time in which a thread of the run was late, see stall.h. Measured with
 * split-window.cfg by tests/bench/calibrate.sh: up to 0.2 in idle guests of two processors, whose
 * readers spin, and from 0.4 on beside a busy loop on each processor of the host.
 */
#define BUSY_SHARE 0.3

bool power_is_busy(const struct run_result *result)
{
	return result->stalls.share > BUSY_SHARE;
}

/* By the witness, or by what readers know: the two count different things. */
static bool by_witness(const struct run_result *result)
{
	return result->witnessed && result->hooks[HOOK_LEVEL].function;
}

static uint64_t passages_of_storm(const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;

	if (!result->scenario->race->splits)
		return atomic_load(&counts->punches) - atomic_load(&counts->punches_failed);
	return by_witness(result) ? result->gate.passages : atomic_load(&counts->passages);
}

/* Of steps in which the large folio came; an expired hold may have ended before it did. */
static uint64_t passages_of_workload(const struct run_result *result)
{
	const struct workload_counts *counts = &result->counts->workload;
	int64_t large = workload_detail(counts, "large_folios");
	int64_t expired = workload_detail(counts, "holds_expired");

	if (result->scenario->race->splits)
		return by_witness(result) ? result->gate.passages : 0;
	return large > expired ? (uint64_t)(large - (expired > 0 ? expired : 0)) : 0;
}

/* Where on the folio, as far as it matters to the chance of a hit. */
static const char *aim_class(const struct run_result *result)
{
	const struct aim *aim = &result->scenario->storm.aim;
	enum aim_shape shape = aim_shape_of(&result->kernel);

	if (aim->kind == AIM_KIND_AUTO || (aim->kind == AIM_KIND_SHAPE && aim->shape == shape))
		return "best";
	if (aim->kind == AIM_KIND_PAGE)
		return "page";
	return aim->kind == AIM_KIND_SHAPE ? "shape" : "anywhere";
}

static const char *gate_class(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;

	if (!result->witnessed)
		return "by exposures";
	if (!by_witness(result))
		return "by exposures, with a witness of look-ups";
	return scenario->gate.split || scenario->gate.meet ? "witnessed, with a gate" : "witnessed";
}

static const char *filesystem(const struct scenario *scenario)
{
	const struct backing_kind *kind = scenario->backing.kind;

	if (kind->in_memory)
		return kind->name;
	return kind->formatted ? scenario->backing.fs->name : "xfs";
}

static const char *storm_setting(const struct run_result *result, const char *reader, char *text,
				 size_t size)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_file *files = scenario->files.items;
	char folio[32], length[32];

	snprintf(text, size, "%s: %s on %s, %s; %s of %s, %s, %s, in folios of %s; %s",
		 scenario->race->name, reader, filesystem(scenario),
		 layer_data_path_name(scenario->mount.data_path), scenario->storm.op->name,
		 units_format_size(scenario->storm.length, length, sizeof(length)),
		 aim_class(result), aim_shape_name(aim_shape_of(&result->kernel)),
		 units_format_size(files ? files[0].folio : 0, folio, sizeof(folio)),
		 gate_class(result));
	return text;
}

static const char *config_word(const struct scenario *scenario, const char *path,
			       const char *otherwise)
{
	config_lookup_string(&scenario->config, path, &otherwise);
	return otherwise;
}

const char *power_setting(const struct run_result *result, const char *reader, char *text,
			  size_t size)
{
	const struct scenario *scenario = result->scenario;

	if (scenario->has_storm)
		return storm_setting(result, reader, text, size);
	snprintf(text, size, "%s: workload %s, by %s, node %s", scenario->race->name, reader,
		 config_word(scenario, "workload.by", "gate"),
		 config_word(scenario, "workload.node", "leaf"));
	return text;
}

/* A reader that keeps out of the window by a lock that the storm has. */
static bool is_locked_out(const struct scenario *scenario, const struct reader_ops *ops)
{
	return scenario->race->splits && ops->takes_lock && backing_is_xfs(&scenario->backing) &&
	       scenario->storm.op->needs != STORM_NEEDS_SPLIT_CONTROL;
}

/* Of several kinds of readers any may have made a passage: what the least of them is worth. */
static void ask(struct power *power, const struct run_result *result, const char *reader)
{
	char setting[sizeof(power->setting)];
	struct calibration found;

	power_setting(result, reader, setting, sizeof(setting));
	found = calibration_find(calibration_rows, setting, power->busy);
	if (*power->setting && found.chance >= power->calibration.chance)
		return;
	snprintf(power->setting, sizeof(power->setting), "%s", setting);
	power->calibration = found;
}

struct power power_of(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_reader *readers = scenario->readers.items;
	struct power power = { .busy = power_is_busy(result) };

	if (scenario->race->none)
		return power;
	if (scenario->has_storm) {
		power.passages = passages_of_storm(result);
		for (size_t i = 0; i < scenario->readers.count; i++)
			if (!is_locked_out(scenario, readers[i].ops))
				ask(&power, result, readers[i].ops->name);
	} else if (scenario->workload.kind) {
		power.passages = passages_of_workload(result);
		ask(&power, result, scenario->workload.kind->name);
	}
	/* 1 - (1 - p)^n, exact for small p as well. */
	power.value = -expm1((double)power.passages * log1p(-power.calibration.chance));
	return power;
}

uint64_t power_passages_for(const struct power *power, double wanted)
{
	double chance = power->calibration.chance;

	if (chance <= 0)
		return 0;
	return chance < 1 ? (uint64_t)ceil(log1p(-wanted) / log1p(-chance)) : 1;
}
