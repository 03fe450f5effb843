/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/keys_print.h"
#include "injector/base/append_text.h"
#include "tools/base/prose.h"

#include <string.h>

/* Names of a type in the reference and in a schema, and the type of its items. */
static const struct {
	const char *word, *schema, *items;
} types[] = {
	[KEY_TEXT] = { "text", "string", NULL },
	[KEY_BOOLEAN] = { "boolean", "boolean", NULL },
	[KEY_NUMBER] = { "number", "integer", NULL },
	[KEY_REAL] = { "number", "number", NULL },
	[KEY_GROUP] = { "group", "object", NULL },
	[KEY_LIST] = { "list", "array", "object" },
	[KEY_MAP] = { "group", "object", NULL },
	[KEY_TEXTS] = { "list of texts", "array", "string" },
	[KEY_NUMBERS] = { "list of numbers", "array", "integer" },
	[KEY_PAIRS] = { "list of pairs", "array", "array" },
};

/* Returns the keys below a row; between: set to the separator of its name and theirs. All values of
 * a map have the same keys. */
static const struct key *keys_below(const struct key *key, const char **between)
{
	if (!key->keys || key->flags & KEY_APART)
		return NULL;
	*between = key->type == KEY_LIST ? "[]." : key->type == KEY_MAP ? ".*." : ".";
	return key->type == KEY_MAP ? key->keys->keys : key->keys;
}

static const char *word_of(const struct key *key)
{
	return key->unit ? key->unit : types[key->type].word;
}

static const char *or_null(const struct key *key)
{
	return key->flags & KEY_NULL ? " or null" : "";
}

static void print_markdown(FILE *to, const struct key *key, const char *prefix)
{
	fprintf(to, "| `%s%s` | %s%s |", prefix, key->name, word_of(key), or_null(key));
	if (key->always)
		fprintf(to, " `%s`%s", key->always, key->meaning ? "; " : "");
	else if (key->meaning)
		fputc(' ', to);
	fprintf(to, "%s |\n", key->meaning ? key->meaning : "");
}

static void print_man(FILE *to, const struct key *key, const char *prefix)
{
	fprintf(to, ".TP\n.BR %s%s \" (%s%s)\"\n", prefix, key->name, word_of(key), or_null(key));
	if (key->always)
		fprintf(to, "\\fB%s\\fR%s", key->always, key->meaning ? "; " : "");
	if (key->meaning)
		prose_man(to, key->meaning);
	else if (key->always)
		fputc('\n', to);
}

/* Prints rows and the rows below them. */
static void print_rows(FILE *to, const struct key *keys, const char *prefix,
		       void (*print)(FILE *to, const struct key *key, const char *prefix))
{
	const char *between;
	char below[128];

	for (const struct key *key = keys; key->name; key++) {
		const struct key *more = keys_below(key, &between);

		print(to, key, prefix);
		if (!more)
			continue;
		snprintf(below, sizeof(below), "%s%s%s", prefix, key->name, between);
		print_rows(to, more, below, print);
	}
}

void keys_print_markdown(FILE *to, const struct key *keys, const char *prefix)
{
	fputs("| key | type | meaning |\n|---|---|---|\n", to);
	print_rows(to, keys, prefix, print_markdown);
}

void keys_print_man(FILE *to, const struct key *keys, const char *prefix)
{
	print_rows(to, keys, prefix, print_man);
}

/* Appends a phrase of Markdown without backquotes and link targets. */
static void append_plain(char *text, size_t size, const char *markdown)
{
	size_t used = strlen(text);

	for (const char *c = markdown; *c && used < size - 1; c++) {
		if (!strncmp(c, "](", 2))
			c += strcspn(c, ")");
		else if (*c != '`' && *c != '[')
			text[used++] = *c;
	}
	text[used] = '\0';
}

static void describe(json_t *property, const struct key *key)
{
	char text[1024] = "";

	if (key->meaning)
		append_plain(text, sizeof(text), key->meaning);
	if (key->unit)
		append_text(text, sizeof(text), strlen(text), "%s(%s)", *text ? " " : "",
			    key->unit);
	if (*text)
		json_object_set_new(property, "description", json_string(text));
}

static json_t *property_of(const struct key *key)
{
	json_t *property = key->type == KEY_GROUP && key->keys
				   ? keys_schema(key->keys, NULL)
				   : json_pack("{s:s}", "type", types[key->type].schema);

	describe(property, key);
	if (key->always)
		json_object_set_new(property, "const", json_string(key->always));
	if (types[key->type].items)
		json_object_set_new(property, "items",
				    key->type == KEY_LIST && key->keys
					    ? keys_schema(key->keys, NULL)
					    : json_pack("{s:s}", "type", types[key->type].items));
	if (key->type == KEY_PAIRS)
		json_object_set_new(property, "items",
				    json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items",
					      "type", "integer", "minItems", 2, "maxItems", 2));
	if (key->type == KEY_MAP)
		json_object_set_new(property, "additionalProperties", property_of(key->keys));
	if (key->flags & KEY_NULL)
		keys_schema_allow_null(property);
	return property;
}

json_t *keys_schema(const struct key *keys, const char *title)
{
	json_t *properties = json_object(), *required = json_array(), *schema = json_object();

	if (title)
		json_object_set_new(schema, "title", json_string(title));
	for (const struct key *key = keys; key->name; key++) {
		json_object_set_new(properties, key->name, property_of(key));
		if (!(key->flags & (KEY_OPTIONAL | KEY_ADDED)))
			json_array_append_new(required, json_string(key->name));
	}
	json_object_set_new(schema, "type", json_string("object"));
	json_object_set_new(schema, "properties", properties);
	json_object_set_new(schema, "required", required);
	json_object_set_new(schema, "additionalProperties", json_false());
	return schema;
}

void keys_schema_allow_null(json_t *property)
{
	json_t *type = json_object_get(property, "type");

	if (json_is_string(type))
		json_object_set_new(property, "type", json_pack("[O, s]", type, "null"));
}
