/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/workload_result.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *sum(const struct workload_counts *counts, size_t offset)
{
	return number(workload_sum(counts, offset));
}

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
	return object ?: json_null();
}

int64_t workload_detail(const struct workload_counts *counts, const char *name)
{
	json_t *object = details(counts);
	const json_t *found = json_object_get(object, name);
	int64_t number = json_is_integer(found) ? (int64_t)json_integer_value(found) : -1;

	json_decref(object);
	return number;
}

json_t *workload_result_json(const struct run_result *result)
{
	const struct workload_counts *counts = &result->counts->workload;

	if (!result->scenario->workload.kind)
		return json_null();
	return json_pack(
		"{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",
		"kind", result->scenario->workload.kind->name, "outcome", outcome(counts),
		"duration_seconds", seconds(counts), "operations",
		number(atomic_load(&counts->operations)), "operations_planned",
		number(atomic_load(&counts->planned)), "operations_unexpected",
		number(atomic_load(&counts->unexpected)), "reads",
		sum(counts, offsetof(struct reader_counts, reads)), "reads_not_judged",
		sum(counts, offsetof(struct reader_counts, not_judged)), "wrong_reads",
		sum(counts, offsetof(struct reader_counts, wrong)), "exposures",
		sum(counts, offsetof(struct reader_counts, exposures)), "punches",
		number(atomic_load(&counts->punches)), "punches_failed",
		number(atomic_load(&counts->punches_failed)), "punches_hit",
		number(atomic_load(&counts->punches_hit)), "stuck", workload_is_stuck(counts),
		"failure",
		atomic_load(&counts->failed) ? json_string(counts->failure) : json_null(),
		"details", details(counts));
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
