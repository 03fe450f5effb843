/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/workload_kind.h"
#include "injector/base/report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct schema_kind *workload_schema(size_t i)
{
	return workload_kinds[i] ? &workload_kinds[i]->schema : NULL;
}

const struct workload_kind *workload_kind_of(const struct scenario *scenario)
{
	for (size_t i = 0; workload_kinds[i]; i++)
		if (&workload_kinds[i]->schema == scenario->workload.kind)
			return workload_kinds[i];
	return NULL;
}

static config_setting_t *file_setting(const config_t *config)
{
	const char *name;

	if (!config_lookup_string(config, "workload.kind", &name))
		return NULL;
	for (size_t i = 0; workload_kinds[i]; i++)
		if (!strcmp(workload_kinds[i]->schema.name, name) && workload_kinds[i]->file_key)
			return config_setting_get_member(config_lookup(config, "workload"),
							 workload_kinds[i]->file_key);
	return NULL;
}

int workload_find_file(config_t *config, const char *scenario_path)
{
	config_setting_t *setting = file_setting(config);
	const char *name = setting ? config_setting_get_string(setting) : NULL;
	const char *slash = strrchr(scenario_path, '/');
	char path[PATH_MAX], real[PATH_MAX];

	if (!name || *name == '/')
		return 0;
	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - scenario_path) : 0,
		 scenario_path, name);
	/* A missing file is left to check(), which reports it under the name in the scenario. */
	if (!realpath(path, real))
		return 0;
	return config_setting_set_string(setting, real) ? 0 : report(-ENOMEM, "%s", path);
}

const char *workload_file(const struct scenario *scenario)
{
	const config_setting_t *setting = file_setting(&scenario->config);

	return setting ? config_setting_get_string(setting) : NULL;
}

int workload_check(const struct scenario *scenario, const char **key, char *why, size_t size)
{
	const struct workload_kind *kind = workload_kind_of(scenario);

	return kind->check ? kind->check(scenario, scenario->workload.settings, key, why, size) : 0;
}

bool workload_missing(const struct scenario *scenario, char *what, size_t size)
{
	const struct workload_kind *kind = workload_kind_of(scenario);

	return kind && kind->missing && kind->missing(scenario->workload.settings, what, size);
}

uint64_t workload_room(const struct scenario *scenario)
{
	const struct workload_kind *kind = workload_kind_of(scenario);

	return kind && kind->room ? kind->room(scenario, scenario->workload.settings) : 0;
}

uint64_t workload_role_readers(const struct scenario *scenario)
{
	const struct workload_kind *kind = workload_kind_of(scenario);

	return kind && kind->readers ? kind->readers(scenario->workload.settings) : 0;
}
