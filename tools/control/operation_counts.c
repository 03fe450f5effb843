/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/operation_counts.h"
#include "injector/rules/hooks.h"

static json_t *make_p50(const void *at)
{
	return key_number(statistics_quantile(at, 0.5));
}

static json_t *make_p99(const void *at)
{
	return key_number(statistics_quantile(at, 0.99));
}

static json_t *make_p999(const void *at)
{
	return key_number(statistics_quantile(at, 0.999));
}

static json_t *make_histogram(const void *at)
{
	const struct operation_statistics *operation = at;
	json_t *array = json_array();

	for (unsigned int i = 0; i < STATISTICS_BUCKETS; i++) {
		uint64_t count = atomic_load(&operation->buckets[i]);

		if (count)
			json_array_append_new(array, json_pack("[o, o]",
							       key_number(statistics_bucket_end(i)),
							       key_number(count)));
	}
	return array;
}

static const struct key operation_keys[] = {
	{ "count", KEY_NUMBER, NULL, "requests answered", 0,
	  KEY_AT(key_counter, struct operation_statistics, count) },
	{ "errors", KEY_NUMBER, NULL, "requests answered with an error", 0,
	  KEY_AT(key_counter, struct operation_statistics, errors) },
	{ "p50_ns", KEY_NUMBER, "nanoseconds", "median time from arrival to answer", 0,
	  .make = make_p50 },
	{ "p99_ns", KEY_NUMBER, "nanoseconds", "99th percentile", 0, .make = make_p99 },
	{ "p999_ns", KEY_NUMBER, "nanoseconds", "99.9th percentile", 0, .make = make_p999 },
	{ "max_ns", KEY_NUMBER, "nanoseconds", "maximum", 0,
	  KEY_AT(key_counter, struct operation_statistics, longest) },
	{ "histogram", KEY_PAIRS, NULL, "[upper bound of the bucket in ns, requests in it]", 0,
	  .make = make_histogram },
	KEY_END,
};

const struct key operation_counts_key = { "*", KEY_GROUP, .keys = operation_keys };

json_t *operation_counts_json(const struct layer_statistics *statistics)
{
	json_t *object = json_object();

	for (const struct hook_operation *row = hook_operations; row->name; row++) {
		const struct operation_statistics *operation = &statistics->operations[row->opcode];

		/* rename has two request numbers; current kernels send the second. */
		if (atomic_load(&operation->count))
			json_object_set_new(object, row->name,
					    keys_object(operation_keys, operation));
	}
	return object;
}
