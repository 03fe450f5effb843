/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario_rules.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/scenario/rule_keys.h"
#include "tools/scenario/shipped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size)
{
	return rules_add(rules, from->items, from->count, wrong, why, size);
}

static int plan_crash(const struct schema_source *source, const config_t *config,
		      struct rules *rules, const struct crash_plan *plan)
{
	char why[300];

	return rules_plan_crash(rules, plan, why, sizeof(why))
		       ? schema_complain(source, config_lookup(config, "crash"), "crash", "%s", why)
		       : 0;
}

/* Reports once that the file is a scenario, instead of each key that does not belong. */
static int refuse_scenario(const struct schema_source *source, const config_t *config)
{
	static const char *const keys[] = { "title", "files", "storm", "readers", "workload" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const config_setting_t *found = config_lookup(config, keys[i]);

		if (found)
			return schema_complain(source, found, keys[i],
					       "is a key of scenarios, which foliostorm run takes; "
					       "allowed in a file of rules: rules, crash");
	}
	return 0;
}

/* Adds the rules of a configuration, or replaces the old ones with them; rules NULL: only checks.
 * Reports errors and warnings. */
static int add_configured(const struct schema_source *source, const config_t *config,
			  struct rules *rules, bool replaces)
{
	struct rules_file file = { .has_crash = false };
	const struct schema_list *list = &file.rules;
	char why[800], key[32], path[32];
	const config_setting_t *place;
	size_t wrong;
	int r;

	r = refuse_scenario(source, config)
		    ?: schema_read(source, config_root_setting(config), rules_file_keys, "", &file);
	if (!r && !list->count && (!file.has_crash || config_lookup(config, "rules")))
		r = schema_complain(source, config_lookup(config, "rules"), "rules",
				    "is empty; allowed: ( { when = ...; do = ...; } )");
	if (!r && rules && file.has_crash)
		r = plan_crash(source, config, rules, &file.crash);
	if (!r && rules && list->count) {
		r = replaces ? rules_replace(rules, list->items, list->count, &wrong, why,
					     sizeof(why))
			     : rules_add(rules, list->items, list->count, &wrong, why, sizeof(why));
		snprintf(key, sizeof(key), "rules.[%zu]", wrong);
		snprintf(path, sizeof(path), "rules[%zu]", wrong);
		place = config_lookup(config, key);
		if (r || *why)
			schema_complain(source, place, path, "%s%s", r ? "" : "warning: ", why);
	}
	schema_free(rules_file_keys, &file);
	return r;
}

/* Makes a file of rules of one rule; its line numbers stay. NULL without memory. */
static char *wrap(const char *text)
{
	char *wrapped;

	return asprintf(&wrapped, "rules = ( { %s\n} );", text) < 0 ? NULL : wrapped;
}

static bool is_crash_alone(const config_t *config)
{
	return config_lookup(config, "crash") && !config_lookup(config, "do");
}

/* Parses a file of rules, or one rule without its braces, which is then replaced by a file of
 * rules. config: initialized. Returns 0 or -EINVAL, -ENOMEM, reported. */
static int parse_either(struct config_text *text, config_t *config)
{
	char *wrapped;
	int r = config_text_parse(text, config);

	if (r || config_lookup(config, "rules") || is_crash_alone(config))
		return r;
	if (!config_setting_length(config_root_setting(config)))
		return report(0,
			      "%s: contains no rule; allowed: rules = ( ... ), or when = "
			      "...; do = ...;",
			      text->sources->path);
	wrapped = wrap(text->text);
	if (!wrapped)
		return report(-ENOMEM, "rules");
	free(text->text);
	text->text = wrapped;
	text->size = strlen(wrapped);
	config_destroy(config);
	config_init(config);
	return config_read_string(config, text->text)
		       ? 0
		       : report(0, "%s: not a rule; allowed: when = ...; do = ...;",
				text->sources->path);
}

int rules_load(const char *path, enum schema_trust trust, struct rules *rules)
{
	char found[PATH_MAX];
	struct config_text text;
	unsigned int mistakes = 0;
	const struct schema_source source = {
		.file = found, .text = &text, .trust = trust, .mistakes = &mistakes
	};
	config_t config;
	int r;

	path = shipped_find(path, found, sizeof(found));
	if (!path)
		return -ENOENT;
	config_init(&config);
	r = config_text_read(&text, path) ?: config_text_parse(&text, &config);
	if (!r)
		r = add_configured(&source, &config, rules, false);
	config_destroy(&config);
	config_text_release(&text);
	return r;
}

int rules_text_of_file(const char *path, enum schema_trust trust, char **into)
{
	struct config_text text;
	const struct schema_source source = { .file = path, .text = &text, .trust = trust };
	config_t config;
	int r;

	config_init(&config);
	r = config_text_read(&text, path) ?: parse_either(&text, &config);
	if (!r)
		r = add_configured(&source, &config, NULL, false);
	if (!r) {
		*into = text.text;
		text.text = NULL;
	}
	config_destroy(&config);
	config_text_release(&text);
	return r;
}

static int read_text(const char *from, struct rules *rules, bool replaces, char *message,
		     size_t size)
{
	struct config_text text;
	const struct schema_source source = { .file = "rule", .text = &text };
	config_t config;
	int r;

	report_capture(message, size);
	config_init(&config);
	r = config_text_take(&text, "rule", from) ?: parse_either(&text, &config);
	if (!r)
		r = add_configured(&source, &config, rules, replaces);
	config_destroy(&config);
	config_text_release(&text);
	report_capture(NULL, 0);
	return r;
}

int rules_read_text(const char *from, struct rules *rules, char *message, size_t size)
{
	return read_text(from, rules, false, message, size);
}

int rules_replace_by_text(const char *from, struct rules *rules, char *message, size_t size)
{
	return read_text(from, rules, true, message, size);
}
