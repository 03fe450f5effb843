/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/workload_result.h"
#include "tools/verdict/result_keys.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static double seconds(const struct workload_counts *counts)
{
	uint64_t began = atomic_load(&counts->began), ended = atomic_load(&counts->ended);

	return ended > began && began ? (double)(ended - began) / 1e9 : 0;
}

static const char *outcome(const struct workload_counts *counts)
{
	if (workload_is_stuck(counts))
		return "stuck";
	switch (atomic_load(&counts->state)) {
	case WORKLOAD_DONE:
		return "done";
	case WORKLOAD_FAILED:
		return "failed";
	default:
		return "killed";
	}
}

static json_t *details(const struct workload_counts *counts)
{
	json_t *object = NULL;

	if (atomic_load(&counts->detailed))
		object = json_loadb(counts->details,
				    strnlen(counts->details, WORKLOAD_DETAILS_SIZE), 0, NULL);
	return object;
}

int64_t workload_detail(const struct workload_counts *counts, const char *name)
{
	json_t *object = details(counts);
	const json_t *found = json_object_get(object, name);
	int64_t number = json_is_integer(found) ? (int64_t)json_integer_value(found) : -1;

	json_decref(object);
	return number;
}

static json_t *make_kind(const void *at)
{
	return json_string(((const struct run_result *)at)->scenario->workload.kind->name);
}

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct run_result *result = at;                                              \
		const struct workload_counts *counts = &result->counts->workload;                  \
                                                                                                   \
		return expression;                                                                 \
	}

#define SUM(name, field)                                                                           \
	VALUE(name, key_number(workload_sum(counts, offsetof(struct reader_counts, field))))

VALUE(outcome, json_string(outcome(counts)))
VALUE(duration, json_real(seconds(counts)))
VALUE(operations, key_counter(&counts->operations))
VALUE(planned, key_counter(&counts->planned))
VALUE(unexpected, key_counter(&counts->unexpected))
SUM(reads, reads)
SUM(reads_not_judged, not_judged)
SUM(wrong_reads, wrong)
SUM(exposures, exposures)
VALUE(punches, key_counter(&counts->punches))
VALUE(punches_failed, key_counter(&counts->punches_failed))
VALUE(punches_hit, key_counter(&counts->punches_hit))
VALUE(stuck, json_boolean(workload_is_stuck(counts)))
VALUE(failure, atomic_load(&counts->failed) ? key_text_of(counts->failure) : NULL)
VALUE(details, details(counts))

const struct key workload_keys[] = {
	{ "kind", KEY_TEXT, NULL, "kind of the workload", 0, .make = make_kind },
	{ "outcome", KEY_TEXT, NULL, "done, failed, stuck, or killed (before it could report)", 0,
	  .make = make_outcome },
	{ "duration_seconds", KEY_REAL, "seconds", "duration of the workload", 0,
	  .make = make_duration },
	{ "operations", KEY_NUMBER, NULL, "operations done, of the kind that the workload counts",
	  0, .make = make_operations },
	{ "operations_planned", KEY_NUMBER, NULL, "operations that it was to do; 0: not known", 0,
	  .make = make_planned },
	{ "operations_unexpected", KEY_NUMBER, NULL,
	  "operations done whose result was not the expected one", 0, .make = make_unexpected },
	{ "reads", KEY_NUMBER, NULL,
	  "accesses that were judged; like the following counts, included in the totals "
	  "above",
	  0, .make = make_reads },
	{ "reads_not_judged", KEY_NUMBER, NULL, NULL, 0, .make = make_reads_not_judged },
	{ "wrong_reads", KEY_NUMBER, NULL, NULL, 0, .make = make_wrong_reads },
	{ "exposures", KEY_NUMBER, NULL, NULL, 0, .make = make_exposures },
	{ "punches", KEY_NUMBER, NULL, NULL, 0, .make = make_punches },
	{ "punches_failed", KEY_NUMBER, NULL, NULL, 0, .make = make_punches_failed },
	{ "punches_hit", KEY_NUMBER, NULL, NULL, 0, .make = make_punches_hit },
	{ "stuck", KEY_BOOLEAN, NULL,
	  "it left the kernel in a state in which nothing can be unmounted, see [stale "
	  "folios](workloads.md#stale-folios)",
	  0, .make = make_stuck },
	{ "failure", KEY_TEXT, NULL, "why it failed", KEY_NULL, .make = make_failure },
	{ "details", KEY_GROUP, NULL,
	  "further values of this kind of workload, see [workloads](workloads.md)", KEY_NULL,
	  .make = make_details },
	KEY_END,
};

json_t *workload_result_json(const void *result)
{
	const struct run_result *of = result;

	return of->scenario->workload.kind ? keys_object(workload_keys, of) : NULL;
}

void workload_result_print(FILE *to, const struct run_result *result)
{
	const struct workload_counts *counts = &result->counts->workload;

	if (!result->scenario->workload.kind)
		return;
	fprintf(to, "workload   %s, %s after %.3f s: %" PRIu64 " operations",
		result->scenario->workload.kind->name, outcome(counts), seconds(counts),
		atomic_load(&counts->operations));
	if (atomic_load(&counts->planned))
		fprintf(to, " of %" PRIu64, atomic_load(&counts->planned));
	if (atomic_load(&counts->unexpected))
		fprintf(to, ", %" PRIu64 " of them ended otherwise than they should have",
			atomic_load(&counts->unexpected));
	fputc('\n', to);
}
