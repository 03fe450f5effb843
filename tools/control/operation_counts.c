/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/operation_counts.h"
#include "injector/rules/hooks.h"

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *histogram_of(const struct operation_statistics *operation)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < STATISTICS_BUCKETS; i++) {
		uint64_t count = atomic_load(&operation->buckets[i]);

		if (count)
			json_array_append_new(array,
					      json_pack("[o, o]", number(statistics_bucket_end(i)),
							number(count)));
	}
	return array;
}

json_t *operation_counts_json(const struct layer_statistics *statistics)
{
	json_t *object = json_object();

	for (const struct hook_operation *row = hook_operations; row->name; row++) {
		const struct operation_statistics *operation = &statistics->operations[row->opcode];

		/* rename has two numbers; the second is what kernels of today send. */
		if (!atomic_load(&operation->count))
			continue;
		json_object_set_new(object, row->name,
				    json_pack("{s:o, s:o, s:o, s:o, s:o}", "count",
					      number(atomic_load(&operation->count)), "errors",
					      number(atomic_load(&operation->errors)), "p50_ns",
					      number(statistics_quantile(operation, 0.5)), "p99_ns",
					      number(statistics_quantile(operation, 0.99)),
					      "histogram", histogram_of(operation)));
	}
	return object;
}
