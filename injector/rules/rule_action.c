/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_action.h"
#include "injector/base/append_text.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rule_action_names(const char *last, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < RULE_ACTION_KINDS; i++)
		used = append_text(text, size, used, "%s%s",
				   !i                           ? ""
				   : i == RULE_ACTION_KINDS - 1 ? last
								: ", ",
				   rule_actions[i]->key.name);
	return text;
}

int rule_check_name(const char *what, const char *name, char *why, size_t size)
{
	if (!name || strlen(name) < RULE_NAME_MAX)
		return 0;
	snprintf(why, size, "%s: \"%s\" is too long; allowed: up to %d characters", what, name,
		 RULE_NAME_MAX - 1);
	return -EINVAL;
}

void rule_list_word(char *text, size_t size, const char *word)
{
	static const char more[] = ",...";
	size_t used = strlen(text);
	bool is_full = used >= sizeof(more) && !strcmp(text + used + 1 - sizeof(more), more);

	if (is_full)
		return;
	if (used + 1 + strlen(word) + sizeof(more) <= size)
		append_text(text, size, used, "%s%s", used ? "," : "", word);
	else
		append_text(text, size, used, "%s", more);
}

bool rule_do_has(const struct rule_do *group, size_t i)
{
	const struct rule_settings *settings = &group->settings[i];
	bool any = false;

	if (rule_actions[i]->key.type == SCHEMA_GROUP)
		return settings->given;
	for (size_t byte = 0; byte < rule_actions[i]->settings_size; byte++)
		any |= settings->bytes[byte];
	return any;
}

const char *rule_do_file(const struct rule_do *group, size_t i)
{
	return rule_actions[i]->file ? rule_actions[i]->file(group->settings[i].bytes) : NULL;
}

int rule_make_text(void *state, const struct action_source *from, char *why, size_t size)
{
	char **text = state;

	*text = strdup(*(char *const *)from->settings);
	return *text ? 0 : (snprintf(why, size, "out of memory"), -ENOMEM);
}

void rule_release_text(void *state)
{
	free(*(char **)state);
}

void *rules_shared(const struct rules *rules, const struct rule_action *kind)
{
	for (size_t i = 0; i < rules->shared_count; i++)
		if (rules->shared[i].kind == kind)
			return rules->shared[i].state;
	return NULL;
}
