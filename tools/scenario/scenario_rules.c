/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_rules.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/scenario/rule_keys.h"

#include <errno.h>
#include <stdio.h>

int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size)
{
	return rules_add(rules, from->items, from->count, wrong, why, size);
}

/* Adds what a configuration holds; everything about it is reported. */
static int add_configured(const config_t *config, const char *name, struct rules *rules)
{
	const struct schema_source source = { .file = name };
	struct schema_list list = { .items = NULL };
	char why[800], key[32], path[32];
	const config_setting_t *place;
	size_t wrong;
	int r;

	r = schema_read(&source, config_root_setting(config), rules_file_keys, "", &list);
	if (!r) {
		r = scenario_rules_add(&list, rules, &wrong, why, sizeof(why));
		snprintf(key, sizeof(key), "rules.[%zu]", wrong);
		snprintf(path, sizeof(path), "rules[%zu]", wrong);
		place = config_lookup(config, key);
		if (r || *why)
			schema_complain(&source, place, path, "%s%s", r ? "" : "warning: ", why);
	}
	schema_free(rules_file_keys, &list);
	return r;
}

int rules_load(const char *path, struct rules *rules)
{
	config_t config;
	int r;

	config_init(&config);
	if (config_read_file(&config, path))
		r = add_configured(&config, path, rules);
	else
		r = schema_unread(&config, path);
	config_destroy(&config);
	return r;
}

/* One rule as a file of rules. NULL without memory. */
static char *wrap(const char *text)
{
	char *wrapped;

	return asprintf(&wrapped, "rules = ( { %s } );", text) < 0 ? NULL : wrapped;
}

int rules_read_text(const char *text, struct rules *rules, char *message, size_t size)
{
	_cleanup_free_ char *wrapped = NULL;
	config_t config;
	int r;

	config_init(&config);
	if (!config_read_string(&config, text)) {
		snprintf(message, size, "line %d: %s", config_error_line(&config),
			 config_error_text(&config));
		config_destroy(&config);
		return -EINVAL;
	}
	if (!config_lookup(&config, "rules")) {
		config_destroy(&config);
		config_init(&config);
		wrapped = wrap(text);
		if (!wrapped || !config_read_string(&config, wrapped)) {
			snprintf(message, size, "not a rule; allowed: when = ...; do = ...;");
			config_destroy(&config);
			return -EINVAL;
		}
	}
	report_capture(message, size);
	r = add_configured(&config, "rule", rules);
	report_capture(NULL, 0);
	config_destroy(&config);
	return r;
}
