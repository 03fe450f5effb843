/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_plan.h"
#include "injector/base/report.h"
#include "tools/base/load_json.h"
#include "tools/base/save.h"
#include "tools/guest/kernel.h"
#include "tools/matrix/matrix_table.h"
#include "tools/verdict/test_point.h"

#include <errno.h>

int matrix_plan_write(const struct matrix_config *config)
{
	json_t *kernels = json_array(), *scenarios = json_array(), *plan;
	char path[PATH_MAX], name[128];
	int r;

	for (size_t i = 0; i < config->kernel_count; i++)
		json_array_append_new(kernels,
				      json_string(guest_kernel_name(config->kernels[i], name, 64)));
	for (size_t i = 0; i < config->scenario_count; i++)
		json_array_append_new(scenarios,
				      json_string(test_point_name(config->scenarios[i], name, 64)));
	plan = json_pack("{s:o, s:o, s:i, s:i}", "kernels", kernels, "scenarios", scenarios,
			 "shard", (int)config->shard, "shards", (int)config->shards);
	snprintf(path, sizeof(path), "%s/" MATRIX_PLAN, config->out);
	r = save_json(path, plan, JSON_INDENT(2));
	json_decref(plan);
	return r;
}

static json_t *missing_entry(const char *kernel, const char *scenario, size_t row, size_t column,
			     size_t columns, json_int_t shards)
{
	size_t number = row * columns + column;
	char reason[96] = "it was not run";

	if (shards > 0)
		snprintf(reason, sizeof(reason),
			 "it was not run: shard %zu of %zu is not there, or not whole",
			 number % (size_t)shards + 1, (size_t)shards);
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:b, s:b, s:n, s:n, s:n}", "kernel",
			 kernel, "scenario", scenario, "row", (json_int_t)row, "column",
			 (json_int_t)column, "verdict", "ERROR", "outcome", "error", "reason",
			 reason, "as_expected", 0, "missing", 1, "expected", "punches",
			 "exposures");
}

json_t *matrix_plan_missing(const char *path, const json_t *cells)
{
	json_error_t error;
	json_t *plan = load_json(path, &error), *missing = json_array();
	json_t *kernels = json_object_get(plan, "kernels"), *kernel;
	json_t *scenarios = json_object_get(plan, "scenarios"), *scenario;
	json_int_t shards = json_integer_value(json_object_get(plan, "shards"));
	size_t row, column;

	if (!json_is_array(kernels) || !json_is_array(scenarios)) {
		report(0, "%s: %s", path, plan ? "not the plan of a matrix" : error.text);
		json_decref(missing);
		missing = NULL;
	}
	json_array_foreach (missing ? kernels : NULL, row, kernel)
		json_array_foreach (scenarios, column, scenario)
			if (json_is_string(kernel) && json_is_string(scenario) &&
			    !matrix_table_find(cells, json_string_value(kernel),
					       json_string_value(scenario)))
				json_array_append_new(
					missing,
					missing_entry(json_string_value(kernel),
						      json_string_value(scenario), row, column,
						      json_array_size(scenarios), shards));
	json_decref(plan);
	return missing;
}
