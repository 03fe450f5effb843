/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the reason of a verdict into words. */
#include "tools/verdict/verdict_reason.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/verdict/cache_result.h"
#include "tools/verdict/run_result.h"
#include "tools/verdict/schedule_result.h"
#include "tools/verdict/workload_result.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Appends to the reason, as far as it fits. */
static void __attribute__((format(printf, 2, 3)))
add(struct run_result *result, const char *format, ...)
{
	size_t used = strlen(result->reason);
	va_list args;

	va_start(args, format);
	vsnprintf(result->reason + used, sizeof(result->reason) - used, format, args);
	va_end(args);
}

/* Whether a workload with a plan was stopped before its end. */
static bool ended_early(const struct run_result *result, uint64_t *done, uint64_t *planned)
{
	*done = atomic_load(&result->counts->workload.operations);
	*planned = atomic_load(&result->counts->workload.planned);
	return *done < *planned;
}

/* The readers are the workload's: a journal's, which wait for a punch, or a trace's. */
static void explain_workload(struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	const int64_t exposed = workload_detail(&counts->workload, "exposed_pages");
	uint64_t punches = atomic_load(&counts->punches), met = atomic_load(&counts->gathered);

	if (exposed < 0)
		add(result, "; what the workload reads met its %" PRIu64 " punches no more often",
		    punches);
	else if (!exposed)
		add(result,
		    "; the %" PRIu64 " punches expose no page that is in use "
		    "(workload.details.exposed_pages is 0); other holes are needed",
		    punches);
	else if (met * 2 < punches)
		add(result,
		    "; for only %" PRIu64 " of %" PRIu64
		    " punches there was a page that is exposed and the readers reached it in "
		    "time: raise workload.gather, or have fewer readers",
		    met, punches);
	else
		add(result, "; a longer run (--duration) gives more");
}

/* Adds the evidence behind the power. */
static void add_power(struct run_result *result)
{
	const struct power *power = &result->power;
	const struct calibration *known = &power->calibration;

	/* Rounded down, so as not to claim too much. */
	add(result,
	    "a kernel with the race would have been caught with probability %s%.4f (%" PRIu64
	    " passages, at least %.2g %% hits each on %s%s)",
	    power->value > 0.9999 ? "above " : "", fmax(0, floor(power->value * 1e4 - 1e-9)) / 1e4,
	    power->passages, known->chance * 100, known->kernels,
	    power->busy ? " beside load" : "");
}

/* Explains what is missing for a verdict about a race. */
static void explain_low_power(struct run_result *result)
{
	const struct power *power = &result->power;

	add(result, "no wrong byte in %" PRIu64 " reads, ", verdict_reads(result));
	if (!power->passages) {
		add(result, "and no passage: no split that is known to have met a reader");
	} else if (result->scenario->expect.passages) {
		add(result, "but %" PRIu64 " passages, and %" PRIu64 " are wanted", power->passages,
		    result->scenario->expect.passages);
	} else if (!power->calibration.runs) {
		add(result, "and how often such a run hits was never measured");
	} else if (power->calibration.chance <= 0) {
		add(result, "and such a run has hardly ever hit (%u of %u passages on %s)",
		    power->calibration.hits, power->calibration.passages,
		    power->calibration.kernels);
	} else {
		add(result, "but ");
		add_power(result);
		add(result, ", and %g is wanted", result->scenario->expect.power);
	}
}

/* Adds the outcome of the schedule. */
static void add_schedule(struct run_result *result)
{
	char account[sizeof(result->reason) / 2];

	add(result, "%s", schedule_account(result, account, sizeof(account)));
}

/* Adds the result of the inspection. */
static void add_inspection(struct run_result *result)
{
	size_t used = strlen(result->reason);

	inspection_explain(result, result->reason + used, sizeof(result->reason) - used);
}

/* Whether an engine had to inspect splits, and inspected too few. */
static bool inspects_too_little(const struct run_result *result)
{
	return result->scenario->race->splits && scenario_inspects_splits(result->scenario);
}

/* Whether the interleaving was forced in vain: a passage without a hit proves nothing. */
static bool exposes_nothing(const struct run_result *result)
{
	return scenario_is_forced(result->scenario) && !verdict_exposes(result);
}

/* Whether all that is missing is proof that the interleaving hits. */
static bool is_unshown(const struct run_result *result)
{
	return scenario_is_forced(result->scenario) && !schedule_is_short(result) &&
	       verdict_exposures(result) >= result->scenario->expect.min_exposures &&
	       verdict_reads(result) && !result->scenario->race->none;
}

/* Explains what is missing in that proof. */
static void explain_unshown(struct run_result *result)
{
	const struct power *power = &result->power;

	add_schedule(result);
	add(result, "; but ");
	if (result->scenario->expect.passages) {
		add(result,
		    "%" PRIu64 " are wanted (expect.passages): raise expect.made, which ends the "
		    "run",
		    result->scenario->expect.passages);
		return;
	}
	if (!power->calibration.runs) {
		add(result, "no row of `shown` says that this interleaving hits where the race is: "
			    "a run that hits on a kernel with the race says the row");
		return;
	}
	add_power(result);
	add(result, ", and %g is wanted: %" PRIu64 " passages (expect.made)",
	    result->scenario->expect.power,
	    power_passages_for(power, result->scenario->expect.power));
}

static void explain_shortage(struct run_result *result)
{
	uint64_t exposures = verdict_exposures(result);
	uint64_t wanted = result->scenario->expect.min_exposures;

	if (schedule_is_short(result)) {
		add_schedule(result);
		add(result, "; %" PRIu64 " are wanted that are made or withstood",
		    result->scenario->expect.made);
	} else if (exposures < wanted)
		add(result, "%" PRIu64 " exposures, and %" PRIu64 " are wanted for a clean verdict",
		    exposures, wanted);
	else if (!verdict_reads(result))
		add(result, "no read was judged");
	else if (result->scenario->race->none)
		add(result, "%" PRIu64 " exposures, and the storm has split no folio", exposures);
	else if (exposes_nothing(result)) {
		add_schedule(result);
		add(result, "; but no page that is read is exposed by the split of this kernel: "
			    "`foliostorm aim --punch PAGE` shows which are");
	} else if (is_unshown(result))
		explain_unshown(result);
	else if (inspects_too_little(result)) {
		add(result, "no wrong byte in %" PRIu64 " reads; ", verdict_reads(result));
		add_inspection(result);
	} else
		explain_low_power(result);
}

/* Advice for more evidence. */
static void advise(struct run_result *result)
{
	const struct scenario *scenario = result->scenario;
	const struct power *power = &result->power;
	const uint64_t wanted = power_passages_for(power, scenario->expect.power);
	const char *idle = power->busy ? ", or an idle machine" : "";

	if (scenario->race->none || !verdict_reads(result) ||
	    verdict_exposures(result) < scenario->expect.min_exposures ||
	    (scenario->expect.passages && power->passages))
		add(result, "; a longer run (--duration) gives more");
	else if (inspects_too_little(result))
		add(result, "; a longer run (--duration) inspects more%s", idle);
	else if (!*power->setting)
		add(result,
		    "; it has no reader that a lock does not keep out of the window, such as "
		    "procmem or load");
	else if (scenario->race->splits && !result->witnessed)
		add(result,
		    "; the witness would look at the page cache itself (witness = true, where BPF "
		    "is allowed, as in foliostorm guest)%s%s",
		    wanted ? ", a longer run (--duration) gives more passages" : "", idle);
	else if (scenario->race->splits) {
		add(result, "; ");
		add_inspection(result);
		if (result->hooks[HOOK_STORE].function)
			add(result, "; a longer run (--duration) inspects more%s", idle);
	} else if (!wanted)
		add(result,
		    "; where it was measured, expect.passages says how many passages are enough");
	else
		add(result, "; %.2g times as long (--duration) would do%s",
		    (double)wanted / (double)(power->passages ?: 1), idle);
}

/* Whether the order of folios matters; for another race, readers may bring in small ones. */
static bool wants_large_folios(const struct run_result *result)
{
	return result->scenario->race->splits || result->scenario->race->none ||
	       verdict_evicts(result);
}

static void explain_small_folios(struct run_result *result, uint64_t other, uint64_t whole)
{
	add(result,
	    "; %" PRIu64 " of %" PRIu64 " folios were not of the wanted order (the lowest was %d), "
	    "so there was little to split or take out: ",
	    other, other + whole, atomic_load(&result->counts->refill.lowest_order));
	if (result->scenario->mount.data_path == LAYER_DAEMON)
		add(result,
		    "FUSE's page cache has no large ones; mount.data_path = \"passthrough\" "
		    "reads the backing file's");
	else
		add(result, "files[].make = \"write\", a smaller files[].folio, or more memory");
}

/* Explains why too few accesses overlapped a split: the first condition that holds is closest to
 * the cause. */
static void explain_inconclusive(struct run_result *result)
{
	const struct worker_shared *counts = result->counts;
	uint64_t punches = atomic_load(&counts->punches),
		 failed = atomic_load(&counts->punches_failed);
	uint64_t evicted = atomic_load(&counts->punches_evicted);
	uint64_t other = atomic_load(&counts->refill.folios_other);
	uint64_t whole = atomic_load(&counts->refill.folios_whole);
	uint64_t done, planned;

	explain_shortage(result);
	if (result->interrupted)
		add(result, "; the run was interrupted");
	else if (schedule_is_short(result) && schedule_passed(result))
		add(result, "; a longer run (--duration) gives more");
	else if (schedule_is_short(result) || exposes_nothing(result) || is_unshown(result))
		return;
	else if (atomic_load(&counts->workload.valued))
		add(result, "; %s", counts->workload.worth);
	else if (!result->scenario->has_storm && ended_early(result, &done, &planned))
		add(result,
		    "; it ended before the trace did: %" PRIu64 " of %" PRIu64 " operations", done,
		    planned);
	else if (!punches)
		add(result, "; there was no punch in the time given: a longer run (--duration)");
	else if (failed * 2 > punches)
		add(result, "; %" PRIu64 " of %" PRIu64 " punches failed, the first with %s (%s)",
		    failed, punches, strerrorname_np(-atomic_load(&counts->punch_error)),
		    strerror(-atomic_load(&counts->punch_error)));
	else if (other > whole && wants_large_folios(result))
		explain_small_folios(result, other, whole);
	else if (verdict_evicts(result) && evicted * 2 < punches)
		add(result,
		    "; only %" PRIu64 " of %" PRIu64
		    " punches took out all that they hit: the rest is mapped, or held, or was "
		    "not what the kernel chose",
		    evicted, punches);
	else if (verdict_split_nothing(result) && !result->splits.failed)
		add(result, "; the kernel split no folio: a hole of a part of it does "
			    "(storm.length)");
	else if (result->splits_known && result->splits.failed > result->splits.split)
		add(result,
		    "; the kernel failed to split %" PRIu64 " folios and split %" PRIu64
		    ": somebody holds references to them; fewer readers, or readers[].wait = "
		    "\"auto\"",
		    result->splits.failed, result->splits.split);
	else if (!result->scenario->has_storm && result->scenario->workload.kind)
		explain_workload(result);
	else if (atomic_load(&counts->gathered) * 2 < punches)
		add(result,
		    "; the readers reached the folio in time for only %" PRIu64 " of %" PRIu64
		    " punches: raise storm.gather, or have fewer readers",
		    atomic_load(&counts->gathered), punches);
	else
		advise(result);
}

/* A capture is the race, even if no reader saw wrong bytes. */
static void add_captures(struct run_result *result)
{
	add(result,
	    "%s%" PRIu64 " lookups in %" PRIu64
	    " punches got a folio that does not contain the page; %" PRIu64 " of them healed",
	    *result->reason ? "; " : "", verdict_captures(result),
	    atomic_load(&result->counts->punches_captured), verdict_healed(result));
}

static void explain_hit(struct run_result *result)
{
	const struct kernel_report *report = kernel_reports_hit(&result->kernel_reports);
	const struct workload_counts *workload = &result->counts->workload;
	size_t used;

	if (workload_is_stuck(workload))
		add(result, "%s (%" PRIu64 " wrong reads of %" PRIu64 ")", workload->stuck,
		    verdict_wrong(result), verdict_reads(result));
	else if (verdict_wrong(result) && result->scenario->threads.count)
		add(result,
		    "%" PRIu64 " of %" PRIu64 " iterations gave a hit (%" PRIu64
		    " wrong pages and outcomes of %" PRIu64 ")",
		    atomic_load(&result->counts->threads.hit),
		    atomic_load(&result->counts->threads.iterations), verdict_wrong(result),
		    verdict_reads(result));
	else if (verdict_wrong(result))
		add(result,
		    "%" PRIu64 " of %" PRIu64 " punches gave a reader wrong bytes (%" PRIu64
		    " wrong reads of %" PRIu64 ")",
		    atomic_load(&result->counts->punches_hit),
		    atomic_load(&result->counts->punches), verdict_wrong(result),
		    verdict_reads(result));
	if (report) {
		add(result, "%sthe kernel reports ", *result->reason ? "; " : "");
		used = strlen(result->reason);
		kernel_report_format(report, result->reason + used, sizeof(result->reason) - used);
	}
	if (verdict_captures(result))
		add_captures(result);
	if (verdict_misplaced(result)) {
		add(result, "%s", *result->reason ? "; " : "");
		add_inspection(result);
	}
	if (result->cache.violations) {
		add(result, "%s", *result->reason ? "; " : "");
		used = strlen(result->reason);
		cache_explain(result, result->reason + used, sizeof(result->reason) - used);
	}
}

static void explain_error(struct run_result *result)
{
	add(result, "%s", result->error);
}

/* Adds further evidence of a run without a hit: lookups of a frozen folio, and the evidence of the
 * workload. */
static void add_worth(struct run_result *result)
{
	const struct workload_counts *workload = &result->counts->workload;

	if (result->interrupted)
		add(result, "; the run was interrupted");
	if (verdict_sees_frozen(result))
		add(result,
		    "; %" PRIu64
		    " lookups waited on a frozen folio, none got a folio that does not "
		    "contain its page",
		    verdict_frozen_lookups(result));
	if (atomic_load(&workload->valued))
		add(result, "; %s", workload->worth);
}

static void explain_clean(struct run_result *result)
{
	add(result, "no wrong byte in %" PRIu64 " reads; ", verdict_reads(result));
	if (scenario_is_forced(result->scenario)) {
		add_schedule(result);
		add(result, "; ");
	}
	if (!result->scenario->schedule.count && verdict_inspected(result))
		add_inspection(result);
	else if (result->scenario->expect.passages)
		add(result, "%" PRIu64 " passages, of the %" PRIu64 " that are wanted",
		    result->power.passages, result->scenario->expect.passages);
	else
		add_power(result);
	add_worth(result);
}

static void explain_verified(struct run_result *result)
{
	add(result, "every byte was right in %" PRIu64 " reads; nothing is claimed of any race",
	    verdict_reads(result));
	add_worth(result);
}

void verdict_explain(struct run_result *result)
{
	static void (*const explain[])(struct run_result * result) = {
		[VERDICT_HIT] = explain_hit,
		[VERDICT_CLEAN] = explain_clean,
		[VERDICT_VERIFIED] = explain_verified,
		[VERDICT_INCONCLUSIVE] = explain_inconclusive,
		[VERDICT_ERROR] = explain_error,
	};

	*result->reason = '\0';
	explain[result->verdict](result);
}
