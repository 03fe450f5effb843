/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/run_facts.h"
#include "injector/inspect/cache_check.h"
#include "injector/schedule/schedule.h"
#include "tools/scenario/workload_kind.h"

#include <stdlib.h>
#include <string.h>

/* Rows of reader_kinds[], each defined in its own file. */
extern const struct reader_ops reader_load, reader_pread;

static char title[] = "a story", path[] = "story.cfg", name_a[] = "a", name_b[] = "b";

static struct scenario_file files[] = { { .name = name_a, .folio = 2 << 20 },
					{ .name = name_b, .folio = 2 << 20 } };

static struct {
	struct scenario scenario;
	struct worker_shared counts;
	struct run_result result;
} run;

static struct scenario_reader readers[] = { { .ops = &reader_load, .count = 1 },
					    { .ops = &reader_pread, .count = 2 } };

static const struct workload_kind *kind_of(const char *name)
{
	for (size_t i = 0; workload_kinds[i]; i++)
		if (!strcmp(workload_kinds[i]->schema.name, name))
			return workload_kinds[i];
	abort();
}

static void set_workload(struct workload_counts *counts, const struct run_facts *facts)
{
	counts->readers = 1;
	counts->reader[0].reads = facts->workload_reads;
	counts->reader[0].wrong = facts->workload_wrong;
	counts->reader[0].exposures = facts->workload_exposures;
	counts->operations = facts->operations;
	counts->planned = facts->planned;
	if (facts->details) {
		counts->detailed = true;
		snprintf(counts->details, sizeof(counts->details), "%s", facts->details);
	}
	if (facts->worth) {
		counts->valued = true;
		snprintf(counts->worth, sizeof(counts->worth), "%s", facts->worth);
	}
	if (facts->stuck) {
		counts->stuck_until = 1;
		snprintf(counts->stuck, sizeof(counts->stuck), "%s", facts->stuck);
	}
}

static void set_counts(struct worker_shared *counts, const struct run_facts *facts)
{
	counts->readers = 1;
	counts->reader[0].reads = facts->reads;
	counts->reader[0].wrong = facts->wrong;
	counts->reader[0].exposures = facts->exposures;
	counts->reader[0].not_judged = facts->not_judged;
	counts->reader[0].healed = facts->healed;
	counts->punches = facts->punches;
	counts->punches_failed = facts->failed;
	counts->punches_hit = facts->hit;
	counts->passages = facts->passages;
	counts->punches_captured = facts->captured;
	counts->punches_evicted = facts->evicted;
	counts->punch_error = facts->punch_error;
	counts->gathered = facts->gathered;
	counts->began = facts->began;
	counts->ended = facts->ended;
	counts->first_punch = facts->first_punch;
	counts->first_hit = facts->first_hit;
	counts->refill.folios_whole = facts->folios_whole;
	counts->refill.folios_other = facts->folios_other;
	counts->refill.lowest_order = facts->lowest_order;
	set_workload(&counts->workload, facts);
}

static const struct race *race_of(const char *name)
{
	for (const struct race *race = races; race->name; race++)
		if (!strcmp(race->name, name))
			return race;
	abort();
}

static void set_power(struct power *power, const struct run_facts *facts)
{
	*power = (struct power){
		.passages = facts->passages,
		.busy = facts->busy,
		.value = facts->power,
	};
	if (!facts->locked_out)
		strcpy(power->setting, "a setting");
	if (facts->wanted_passages) {
		power->forced = true;
		power->passages = facts->made + facts->withstood;
	}
	if (facts->chance > 0)
		power->calibration = (struct calibration){ 1, 100, 50, "6.18.9", facts->chance, 0 };
}

static void set_witness(struct run_result *result, const struct run_facts *facts)
{
	result->witnessed = facts->witnessed;
	if (facts->witnessed)
		result->hooks[HOOK_LEVEL].function = "folio_split_memcg_refs";
	if (facts->inspected)
		result->hooks[HOOK_STORE].function = "__folio_split";
	result->inspected = facts->by_engine;
	result->cache.looks = facts->looks;
	result->cache.violations = facts->violations;
	if (facts->violations) {
		result->violation_count = 1;
		result->violations[0] = (struct inspect_row){
			.file = 2,
			.fault = CACHE_FREE,
			.page = 192,
			.pages = 1,
			.entry = 0xffff88807a610000,
			.flags = 0x40,
		};
	}
	result->inspection.first.time = facts->seen;
	result->gate.splits_inspected = facts->inspected;
	result->gate.splits_misplaced = facts->misplaced;
	result->gate.slots_misplaced = facts->misplaced;
	result->gate.reader[0].lookups = facts->lookups;
	result->gate.reader[0].frozen = facts->frozen_lookups;
	result->gate.reader[0].captures = facts->captures;
}

static struct schedule_hold holds[] = {
	{ .role = "split", .at = { .kind = POINT_CALL, .function = "f", .callee = "g" } },
	{ .role = "read", .at = { .kind = POINT_RETURN, .function = "h" } },
};

static void set_schedule(struct scenario *scenario, struct run_result *result,
			 const struct run_facts *facts)
{
	if (!facts->wanted_passages)
		return;
	scenario->schedule = (struct schema_list){ holds, 2 };
	scenario->expect.made = facts->wanted_passages;
	result->scheduled = true;
	result->engine = "qemu";
	result->schedule.passages = facts->begun;
	result->schedule.made = facts->made;
	result->schedule.withstood = facts->withstood;
}

struct run_result *run_of(const struct run_facts *facts)
{
	struct run_result *result = &run.result;

	if (run.scenario.title)
		config_destroy(&run.scenario.config);
	json_decref(result->workload_hits);
	memset(&run, 0, sizeof(run));
	config_init(&run.scenario.config);
	run.scenario.title = title;
	run.scenario.path = path;
	run.scenario.files = (struct schema_list){ files, 2 };
	run.scenario.readers = (struct schema_list){ readers, 2 };
	result->aim_page = -1;
	result->expected = EXPECT_CLEAN;
	result->scenario = &run.scenario;
	result->counts = &run.counts;
	run.scenario.race = race_of(facts->race ?: "none");
	if (facts->daemon)
		run.scenario.mount.data_path = LAYER_DAEMON;
	run.scenario.expect.min_exposures = facts->wanted;
	run.scenario.expect.power = 0.999;
	run.scenario.expect.passages = facts->enough;
	set_power(&result->power, facts);
	if (facts->storm) {
		run.scenario.has_storm = true;
		run.scenario.storm.op = storm_op_find(facts->storm);
		if (!run.scenario.storm.op)
			abort();
	}
	if (facts->workload)
		run.scenario.workload.kind = &kind_of(facts->workload)->schema;
	set_counts(&run.counts, facts);
	set_witness(result, facts);
	run.scenario.inspect.given = facts->by_engine;
	run.scenario.inspect.slots = facts->looks ? SLOTS_FILE : SLOTS_EXPOSED;
	set_schedule(&run.scenario, result, facts);
	result->splits_known = facts->splits_known;
	result->splits = (struct folio_splits){ facts->split, facts->split_failed };
	result->interrupted = facts->interrupted;
	scenario_subject(&run.scenario, &result->kernel_reports.subject);
	if (facts->log)
		kernel_reports_line(&result->kernel_reports, facts->log);
	if (facts->error)
		snprintf(result->error, sizeof(result->error), "%s", facts->error);
	return result;
}
