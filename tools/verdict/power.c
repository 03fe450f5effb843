/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/power.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "tools/scenario/race.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shown.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/workload_result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Share of the time in which a thread was late on one of the processors, see stall.h. Measured in
 * guests of 6.18.9 with two processors under TCG, with split-window.cfg, crash-6.18.7.cfg and
 * debugfs-split.cfg: 0.56 to 0.63 with the host's two processors otherwise idle, 0.64 to 0.81
 * beside a busy loop pinned to one of them, 0.71 to 0.83 beside one on each; 0.81 to 0.96 beside a
 * load of 25 to 45, where a passage hits half as often (calibration_rows.h). Beside other work a
 * run with 0.63 hit in 15 of 45 passages, so the limit is below what idle machines may have: a
 * busy row only takes more passages.
 */
#define BUSY_SHARE 0.6

/* A sleeping thread that wakes is scheduled first and so is not late, even where others want the
 * processors. The load before the run shows these others. */
static bool others_ran(const struct run_result *result)
{
	return result->load_begin < 0 || result->load_begin > (double)sysconf(_SC_NPROCESSORS_ONLN);
}

static bool is_busy(const struct run_result *result)
{
	/* negative: not measured */
	return result->stalls.share < 0 || result->stalls.share > BUSY_SHARE || others_ran(result);
}

/* Counted by the witness or by the readers, which count different things. */
static uint64_t passages_of_splits(const struct run_result *result)
{
	return verdict_sees_frozen(result) ? result->gate.passages
					   : atomic_load(&result->counts->passages);
}

/* Steps in which the large folio appeared, less those whose hold may have expired before. */
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
	uint64_t punches = atomic_load(&counts->punches);
	uint64_t failed = atomic_load(&counts->punches_failed);

	if (result->scenario->race->splits)
		return passages_of_splits(result);
	return result->scenario->has_storm ? punches - (failed < punches ? failed : punches)
					   : passages_of_workload(result);
}

/* Where in the folio: "best" for the best page, however the scenario names it. A copy is punched
 * where it has zeros. */
static const char *aim_setting(const struct run_result *result, char *text, size_t size)
{
	const struct aim *aim = &result->scenario->storm.aim;
	const struct scenario_file *files = result->scenario->files.items;

	for (size_t i = 0; i < result->scenario->files.count; i++)
		if (files[i].content == CONTENT_COPY)
			return "zeros";
	if (aim->kind == AIM_KIND_AUTO ||
	    (aim->kind == AIM_KIND_SHAPE && aim->shape == aim_shape_of(&result->kernel)))
		return "best";
	return aim_format(aim, text, size);
}

/* What counts the passages, and what holds lookups and splits. */
static const char *gate_setting(const struct run_result *result, char *text, size_t size)
{
	const struct scenario *scenario = result->scenario;
	const uint64_t times[] = { scenario->gate.split, scenario->gate.meet, scenario->gate.reader,
				   scenario->gate.lookup };
	size_t used;

	if (!result->witnessed) {
		snprintf(text, size, "by exposures");
		return text;
	}
	used = append_text(text, size, 0, "%s%s",
			   verdict_sees_frozen(result) ? "witnessed" : "by exposures",
			   result->hooks[HOOK_STORE].function ? "" : ", stores not watched");
	used = append_text(text, size, used, ", gate");
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		used = append_text(text, size, used, "%s%" PRIu64, i ? "/" : " ", times[i] / 1000);
	append_text(text, size, used, " us");
	return text;
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

/* Which pages it reads, when and how: that decides how many exposures come at the right moment. */
static const char *reader_setting(const struct scenario_reader *reader, char *text, size_t size)
{
	static const char *const pages[] = {
		[READER_EXPOSED] = "exposed",
		[READER_ALL] = "all",
		[READER_RANGE] = "range",
	};
	static const char *const orders[] = {
		[REFAULT_ANY] = "",
		[REFAULT_SMALL] = ", order small",
		[REFAULT_LARGE] = ", order large",
	};
	const char *wait = reader->wait == READER_WAIT_AUTO   ? "auto"
			   : reader->wait == READER_WAIT_NONE ? "none"
			   : reader->wait == READER_WAIT_OVER ? "over"
							      : "given";

	snprintf(text, size,
		 "%" PRIu64 " %s of pages %s %" PRIu64 "-%" PRIu64 ", wait %s %" PRIu64
		 ", pace %" PRIu64 "%s",
		 reader->count, reader->ops->name, pages[reader->pages.kind], reader->pages.first,
		 reader->pages.last, wait, *wait == 'g' ? reader->wait : 0, reader->pace,
		 orders[reader->order]);
	return text;
}

/* What is punched: a hole that begins within a page unmaps fewer pages, or none, before the
 * split. */
static const char *hole_setting(const struct scenario *scenario, char *text, size_t size)
{
	char length[32];

	units_format_size(scenario->storm.length, length, sizeof(length));
	if (scenario->storm.skip)
		snprintf(text, size, "%s from byte %" PRIu64, length, scenario->storm.skip);
	else
		snprintf(text, size, "%s", length);
	return text;
}

/* The folio size of all files, which are punched in turn. */
static const char *folio_setting(const struct scenario *scenario, char *text, size_t size)
{
	const struct scenario_file *files = scenario->files.items;

	for (size_t i = 1; i < scenario->files.count; i++)
		if (files[i].folio != files[0].folio)
			return "several sizes";
	return units_format_size(files ? files[0].folio : 0, text, size);
}

static const char *storm_setting(const struct run_result *result,
				 const struct scenario_reader *reader, char *text, size_t size)
{
	const struct scenario *scenario = result->scenario;
	char folio[32], hole[64], reading[160], aim[32], gate[96];

	snprintf(text, size,
		 "%s: %s, on %s, %s; %s of %s, %s, %s, settle %" PRIu64
		 " us, in folios of %s; %s; %s",
		 scenario->race->name, reader_setting(reader, reading, sizeof(reading)),
		 filesystem(scenario), layer_data_path_name(scenario->mount.data_path),
		 scenario->storm.op->name, hole_setting(scenario, hole, sizeof(hole)),
		 aim_setting(result, aim, sizeof(aim)),
		 aim_shape_name(aim_shape_of(&result->kernel)), scenario->storm.settle / 1000,
		 folio_setting(scenario, folio, sizeof(folio)),
		 gate_setting(result, gate, sizeof(gate)), processors(result));
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

	snprintf(text, size, "%s: workload %s, by %s, node %s%s; %s", scenario->race->name,
		 scenario->workload.kind->name, config_word(scenario, "workload.by", "gate"),
		 config_word(scenario, "workload.node", "leaf"),
		 scenario->zram.given ? ", beside swap in zram" : "", processors(result));
	return text;
}

/* Whether the reader makes passages. The inode's lock keeps it out of splits, not out of other
 * races. */
static bool meets_race(const struct scenario *scenario, const struct scenario_reader *reader)
{
	return !scenario->race->splits || !scenario_locks_out(scenario, reader);
}

static double power_of_any(const struct calibration *calibration, uint64_t passages)
{
	const double chance = calibration->chance, n = (double)passages;
	const double rate = (double)calibration->hits / (double)calibration->passages;
	double size, misses;

	if (!passages || chance <= 0)
		return 0;
	/* The sum of the beta distribution's two parameters, for the measured rate. */
	size = (1 - rate) / (rate * calibration->noise) - 1;
	/* 1 - (1 - p)^n, accurate for small p; used when runs hardly vary. */
	if (!(size < 1e6))
		return -expm1(n * log1p(-chance));
	/* The variance of a beta distribution cannot be larger. */
	size = fmax(size, 1e-6);
	misses = size * (1 - chance);
	return -expm1(lgamma(misses + n) - lgamma(misses) - lgamma(size + n) + lgamma(size));
}

double power_with(const struct calibration *calibration, uint64_t passages)
{
	return passages < POWER_PASSAGES_LEAST ? 0 : power_of_any(calibration, passages);
}

/* For a forced interleaving: by the scenario's rows of `shown`. */
static void ask_shown(const struct run_result *result, struct power *power)
{
	const struct scenario *scenario = result->scenario;
	const struct shown *shown = scenario->shown.items;
	struct calibration_row rows[CALIBRATION_RUNS + 1] = { { .setting = NULL } };
	char interleaving[SHOWN_INTERLEAVING];

	for (size_t i = 0; i < scenario->shown.count && i < CALIBRATION_RUNS; i++)
		rows[i] = (struct calibration_row){
			.setting = shown[i].interleaving,
			.kernel = shown[i].kernel,
			.passages = (unsigned int)shown[i].passages,
			.hits = (unsigned int)shown[i].hits,
		};
	snprintf(power->setting, sizeof(power->setting), "%s",
		 shown_interleaving(&scenario->config, interleaving));
	power->forced = true;
	power->calibration = calibration_of(rows, power->setting, false);
	power->passages = schedule_passed(result);
	power->value = power_of_any(&power->calibration, power->passages);
}

/* With readers of several kinds, any can have made a passage: takes the smallest power. */
static void ask(struct power *power, const char *setting)
{
	struct calibration found = calibration_find(calibration_rows, setting, power->busy);
	double value = power_with(&found, power->passages);

	if (*power->setting &&
	    (value > power->value ||
	     (value >= power->value && found.chance >= power->calibration.chance)))
		return;
	power->value = value;
	snprintf(power->setting, sizeof(power->setting), "%s", setting);
	power->calibration = found;
}

struct power power_of(const struct run_result *result)
{
	const struct scenario *scenario = result->scenario;
	const struct scenario_reader *readers = scenario->readers.items;
	struct power power = { .busy = is_busy(result) };
	char setting[sizeof(power.setting)];

	if (scenario->race->none)
		return power;
	if (scenario_is_forced(scenario)) {
		ask_shown(result, &power);
		return power;
	}
	power.passages = passages_of(result);
	if (scenario->has_storm) {
		for (size_t i = 0; i < scenario->readers.count; i++)
			if (meets_race(scenario, &readers[i]))
				ask(&power,
				    storm_setting(result, &readers[i], setting, sizeof(setting)));
	} else if (scenario->workload.kind) {
		ask(&power, workload_setting(result, setting, sizeof(setting)));
	}
	return power;
}

uint64_t power_passages_for(const struct power *power, double wanted)
{
	uint64_t low = power->forced ? 0 : POWER_PASSAGES_LEAST - 1, high = POWER_PASSAGES_MOST;

	if (power_of_any(&power->calibration, high) < wanted)
		return 0;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (power_of_any(&power->calibration, middle) < wanted)
			low = middle;
		else
			high = middle;
	}
	return high;
}
