/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the values of keys that are a single text or number. */
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/scenario/schema_parts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *schema_scalar_text(const config_setting_t *setting, char *text, size_t size)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return config_setting_get_string(setting);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		snprintf(text, size, "%lld", config_setting_get_int64(setting));
		return text;
	case CONFIG_TYPE_FLOAT:
		snprintf(text, size, "%.9g", config_setting_get_float(setting));
		return text;
	case CONFIG_TYPE_BOOL:
		return config_setting_get_bool(setting) ? "true" : "false";
	default:
		return NULL;
	}
}

static int parse_count(const char *text, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	return errno || end == text || *end || *text == '-' ? -EINVAL : 0;
}

/* Numbers have units; only counts, and durations in seconds, are written plain. */
static int parse_number(const struct schema_key *key, const char *text, int plain, uint64_t *value)
{
	switch (key->type) {
	case SCHEMA_SIZE:
		return plain ? -EINVAL : units_parse_size(text, value);
	case SCHEMA_DURATION:
		if (plain && key->seconds)
			return units_parse_seconds(text, value);
		return plain && strcmp(text, "0") ? -EINVAL : units_parse_duration(text, value);
	default:
		return parse_count(text, value);
	}
}

static int read_word(const struct schema_source *source, const config_setting_t *setting,
		     const struct schema_key *key, const char *path, const char *text, void *field)
{
	char allowed[SCHEMA_ALLOWED_SIZE], said[SCHEMA_MEANT_SIZE];
	struct near_names near = { .count = 0 };
	struct schema_word word;

	for (size_t i = 0; (word = schema_word(key, i)).name; i++) {
		near_names_offer(&near, text, word.name);
		if (strcmp(word.name, text) != 0)
			continue;
		if (key->type == SCHEMA_ROW)
			*(const void **)field = word.row;
		else if (key->type == SCHEMA_BOOLEAN)
			*(bool *)field = i;
		else
			*(int *)field = (int)i;
		return 0;
	}
	return schema_complain(source, setting, path, "\"%s\" is unknown; %sallowed: %s", text,
			       schema_meant(&near, said),
			       schema_allowed(key, allowed, sizeof(allowed)));
}

/* Reports a number that the key does not allow. plain: it is not in quotes. */
static int complain_of_number(const struct schema_source *source, const config_setting_t *setting,
			      const struct schema_key *key, const char *path, const char *text,
			      int plain, int error)
{
	bool unit = key->type == SCHEMA_SIZE || (key->type == SCHEMA_DURATION && !key->seconds);
	const char *quotes =
		plain && setting && config_setting_source_line(setting) ? "quotes and " : "";
	char with_unit[32] = "";
	uint64_t number;

	if (error == -ERANGE)
		return schema_complain(source, setting, path, "\"%s\" is out of range; allowed: %s",
				       text, key->allowed);
	if (!unit || parse_count(text, &number))
		return schema_complain(source, setting, path, "\"%s\" is not valid; allowed: %s",
				       text, key->allowed);
	if (key->type == SCHEMA_SIZE)
		units_format_size(number, with_unit, sizeof(with_unit));
	return schema_complain(source, setting, path, "%s needs %sa unit%s%s%s; allowed: %s", text,
			       quotes, *with_unit ? ": \"" : "", with_unit, *with_unit ? "\"" : "",
			       key->allowed);
}

/* Commands run as the user of this program, mostly root, so their author must be trusted. */
static int check_trust(const struct schema_source *source, const config_setting_t *setting,
		       const struct schema_key *key, const char *path, const char *text)
{
	unsigned int line = setting ? config_setting_source_line(setting) : 0;
	const struct config_source *from = NULL;

	if (!key->command || !line || !source->text || source->trust == TRUST_ALL ||
	    (source->trust == TRUST_GUEST && key->command == COMMAND_OF_RUN))
		return 0;
	config_text_place(source->text, line, &from);
	if (!from->strange)
		return 0;
	return schema_complain(source, setting, path,
			       "would run \"%.80s%s\", and the file %s; allowed: from files of "
			       "yours or root's, or with --trust, once you have read it",
			       text, strlen(text) > 80 ? "..." : "", from->strange);
}

int schema_read_text(const struct schema_source *source, const config_setting_t *setting,
		     const struct schema_key *key, const char *path, const char *text, int plain,
		     void *field)
{
	char why[800];
	uint64_t number;
	int r = 0;

	switch (key->type) {
	case SCHEMA_TEXT:
		if (plain)
			return schema_complain(source, setting, path, "not a text; allowed: %s",
					       key->allowed);
		r = check_trust(source, setting, key, path, text);
		if (r)
			return r;
		*(char **)field = strdup(text);
		return *(char **)field ? 0 : report(-ENOMEM, "%s", path);
	case SCHEMA_BOOLEAN:
	case SCHEMA_WORD:
	case SCHEMA_ROW:
		return read_word(source, setting, key, path, text, field);
	case SCHEMA_PARSED:
		r = key->parse(text, field, why, sizeof(why));
		return r ? schema_complain(source, setting, path, "%s", why) : 0;
	default:
		r = parse_number(key, text, plain, &number);
		if (!r && (number < key->min || (key->max && number > key->max)))
			r = -ERANGE;
		if (r)
			return complain_of_number(source, setting, key, path, text, plain, r);
		*(uint64_t *)field = number;
		return 0;
	}
}
