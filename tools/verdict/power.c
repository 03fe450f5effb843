/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/power.h"
#include "injector/base/units.h"
#include "tools/scenario/race.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/workload_result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * The share of the time in which a thread of the run was late, see stall.h. Measured with
 * split-window.cfg in guests of two processors under TCG, by tests/bench/calibrate.sh: 0.40 to 0.51 on
 * an idle host, 0.76 to 0.89 beside a busy loop on each of its processors and other guests.
 */
#define BUSY_SHARE 0.6

/* Of who has the processors to itself a thread that sleeps is not late, even where others want them:
 * it goes first. They show in the load that was there before the run. */
static bool others_ran(const struct run_result *result)
{
	return result->load_begin > (double)sysconf(_SC_NPROCESSORS_ONLN);
}

bool power_is_busy(const struct run_result *result)
{
	return result->stalls.share > BUSY_SHARE || others_ran(result);
}

/* By the witness, or by what readers know: the two count different things. */
static bool by_witness(const struct run_result *result)
{
	return result->witnessed && result->hooks[HOOK_LEVEL].function;
}

static uint64_t passages_of_splits(const struct run_result *result)
{
	return by_witness(result) ? result->gate.passages : atomic_load(&result->counts->passages);
}

/* Of steps in which the large folio came; an expired hold may have ended before it did. */
static uint64_t passages_of_workload(const struct run_result *result)
{
	const struct workload_counts *counts = &result->counts->workload;
	int64_t large = workload_detail(counts, "large_folios");
	int64_t expired = workload_detail(counts, "holds_expired");

	return large > expired ? (uint64_t)(large - (expired > 0 ? expired : 0)) : 0;
}

static uint64_t passages_of(const struct run_result *result)
{
	const struct worker_shared *counts = result->counts;

	if (result->scenario->race->splits)
		return passages_of_splits(result);
	return result->scenario->has_storm
		       ? atomic_load(&counts->punches) - atomic_load(&counts->punches_failed)
		       : passages_of_workload(result);
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

static const char *processors(const struct run_result *result)
{
	return result->emulated ? "TCG" : "hardware";
}

static const char *filesystem(const struct scenario *scenario)
{
	const struct backing_kind *kind = scenario->backing.kind;

	if (kind->in_memory)
		return kind->name;
	return kind->formatted ? scenario->backing.fs->name : "xfs";
}

/* Which pages it reads and when decides how many of its exposures come at the right moment. */
static const char *reader_setting(const struct scenario_reader *reader, char *text, size_t size)
{
	static const char *const pages[] = {
		[READER_EXPOSED] = "exposed pages",
		[READER_ALL] = "all pages",
		[READER_RANGE] = "a range",
	};
	const char *wait = reader->wait == READER_WAIT_AUTO   ? "auto"
			   : reader->wait == READER_WAIT_NONE ? "none"
			   : reader->wait == READER_WAIT_OVER ? "over"
							      : "given";

	snprintf(text, size, "%s of %s, wait %s,", reader->ops->name, pages[reader->pages.kind],
		 wait);
	return text;
}

static const char *storm_setting(const struct run_result *result,
				 const struct scenario_reader *reader, char *text, size_t size)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_file *files = scenario->files.items;
	char folio[32], length[32], reading[64];

	snprintf(text, size, "%s: %s on %s, %s; %s of %s, %s, %s, in folios of %s; %s; %s",
		 scenario->race->name, reader_setting(reader, reading, sizeof(reading)),
		 filesystem(scenario), layer_data_path_name(scenario->mount.data_path),
		 scenario->storm.op->name,
		 units_format_size(scenario->storm.length, length, sizeof(length)),
		 aim_class(result), aim_shape_name(aim_shape_of(&result->kernel)),
		 units_format_size(files ? files[0].folio : 0, folio, sizeof(folio)),
		 gate_class(result), processors(result));
	return text;
}

static const char *config_word(const struct scenario *scenario, const char *path,
			       const char *otherwise)
{
	config_lookup_string(&scenario->config, path, &otherwise);
	return otherwise;
}

static const char *workload_setting(const struct run_result *result, char *text, size_t size)
{
	const struct scenario *scenario = result->scenario;

	snprintf(text, size, "%s: workload %s, by %s, node %s; %s", scenario->race->name,
		 scenario->workload.kind->name, config_word(scenario, "workload.by", "gate"),
		 config_word(scenario, "workload.node", "leaf"), processors(result));
	return text;
}

/* A reader that keeps out of the window by a lock that the storm has. */
static bool is_locked_out(const struct scenario *scenario, const struct reader_ops *ops)
{
	return scenario->race->splits && ops->takes_lock && backing_is_xfs(&scenario->backing) &&
	       scenario->storm.op->needs != STORM_NEEDS_SPLIT_CONTROL;
}

/* Of several kinds of readers any may have made a passage: what the least of them is worth. */
static void ask(struct power *power, const char *setting)
{
	struct calibration found = calibration_find(calibration_rows, setting, power->busy);

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
	char setting[sizeof(power.setting)];

	if (scenario->race->none)
		return power;
	power.passages = passages_of(result);
	if (scenario->has_storm) {
		for (size_t i = 0; i < scenario->readers.count; i++)
			if (!is_locked_out(scenario, readers[i].ops))
				ask(&power,
				    storm_setting(result, &readers[i], setting, sizeof(setting)));
	} else if (scenario->workload.kind) {
		ask(&power, workload_setting(result, setting, sizeof(setting)));
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
