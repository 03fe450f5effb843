/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_details.h"

#include <string.h>

static const char *error_text(int64_t result, char *text, size_t size)
{
	const char *name = result < 0 && result > -4096 ? strerrorname_np((int)-result) : NULL;

	if (name)
		return name;
	snprintf(text, size, "%jd", (intmax_t)result);
	return text;
}

/* The lateness that a share of the calls do not exceed, ns: to the upper end of its bucket. */
static uint64_t quantile(const struct replay *replay, double share)
{
	uint64_t all = 0, below = 0;

	for (uint32_t t = 1; t <= replay->trace.threads; t++)
		for (int i = 0; i < REPLAY_LATE_BUCKETS; i++)
			all += replay->threads[t].late[i];
	for (uint64_t i = 0; i < REPLAY_LATE_BUCKETS && all; i++) {
		for (uint32_t t = 1; t <= replay->trace.threads; t++)
			below += replay->threads[t].late[i];
		if ((double)below >= (double)all * share)
			return (i + 1) * REPLAY_LATE_BUCKET;
	}
	return 0;
}

static json_t *unexpected_json(const struct replay *replay)
{
	unsigned int count = atomic_load(&replay->unexpected_count);
	json_t *list = json_array();

	for (unsigned int i = 0; i < count && i < REPLAY_UNEXPECTED_KEPT; i++) {
		const struct trace_call *call = &replay->trace.calls[replay->unexpected[i].call];
		const char *name =
			call->file && replay->trace.files[call->file].name
				? replay->trace.names[replay->trace.files[call->file].name]
				: NULL;
		char wanted[32], got[32];
		json_t *file = name ? json_string(name) : NULL;

		json_array_append_new(
			list,
			json_pack("{s:i, s:s, s:o, s:I, s:I, s:s, s:s}", "thread",
				  (int)replay->unexpected[i].thread, "operation",
				  trace_op_names[call->op], "file", file ?: json_null(), "offset",
				  (json_int_t)call->offset, "length", (json_int_t)call->length,
				  "recorded", error_text(call->result, wanted, sizeof(wanted)),
				  "now",
				  error_text(replay->unexpected[i].result, got, sizeof(got))));
	}
	return list;
}

json_t *replay_details(const struct replay *replay)
{
	uint64_t latest = 0, waited = 0;

	for (uint32_t t = 1; t <= replay->trace.threads; t++) {
		const struct replay_thread *thread = &replay->threads[t];

		latest = thread->latest > latest ? thread->latest : latest;
		waited += thread->waited;
	}
	return json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:o}", "trace",
			 replay->trace.kind, "threads", (int)replay->trace.threads, "files",
			 (int)replay->trace.file_count, "dependencies",
			 (json_int_t)replay->plan.need_count, "waited", (json_int_t)waited,
			 "late_p50_ns", (json_int_t)quantile(replay, 0.5), "late_p99_ns",
			 (json_int_t)quantile(replay, 0.99), "late_max_ns", (json_int_t)latest,
			 "unexpected", unexpected_json(replay));
}
