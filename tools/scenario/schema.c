/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/words.h"
#include "tools/scenario/schema_parts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256 };

static bool goes_on(const struct schema_source *source, int r)
{
	return !r || (r == -EINVAL && source->mistakes && *source->mistakes < SCHEMA_MISTAKES_MAX);
}

static const char *join(char *joined, const char *path, const char *name)
{
	snprintf(joined, PATH_SIZE, "%s%s%s", path, *path ? "." : "", name);
	return joined;
}

static const struct schema_key *find_key(const struct schema_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

/* besides: another allowed name, or NULL. */
static int check_names(const struct schema_source *source, const config_setting_t *group,
		       const struct schema_key *keys, const char *path, const char *besides)
{
	char joined[PATH_SIZE], names[512], text[SCHEMA_MEANT_SIZE];
	int r = 0;

	words_join(&keys->name, sizeof(*keys), names, sizeof(names));
	for (int i = 0; i < config_setting_length(group) && goes_on(source, r); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned int)i);
		const char *name = config_setting_name(setting);
		struct near_names near = { .count = 0 };

		if (find_key(keys, name) || (besides && !strcmp(besides, name)))
			continue;
		for (const struct schema_key *key = keys; key->name; key++)
			near_names_offer(&near, name, key->name);
		r = schema_complain(source, setting, join(joined, path, name),
				    "unknown key; %sallowed here: %s", schema_meant(&near, text),
				    names);
	}
	return r;
}

static int read_item(const struct schema_source *source, const config_setting_t *item,
		     const struct schema_key *key, const char *path, void *into)
{
	char why[800], number[64];
	const char *text;

	if (key->type == SCHEMA_LIST)
		return config_setting_type(item) == CONFIG_TYPE_GROUP
			       ? schema_read(source, item, key->keys, path, into)
			       : schema_complain(source, item, path,
						 "not a group; allowed: { ... }");
	text = schema_scalar_text(item, number, sizeof(number));
	if (text && !key->parse(text, into, why, sizeof(why)))
		return 0;
	return schema_complain(source, item, path, "%s", text ? why : "not a text");
}

static int read_setting(const struct schema_source *source, const config_setting_t *setting,
			const struct schema_key *key, const char *path, void *field, void *base);

static int read_absent(const struct schema_source *source, const config_setting_t *group,
		       const struct schema_key *key, const char *path, void *field);

static int read_list(const struct schema_source *source, const config_setting_t *setting,
		     const struct schema_key *key, const char *path, struct schema_list *list)
{
	int type = config_setting_type(setting);
	bool single = type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY;
	size_t count = single ? 1 : (size_t)config_setting_length(setting);
	char item_path[PATH_SIZE];
	int r = 0;

	list->items = calloc(count ? count : 1, key->item_size);
	if (!list->items)
		return report(-ENOMEM, "%s", path);
	for (size_t i = 0; i < count && goes_on(source, r); i++) {
		list->count = i + 1;
		snprintf(item_path, sizeof(item_path), single ? "%s" : "%s[%zu]", path, i);
		r = read_item(source,
			      single ? setting : config_setting_get_elem(setting, (unsigned int)i),
			      key, item_path, (char *)list->items + i * key->item_size)
			    ?: r;
	}
	return r;
}

/* Reads a group, or a plain value that stands for one key of it. */
static int read_group(const struct schema_source *source, const config_setting_t *setting,
		      const struct schema_key *key, const char *path, void *into, void *base)
{
	char joined[PATH_SIZE];
	int r = 0;

	if (key->given)
		*(bool *)((char *)base + key->given) = true;
	if (config_setting_type(setting) == CONFIG_TYPE_GROUP)
		return schema_read(source, setting, key->keys, path, into);
	if (!key->short_for)
		return schema_complain(source, setting, path, "not a group; allowed: { ... }");
	for (const struct schema_key *member = key->keys; member->name && !r; member++) {
		void *field = (char *)into + member->offset;

		r = !strcmp(member->name, key->short_for)
			    ? read_setting(source, setting, member, path, field, into)
			    : read_absent(source, NULL, member, join(joined, path, member->name),
					  field);
	}
	return r;
}

static int read_keys(const struct schema_source *source, const config_setting_t *group,
		     const struct schema_key *keys, const char *path, const char *besides,
		     void *into);

static int read_kind(const struct schema_source *source, const config_setting_t *group,
		     const struct schema_key *key, const char *path, struct schema_choice *choice)
{
	char kind_path[PATH_SIZE], allowed[SCHEMA_ALLOWED_SIZE];
	const char *name = NULL;

	if (config_setting_type(group) != CONFIG_TYPE_GROUP)
		return schema_complain(source, group, path, "not a group; allowed: { ... }");
	join(kind_path, path, "kind");
	if (!config_setting_lookup_string(group, "kind", &name))
		return schema_complain(source, group, kind_path, "missing; allowed: %s",
				       schema_allowed(key, allowed, sizeof(allowed)));
	for (size_t i = 0; (choice->kind = key->kinds(i)); i++)
		if (!strcmp(choice->kind->name, name))
			break;
	if (!choice->kind)
		return schema_complain(source, config_setting_get_member(group, "kind"), kind_path,
				       "\"%s\" is unknown; allowed: %s", name,
				       schema_allowed(key, allowed, sizeof(allowed)));
	choice->settings = calloc(1, choice->kind->size);
	if (!choice->settings)
		return report(-ENOMEM, "%s", path);
	return read_keys(source, group, choice->kind->keys, path, "kind", choice->settings);
}

static int read_setting(const struct schema_source *source, const config_setting_t *setting,
			const struct schema_key *key, const char *path, void *field, void *base)
{
	int type = config_setting_type(setting);
	char number[64], allowed[SCHEMA_ALLOWED_SIZE];
	const char *text;

	if (key->type == SCHEMA_GROUP)
		return read_group(source, setting, key, path, field, base);
	if (key->type == SCHEMA_KIND)
		return read_kind(source, setting, key, path, field);
	if (key->type == SCHEMA_LIST || key->type == SCHEMA_TEXTS)
		return type == CONFIG_TYPE_LIST || type != CONFIG_TYPE_ARRAY ||
				       key->type == SCHEMA_TEXTS
			       ? read_list(source, setting, key, path, field)
			       : schema_complain(source, setting, path,
						 "not a list; allowed: ( ..., ... )");
	text = schema_scalar_text(setting, number, sizeof(number));
	if (!text)
		return schema_complain(source, setting, path, "not a single value; allowed: %s",
				       schema_allowed(key, allowed, sizeof(allowed)));
	return schema_read_text(source, setting, key, path, text, type != CONFIG_TYPE_STRING,
				field);
}

static int read_absent(const struct schema_source *source, const config_setting_t *group,
		       const struct schema_key *key, const char *path, void *field)
{
	char allowed[SCHEMA_ALLOWED_SIZE];

	if (key->required)
		return schema_complain(source, group, path, "missing; allowed: %s",
				       *schema_allowed(key, allowed, sizeof(allowed))
					       ? allowed
					       : "a group or list");
	/* The fields of an absent group get their defaults. */
	if (key->type == SCHEMA_GROUP)
		return schema_read(source, NULL, key->keys, path, field);
	if (!key->fallback)
		return 0;
	return schema_read_text(source, NULL, key, path, key->fallback, key->type == SCHEMA_COUNT,
				field);
}

static int read_keys(const struct schema_source *source, const config_setting_t *group,
		     const struct schema_key *keys, const char *path, const char *besides,
		     void *into)
{
	char joined[PATH_SIZE];
	int r = group ? check_names(source, group, keys, path, besides) : 0;

	/* Does not report a missing key after an unknown one, which may be its misspelling. */
	for (const struct schema_key *key = keys; key->name && goes_on(source, r); key++) {
		const config_setting_t *setting =
			group ? config_setting_get_member(group, key->name) : NULL;
		void *field = (char *)into + key->offset;

		join(joined, path, key->name);
		if (setting)
			r = read_setting(source, setting, key, joined, field, into) ?: r;
		else if (!r || !key->required)
			r = read_absent(source, group, key, joined, field) ?: r;
	}
	return r;
}

int schema_read(const struct schema_source *source, const config_setting_t *group,
		const struct schema_key *keys, const char *path, void *into)
{
	return read_keys(source, group, keys, path, NULL, into);
}

void schema_free(const struct schema_key *keys, void *from)
{
	for (; keys->name; keys++) {
		void *field = (char *)from + keys->offset;
		struct schema_list *list = field;

		if (keys->type == SCHEMA_TEXT) {
			free(*(char **)field);
			*(char **)field = NULL;
		} else if (keys->type == SCHEMA_GROUP) {
			schema_free(keys->keys, field);
		} else if (keys->type == SCHEMA_KIND) {
			struct schema_choice *choice = field;

			if (choice->settings)
				schema_free(choice->kind->keys, choice->settings);
			free(choice->settings);
			*choice = (struct schema_choice){ .kind = NULL };
		} else if (keys->type == SCHEMA_LIST || keys->type == SCHEMA_TEXTS) {
			for (size_t i = 0; keys->type == SCHEMA_LIST && i < list->count; i++)
				schema_free(keys->keys, (char *)list->items + i * keys->item_size);
			free(list->items);
			*list = (struct schema_list){ .items = NULL };
		}
	}
}

const char *schema_value(const config_t *config, const struct schema_key *keys, const char *path,
			 char *text, size_t size)
{
	const struct schema_key *key = schema_find(keys, path);
	const config_setting_t *setting = schema_lookup(config, path);

	return setting ? schema_scalar_text(setting, text, size) : key ? key->fallback : NULL;
}
