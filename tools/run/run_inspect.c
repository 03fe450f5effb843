/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the pages through which the inspector outside of the guest reports to the run. */
#include "injector/base/report.h"
#include "tools/run/run_parts.h"
#include "tools/scenario/scenario_schedule.h"

#include <errno.h>

int run_open_inspect(struct run *run)
{
	if (!run->scenario->inspect.given)
		return 0;
	run->inspect = inspect_page_make(&run->inspect_rows);
	if (!run->inspect)
		return report(-errno, "the pages of the inspector");
	run->inspect->kernel = run->result->kernel;
	run->inspect->splits = scenario_inspects_splits(run->scenario);
	return locked_page_address(run->inspect, &run->schedule->inspect);
}

void run_close_inspect(struct run *run)
{
	struct run_result *result = run->result;

	if (!run->inspect)
		return;
	run_take_inspect(run);
	result->inspected = true;
	result->cache = run->inspect->counts;
	if (run->inspect->splits) {
		result->gate.splits_inspected = result->cache.splits_inspected;
		result->gate.splits_misplaced = result->cache.splits_misplaced;
		result->gate.slots_inspected = result->cache.slots_inspected;
		result->gate.slots_misplaced = result->cache.slots_misplaced;
		result->gate.inspect_errors = result->cache.inspect_errors;
	}
	inspect_page_free(run->inspect, run->inspect_rows);
	run->inspect = NULL;
}
