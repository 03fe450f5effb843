/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_schema.h"
#include "injector/base/array.h"
#include "tools/base/keys_print.h"
#include "tools/base/words.h"
#include "tools/scenario/workload_kind.h"
#include "tools/verdict/begin_line.h"
#include "tools/verdict/event_keys.h"
#include "tools/verdict/repeat_keys.h"
#include "tools/verdict/result_keys.h"

#include <errno.h>
#include <string.h>

/* Table `i` of all events and hits, those of workloads included; NULL after the last. */
static const struct key_table *table_at(size_t i)
{
	for (const struct key_table *table = event_tables; table->title; table++)
		if (!i--)
			return table;
	for (size_t k = 0; workload_kinds[k]; k++)
		for (const struct key_table *table = workload_kinds[k]->events;
		     table && table->title; table++)
			if (!i--)
				return table;
	return NULL;
}

static bool is_hit_event(const struct key_table *table)
{
	return table->type && !strcmp(table->type, "hit");
}

/* The unique name of a table. */
static const char *name_of(const struct key_table *table)
{
	return table->type && !is_hit_event(table) ? table->type : table->kind;
}

/* Objects whose `key` has this value must match the schema `definition`. */
static void add_choice(json_t *schema, const char *key, const char *value, const char *definition)
{
	char reference[80];

	snprintf(reference, sizeof(reference), "#/$defs/%s", definition);
	json_array_append_new(
		json_object_get(json_object_get(json_object_get(schema, "properties"), key),
				"enum"),
		json_string(value));
	json_array_append_new(json_object_get(schema, "allOf"),
			      json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:{s:s}}", "if", "properties",
					key, "const", value, "required", key, "then", "$ref",
					reference));
}

/* The schema of an object whose `key` says which of several it is; for add_choice(). */
static json_t *choice_by(const char *key)
{
	return json_pack("{s:s, s:{s:{s:[]}}, s:[s], s:[]}", "type", "object", "properties", key,
			 "enum", "required", key, "allOf");
}

/* The schema of the items of `hits`. */
static json_t *hit_choice(json_t *definitions)
{
	json_t *choice = choice_by("kind");
	const struct key_table *table;

	for (size_t i = 0; (table = table_at(i)); i++) {
		if (!table->kind)
			continue;
		json_object_set_new(definitions, table->kind,
				    keys_schema(table->keys, table->title));
		add_choice(choice, "kind", table->kind, table->kind);
	}
	return choice;
}

static json_t *property(json_t *schema, const char *name)
{
	return json_object_get(json_object_get(schema, "properties"), name);
}

/* Adds the details of the kinds of workloads. */
static void add_details(json_t *workload, json_t *definitions)
{
	json_t *choices = json_array();
	char name[64], reference[80];

	for (size_t k = 0; workload_kinds[k]; k++) {
		const struct workload_kind *kind = workload_kinds[k];

		if (!kind->details)
			continue;
		snprintf(name, sizeof(name), "%s-details", kind->schema.name);
		snprintf(reference, sizeof(reference), "#/$defs/%s", name);
		json_object_set_new(definitions, name, keys_schema(kind->details, name));
		keys_schema_allow_null(json_object_get(definitions, name));
		json_array_append_new(choices, json_pack("{s:{s:{s:{s:s}}}, s:{s:{s:{s:s}}}}", "if",
							 "properties", "kind", "const",
							 kind->schema.name, "then", "properties",
							 "details", "$ref", reference));
	}
	json_object_set_new(workload, "allOf", choices);
}

/* In the result of a run whose guest died, unknown values are null; in no other. */
static void add_deaths(json_t *schema)
{
	json_t *strict = json_object();

	for (const struct key *key = result_keys; key->name; key++) {
		json_t *of = property(schema, key->name);

		if (key->flags & (KEY_NULL | KEY_ADDED | RESULT_SURVIVES))
			continue;
		json_object_set_new(strict, key->name,
				    json_pack("{s:O}", "type", json_object_get(of, "type")));
		keys_schema_allow_null(of);
	}
	json_object_set_new(schema, "if",
			    json_pack("{s:[s], s:{s:{s:{s:{s:s}}}}}", "required", "guest",
				      "properties", "guest", "properties", "died", "type",
				      "string"));
	json_object_set_new(schema, "else", json_pack("{s:o}", "properties", strict));
}

static json_t *schema_of_result(void)
{
	json_t *schema = keys_schema(result_keys, "result.json of foliostorm");
	json_t *definitions = json_object();

	json_object_set_new(property(schema, "schema_version"), "const",
			    json_integer(RESULT_SCHEMA_VERSION));
	json_object_set_new(property(schema, "hits"), "items", hit_choice(definitions));
	add_details(property(schema, "workload"), definitions);
	add_deaths(schema);
	json_object_set_new(schema, "$defs", definitions);
	return schema;
}

/* A line: this type, and the keys of every line. */
static json_t *line_schema(const struct key *keys, const char *type, const char *title)
{
	struct key rows[RESULT_KEYS_MAX] = { KEY_END };
	json_t *schema;
	size_t count = 0;

	for (const struct key *key = line_keys; key->name; key++)
		rows[count++] = *key;
	for (const struct key *key = keys; key->name && count < RESULT_KEYS_MAX - 1; key++)
		rows[count++] = *key;
	schema = keys_schema(rows, title);
	json_object_set_new(property(schema, "type"), "const", json_string(type));
	return schema;
}

static json_t *schema_of_events(void)
{
	json_t *schema = json_pack("{s:s}", "title", "a line of events.jsonl of foliostorm");
	json_t *lines = choice_by("type"), *hits = choice_by("kind"), *definitions = json_object();
	struct key begin[RESULT_KEYS_MAX];
	const struct key_table *table;

	event_begin_keys(begin, RESULT_KEYS_MAX);
	json_object_set_new(definitions, "begin", line_schema(begin, "begin", "Which run this is"));
	add_choice(lines, "type", "begin", "begin");
	add_choice(lines, "type", "hit", "hit");
	for (size_t i = 0; (table = table_at(i)); i++) {
		if (!table->type)
			continue;
		json_object_set_new(definitions, name_of(table),
				    line_schema(table->keys, table->type, table->title));
		if (is_hit_event(table))
			add_choice(hits, "kind", table->kind, table->kind);
		else
			add_choice(lines, "type", table->type, table->type);
	}
	json_object_set_new(definitions, "hit", hits);
	json_object_update(schema, lines);
	json_object_set_new(schema, "$defs", definitions);
	json_decref(lines);
	return schema;
}

static const struct {
	const char *name;
	json_t *(*make)(void);
} schemas[] = {
	{ "result", schema_of_result },
	{ "events", schema_of_events },
	{ "repeat", repeat_schema },
	{ .name = NULL },
};

const char *result_schema_names(char *text, size_t size)
{
	return words_join(&schemas->name, sizeof(*schemas), text, size);
}

json_t *result_schema(const char *name)
{
	json_t *schema, *rest = NULL;

	for (size_t i = 0; schemas[i].name && !rest; i++)
		if (!strcmp(name, schemas[i].name))
			rest = schemas[i].make();
	if (!rest)
		return NULL;
	schema = json_pack("{s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_object_update(schema, rest);
	json_decref(rest);
	return schema;
}

/* The details that "KIND-details" names; NULL for another name. */
static const struct key *details_of(const char *name)
{
	for (size_t k = 0; workload_kinds[k]; k++) {
		size_t length = strlen(workload_kinds[k]->schema.name);

		if (!strncmp(name, workload_kinds[k]->schema.name, length) &&
		    !strcmp(name + length, "-details"))
			return workload_kinds[k]->details;
	}
	return NULL;
}

/* Tables other than those of events. */
static const struct reference {
	const char *name, *prefix;
	const struct key *keys; /* NULL: event_begin_keys() makes them */
} references[] = {
	{ "result", "", result_keys },     { "guest", "guest.", guest_keys },
	{ "workload", "", workload_keys }, { "baseline", "baseline.", baseline_keys },
	{ "line", "", line_keys },         { "begin", "", NULL },
	{ "repeat", "", repeat_keys },     { .name = NULL },
};

const char *result_reference_names(char *text, size_t size)
{
	return words_join(&references->name, sizeof(*references), text, size);
}

int result_reference(FILE *to, const char *name, enum prose_form form)
{
	struct key begin[RESULT_KEYS_MAX];
	const struct key *keys = details_of(name);
	const struct key_table *table;
	const char *prefix = "";

	event_begin_keys(begin, RESULT_KEYS_MAX);
	for (const struct reference *of = references; of->name; of++)
		if (!strcmp(name, of->name)) {
			keys = of->keys ?: begin;
			prefix = of->prefix;
		}
	for (size_t i = 0; !keys && (table = table_at(i)); i++)
		if (!strcmp(name, name_of(table)))
			keys = table->keys;
	if (!keys)
		return -EINVAL;
	(form == PROSE_MAN ? keys_print_man : keys_print_markdown)(to, keys, prefix);
	return 0;
}
