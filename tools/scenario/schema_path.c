/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds and sets settings by their paths: "readers[0].count". */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/scenario/schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256, INDEX_DIGITS = 6 };

/* Gives a setting of `to` the value of `from`, group members and list items included. */
static int copy_value(config_setting_t *to, const config_setting_t *from)
{
	int r = 0;

	switch (config_setting_type(from)) {
	case CONFIG_TYPE_INT:
		return config_setting_set_int(to, config_setting_get_int(from)) ? 0 : -EINVAL;
	case CONFIG_TYPE_INT64:
		return config_setting_set_int64(to, config_setting_get_int64(from)) ? 0 : -EINVAL;
	case CONFIG_TYPE_FLOAT:
		return config_setting_set_float(to, config_setting_get_float(from)) ? 0 : -EINVAL;
	case CONFIG_TYPE_BOOL:
		return config_setting_set_bool(to, config_setting_get_bool(from)) ? 0 : -EINVAL;
	case CONFIG_TYPE_STRING:
		return config_setting_set_string(to, config_setting_get_string(from)) ? 0 : -EINVAL;
	default:
		break;
	}
	for (int i = 0; i < config_setting_length(from) && !r; i++) {
		const config_setting_t *item = config_setting_get_elem(from, (unsigned int)i);
		config_setting_t *made = config_setting_add(to, config_setting_name(item),
							    config_setting_type(item));

		r = made ? copy_value(made, item) : -EINVAL;
	}
	return r;
}

/* Returns the parent group of a path, created if missing; sets `name` to the last part of the
 * path. */
static config_setting_t *parent_of(config_t *config, char *path, const char **name)
{
	config_setting_t *at = config_root_setting(config), *next;
	char *part, *save = NULL, *following;

	for (part = strtok_r(path, ".", &save); part; part = following) {
		following = strtok_r(NULL, ".", &save);
		if (!following) {
			*name = part;
			return at;
		}
		if (*part == '[')
			next = config_setting_get_elem(at,
						       (unsigned int)strtoul(part + 1, NULL, 10));
		else
			next = config_setting_get_member(at, part);
		if (!next && *part != '[')
			next = config_setting_add(at, part, CONFIG_TYPE_GROUP);
		if (!next)
			return NULL;
		at = next;
	}
	return NULL;
}

/* "readers[0].count" becomes "readers.[0].count", as libconfig requires. end: of the path. */
static void spread_path(const char *path, const char *end, char *at, size_t size)
{
	size_t length = 0;

	for (const char *c = path; c < end && length + 2 < size; c++) {
		if (*c == '[' && c > path && c[-1] != '.')
			at[length++] = '.';
		at[length++] = *c;
	}
	at[length] = '\0';
}

/* Whether it is names separated by dots, each with optional indices in brackets. An index is short
 * enough for an int. */
static bool is_path(const char *path, const char *end)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char more[] = "-*0123456789";

	for (;;) {
		const size_t first = strspn(path, letters);

		path += first;
		while (first && *path && (strchr(letters, *path) || strchr(more, *path)))
			path++;
		while (first && *path == '[' && isdigit((unsigned char)path[1])) {
			const size_t digits = strspn(path + 1, "0123456789");

			path += 1 + digits;
			if (digits > INDEX_DIGITS || *path++ != ']')
				return false;
		}
		if (!first || path >= end)
			return first && path == end;
		if (*path++ != '.')
			return false;
	}
}

static int split_assignment(const char *assignment, char *path, size_t size, const char **value)
{
	const char *equals = strchr(assignment, '=');

	if (!equals || equals - assignment >= PATH_SIZE / 2 || !is_path(assignment, equals))
		return -EINVAL;
	spread_path(assignment, equals, path, size);
	*value = equals + 1;
	return 0;
}

const config_setting_t *schema_lookup(const config_t *config, const char *path)
{
	char at[PATH_SIZE];

	spread_path(path, path + strlen(path), at, sizeof(at));
	return config_lookup(config, at);
}

/* libconfig truncates a number to 32 bits unless L follows, and one with L to 64. A larger one
 * stays a string. Returns the suffix; NULL if libconfig cannot take the number. */
static const char *number_suffix(const char *value)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (end == value || *end)
		return "";
	if (errno)
		return NULL;
	return number < INT32_MIN || number > INT32_MAX ? "L" : "";
}

/* Parses "value = VALUE;". A bare word becomes a string. */
static int read_value(config_t *parsed, const char *value)
{
	const char *suffix = number_suffix(value);
	_cleanup_free_ char *text = NULL;

	if (suffix && asprintf(&text, "value = %s%s;", value, suffix) < 0)
		return -ENOMEM;
	/* Rejects further settings after the value, as in "5; duration = 3". */
	if (suffix && config_read_string(parsed, text) &&
	    config_setting_length(config_root_setting(parsed)) == 1)
		return 0;
	free(text);
	text = NULL;
	if (strchr(value, '"') || asprintf(&text, "value = \"%s\";", value) < 0)
		return -EINVAL;
	return config_read_string(parsed, text) ? 0 : -EINVAL;
}

char *schema_value_text(const char *value)
{
	config_t parsed;
	char *text = NULL;
	bool bare;
	int r = -EINVAL;

	config_init(&parsed);
	if (!read_value(&parsed, value)) {
		bare = config_setting_type(config_lookup(&parsed, "value")) == CONFIG_TYPE_STRING &&
		       *value != '"';
		r = bare ? asprintf(&text, "\"%s\"", value)
			 : asprintf(&text, "%s%s", value, number_suffix(value));
	}
	config_destroy(&parsed);
	return r < 0 ? NULL : text;
}

const struct schema_key *schema_find(const struct schema_key *keys, const char *path)
{
	const struct schema_key *key = NULL;

	while (*path) {
		size_t length = strcspn(path, ".[");

		for (key = keys; key && key->name; key++)
			if (strlen(key->name) == length && !strncmp(key->name, path, length))
				break;
		if (!key || !key->name)
			return NULL;
		keys = key->keys;
		path += length;
		path += *path == '[' ? strcspn(path, ".") : 0;
		path += *path == '.';
	}
	return key;
}

static int assign(config_t *config, char *path, const config_setting_t *value)
{
	config_setting_t *parent, *setting;
	const char *name;

	parent = parent_of(config, path, &name);
	if (!parent)
		return -EINVAL;
	if (*name == '[') {
		setting =
			config_setting_get_elem(parent, (unsigned int)strtoul(name + 1, NULL, 10));
		return setting && config_setting_type(setting) == config_setting_type(value)
			       ? copy_value(setting, value)
			       : -EINVAL;
	}
	if (!config_setting_is_group(parent))
		return -EINVAL;
	config_setting_remove(parent, name);
	setting = config_setting_add(parent, name, config_setting_type(value));
	return setting ? copy_value(setting, value) : -EINVAL;
}

int schema_set(config_t *config, const char *assignment)
{
	char path[PATH_SIZE];
	const char *value;
	config_t parsed;
	int r;

	if (split_assignment(assignment, path, sizeof(path), &value))
		return report(0,
			      "--set %s: expected PATH=VALUE, such as storm.aim=257 or "
			      "readers[0].count=2",
			      assignment);
	config_init(&parsed);
	r = read_value(&parsed, value);
	if (!r)
		r = assign(config, path, config_lookup(&parsed, "value"));
	config_destroy(&parsed);
	return r ? report(0,
			  "--set %s: no such place, or not a value; expected a key of the "
			  "scenario, "
			  "such as storm.aim=257 or readers[0].count=2",
			  assignment)
		 : 0;
}
