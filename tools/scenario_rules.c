/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario_rules.h"
#include "injector/report.h"

#include <errno.h>
#include <stdio.h>

int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size)
{
	const struct scenario_rule *list = from->items;
	int r = 0;

	for (size_t i = 0; i < from->count && !r; i++) {
		*wrong = i;
		r = rules_add_text(rules, list[i].when.op, list[i].act.delay, list[i].act.error,
				   why, size);
	}
	return r;
}

int rules_load(const char *path, struct rules *rules)
{
	struct schema_source source = { .file = path };
	struct schema_list list = { .items = NULL };
	char why[480], key[32], path_of[32];
	config_t config;
	size_t wrong;
	int r;

	config_init(&config);
	if (!config_read_file(&config, path)) {
		r = config_error_type(&config) == CONFIG_ERR_FILE_IO
			    ? report(-ENOENT, "%s: cannot be read", path)
			    : report(0, "%s:%d: %s", path, config_error_line(&config),
				     config_error_text(&config));
	} else {
		r = schema_read(&source, config_root_setting(&config), rules_file_keys, "", &list);
		if (!r && scenario_rules_add(&list, rules, &wrong, why, sizeof(why))) {
			snprintf(key, sizeof(key), "rules.[%zu]", wrong);
			snprintf(path_of, sizeof(path_of), "rules[%zu]", wrong);
			r = schema_complain(&source, config_lookup(&config, key), path_of, "%s",
					    why);
		}
	}
	schema_free(rules_file_keys, &list);
	config_destroy(&config);
	return r;
}
