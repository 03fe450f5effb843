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

/* Returns the longest delay, ns. */
static uint64_t latest_of(const struct replay *replay)
{
	uint64_t latest = 0;

	for (uint32_t t = 1; t <= replay->trace.threads; t++)
		if (replay->threads[t].latest > latest)
			latest = replay->threads[t].latest;
	return latest;
}

/* Returns the lateness that a share of the calls does not exceed, ns: the upper end of its bucket,
 * or the longest delay if that is shorter or the bucket has no end. */
static uint64_t quantile(const struct replay *replay, double share)
{
	uint64_t all = 0, below = 0, latest = latest_of(replay);

	for (uint32_t t = 1; t <= replay->trace.threads; t++)
		for (int i = 0; i < REPLAY_LATE_BUCKETS; i++)
			all += replay->threads[t].late[i];
	if (!all)
		return 0;
	for (uint64_t i = 0; i < REPLAY_LATE_BUCKETS - 1; i++) {
		uint64_t end = (i + 1) * REPLAY_LATE_BUCKET;

		for (uint32_t t = 1; t <= replay->trace.threads; t++)
			below += replay->threads[t].late[i];
		if ((double)below >= (double)all * share)
			return end < latest ? end : latest;
	}
	return latest;
}

/* A call with another result than recorded. */
struct unexpected {
	unsigned int thread;
	const struct trace_call *call;
	const char *operation, *file, *recorded, *now;
};

static json_t *make_offset(const void *at)
{
	return json_integer(((const struct unexpected *)at)->call->offset);
}

static json_t *make_length(const void *at)
{
	return json_integer(((const struct unexpected *)at)->call->length);
}

static const struct key unexpected_keys[] = {
	{ "thread", KEY_NUMBER, NULL, "number of the thread", 0,
	  KEY_AT(key_unsigned, struct unexpected, thread) },
	{ "operation", KEY_TEXT, NULL, "the call", 0,
	  KEY_AT(key_string, struct unexpected, operation) },
	{ "file", KEY_TEXT, NULL, "name of its file", KEY_NULL,
	  KEY_AT(key_string, struct unexpected, file) },
	{ "offset", KEY_NUMBER, "bytes", "offset of the call", 0, .make = make_offset },
	{ "length", KEY_NUMBER, "bytes", "length of the call", 0, .make = make_length },
	{ "recorded", KEY_TEXT, NULL, "the recorded result", 0,
	  KEY_AT(key_string, struct unexpected, recorded) },
	{ "now", KEY_TEXT, NULL, "the result of the replay", 0,
	  KEY_AT(key_string, struct unexpected, now) },
	KEY_END,
};

static json_t *make_unexpected(const void *at)
{
	const struct replay *replay = at;
	unsigned int count = atomic_load(&replay->unexpected_count);
	json_t *list = json_array();

	for (unsigned int i = 0; i < count && i < REPLAY_UNEXPECTED_KEPT; i++) {
		const struct trace_call *call = &replay->trace.calls[replay->unexpected[i].call];
		uint32_t name = call->file ? replay->trace.files[call->file].name : 0;
		char recorded[32], now[32];
		const struct unexpected row = {
			.thread = replay->unexpected[i].thread,
			.call = call,
			.operation = trace_op_names[call->op],
			.file = name ? replay->trace.names[name] : NULL,
			.recorded = error_text(call->result, recorded, sizeof(recorded)),
			.now = error_text(replay->unexpected[i].result, now, sizeof(now)),
		};

		json_array_append_new(list, keys_object(unexpected_keys, &row));
	}
	return list;
}

static json_t *make_waited(const void *at)
{
	const struct replay *replay = at;
	uint64_t waited = 0;

	for (uint32_t t = 1; t <= replay->trace.threads; t++)
		waited += replay->threads[t].waited;
	return key_number(waited);
}

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct replay *replay = at;                                                  \
                                                                                                   \
		return expression;                                                                 \
	}

VALUE(trace, key_text_of(replay->trace.kind))
VALUE(threads, key_number(replay->trace.threads))
VALUE(files, key_number(replay->trace.file_count))
VALUE(dependencies, key_number(replay->plan.need_count))
VALUE(latest, key_number(latest_of(replay)))
VALUE(p50, key_number(quantile(replay, 0.5)))
VALUE(p99, key_number(quantile(replay, 0.99)))

const struct key replay_details[] = {
	{ "trace", KEY_TEXT, NULL, "format that the trace was imported from", 0,
	  .make = make_trace },
	{ "threads", KEY_NUMBER, NULL, "threads in the trace", 0, .make = make_threads },
	{ "files", KEY_NUMBER, NULL, "files in the trace", 0, .make = make_files },
	{ "dependencies", KEY_NUMBER, NULL, "calls that must wait for others", 0,
	  .make = make_dependencies },
	{ "waited", KEY_NUMBER, NULL, "calls that had to wait", 0, .make = make_waited },
	{ "late_p50_ns", KEY_NUMBER, "nanoseconds",
	  "how much later than planned calls began: the median; 0 with `pace = 0`", 0,
	  .make = make_p50 },
	{ "late_p99_ns", KEY_NUMBER, "nanoseconds", "99th percentile", 0, .make = make_p99 },
	{ "late_max_ns", KEY_NUMBER, "nanoseconds", "maximum", 0, .make = make_latest },
	{ "unexpected", KEY_LIST, NULL, "the first 8 calls with a result other than recorded:", 0,
	  .make = make_unexpected, .keys = unexpected_keys },
	KEY_END,
};
