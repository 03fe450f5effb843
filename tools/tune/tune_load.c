/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_load.h"

#include <stdio.h>
#include <string.h>

int tune_load_with(const struct tune *tune, const char *path, const char *const *more, size_t count,
		   struct scenario *scenario)
{
	const struct run_arguments *run = tune->config->run;
	const char *sets[RUN_SETS_MAX + 1];
	struct scenario_overrides overrides = { .sets = sets, .trust = run->overrides.trust };

	memcpy(sets, run->sets, run->set_count * sizeof(sets[0]));
	for (size_t i = 0; i < count; i++)
		sets[run->set_count + i] = more[i];
	sets[run->set_count + count] = NULL;
	if (tune->config->kernel)
		overrides = scenario_overrides_of_guest(&overrides);
	return scenario_load(scenario, path, &overrides, &tune->version);
}

int tune_load_setting(const struct tune *tune, const struct space_setting *setting,
		      const char *path, struct scenario *scenario)
{
	char text[SPACE_KEYS_MAX][512];
	const char *sets[SPACE_KEYS_MAX];

	for (size_t k = 0; k < tune->space.key_count; k++) {
		const struct space_key *key = &tune->space.keys[k];

		snprintf(text[k], sizeof(text[k]), "%s=%s", key->path,
			 key->values[setting->value[k]].text);
		sets[k] = text[k];
	}
	return tune_load_with(tune, path, sets, tune->space.key_count, scenario);
}

int tune_load(const struct tune *tune, size_t setting, const char *path, struct scenario *scenario)
{
	return setting ? tune_load_setting(tune, &tune->space.settings[setting], path, scenario)
		       : tune_load_with(tune, path, NULL, 0, scenario);
}
