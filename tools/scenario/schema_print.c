/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the keys of a table: as lines, and as a reference in Markdown and man(7). */
#include "injector/base/append_text.h"
#include "tools/scenario/schema.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 256, ALLOWED_SIZE = 512, HELP_SIZE = 4096, LISTS_MAX = 16 };

/* A key, and where the walk has found it. */
struct place {
	const struct schema_key *key;
	const char *path; /* "readers[].count" */
	const char *kind; /* the kind that has the key; NULL: all, or none */
	const char *like; /* an earlier list whose items have the same keys; NULL: none */
};

static const char *type_of(const struct schema_key *key)
{
	static const char *const names[] = {
		[SCHEMA_TEXT] = "text",
		[SCHEMA_SIZE] = "size",
		[SCHEMA_DURATION] = "duration",
		[SCHEMA_COUNT] = "number",
		[SCHEMA_BOOLEAN] = "boolean",
		[SCHEMA_WORD] = "word",
		[SCHEMA_ROW] = "word",
		[SCHEMA_PARSED] = "word",
		[SCHEMA_TEXTS] = "text or list of texts",
		[SCHEMA_KIND] = "word",
		[SCHEMA_LIST] = "list",
	};

	if (key->noun)
		return key->noun;
	return key->type == SCHEMA_BOOLEAN && key->words ? "word" : names[key->type];
}

static const char *default_of(const struct schema_key *key, const char *none)
{
	return key->fallback ? key->fallback : key->required ? "required" : none;
}

/* The help of a key and of its words as sentences: capitalized, with full stops. between: text
 * before each word. */
static const char *sentences(const struct schema_key *key, const char *between, char *text,
			     size_t size)
{
	size_t used = append_text(text, size, 0, "%s.", key->help);
	bool first = true;
	struct schema_word word;

	text[0] = (char)toupper(text[0]);
	for (size_t i = 0; (word = schema_word(key, i)).name; i++) {
		if (!word.help)
			continue;
		used = append_text(text, size, used, "%s%s%s: %s", first ? "" : ";", between,
				   word.name, word.help);
		first = false;
	}
	if (!first)
		append_text(text, size, used, ".");
	return text;
}

static void print_line(FILE *to, const struct place *place)
{
	char allowed[ALLOWED_SIZE];

	fprintf(to, "%-22s %-13s ", place->path, default_of(place->key, "-"));
	prose_plain(to, place->key->help);
	fprintf(to, " (%s)\n", schema_allowed(place->key, allowed, sizeof(allowed)));
}

/* Escapes bars, which end a cell of a Markdown table. */
static void print_cell(FILE *to, const char *text)
{
	for (; *text; text++)
		fprintf(to, *text == '|' ? "\\%c" : "%c", *text);
}

static void print_row(FILE *to, const struct place *place)
{
	char allowed[ALLOWED_SIZE], help[HELP_SIZE];

	fprintf(to, "| `%s` | %s | ", place->path, type_of(place->key));
	print_cell(to, default_of(place->key, "none"));
	fprintf(to, " | %s | %s%s%s", schema_allowed(place->key, allowed, sizeof(allowed)),
		place->kind ? place->kind : "", place->kind ? ": " : "",
		sentences(place->key, " ", help, sizeof(help)));
	if (place->like)
		fprintf(to, " Keys as in `%s`.", place->like);
	fprintf(to, " |\n");
}

/* A subsection for the keys of each group, and of each of its kinds. */
static void print_heading(FILE *to, const struct place *place, char *heading, size_t size)
{
	int length = (int)strcspn(place->path, ".[");
	char here[PATH_SIZE];

	if (!place->path[length])
		snprintf(here, sizeof(here), "The whole");
	else
		snprintf(here, sizeof(here), "%.*s%s%s", length, place->path,
			 place->kind ? " of kind " : "", place->kind ? place->kind : "");
	if (!strcmp(here, heading))
		return;
	snprintf(heading, size, "%s", here);
	fprintf(to, ".SS %s\n", here);
}

static void print_entry(FILE *to, const struct place *place)
{
	const struct schema_key *key = place->key;
	char allowed[ALLOWED_SIZE], help[HELP_SIZE];
	const char *type = type_of(key);

	fprintf(to, ".TP\n.B ");
	prose_literal(to, place->path);
	fprintf(to, "\n%c%s, %s", toupper(*type), type + 1, key->fallback ? "default " : "");
	prose_literal(to, default_of(key, "no default"));
	fprintf(to, ".\nAllowed: ");
	prose_literal(to, schema_allowed(key, allowed, sizeof(allowed)));
	fprintf(to, ".\n");
	prose_man(to, sentences(key, "\n", help, sizeof(help)));
	if (!place->like)
		return;
	fprintf(to, "Keys as in\n.BR ");
	prose_literal(to, place->like);
	fprintf(to, " .\n");
}

struct printer {
	FILE *to;
	enum prose_form form;
	char heading[PATH_SIZE];
	/* Lists whose keys are already printed. */
	struct {
		const struct schema_key *keys;
		char path[PATH_SIZE];
	} lists[LISTS_MAX];
	size_t list_count;
};

/* The path of an earlier list with the same keys; NULL: none, and this list is remembered. A list
 * without help has no row of its own. LINES names every key, since completion reads it. */
static const char *find_like(struct printer *printer, const struct schema_key *key,
			     const char *path)
{
	if (key->type != SCHEMA_LIST || !key->help || printer->form == PROSE_LINES)
		return NULL;
	for (size_t i = 0; i < printer->list_count; i++)
		if (printer->lists[i].keys == key->keys)
			return printer->lists[i].path;
	assert(printer->list_count < LISTS_MAX);
	printer->lists[printer->list_count].keys = key->keys;
	snprintf(printer->lists[printer->list_count++].path, PATH_SIZE, "%s", path);
	return NULL;
}

static void print_key(struct printer *printer, const struct place *place)
{
	switch (printer->form) {
	case PROSE_LINES:
		print_line(printer->to, place);
		break;
	case PROSE_MARKDOWN:
		print_row(printer->to, place);
		break;
	case PROSE_MAN:
		print_heading(printer->to, place, printer->heading, sizeof(printer->heading));
		print_entry(printer->to, place);
		break;
	}
}

static void walk(struct printer *printer, const struct schema_key *keys, const char *path,
		 const char *kind_name)
{
	const struct schema_kind *kind;
	char joined[PATH_SIZE], below[PATH_SIZE + 8];

	for (const struct schema_key *key = keys; key->name; key++) {
		struct place place = { .key = key, .path = joined, .kind = kind_name };

		snprintf(joined, sizeof(joined), "%s%s%s%s", path, *path ? "." : "", key->name,
			 key->type == SCHEMA_LIST ? "[]" : "");
		snprintf(below, sizeof(below), "%s.kind", joined);
		if (key->type == SCHEMA_KIND)
			place.path = below;
		place.like = find_like(printer, key, joined);
		if (key->keys && !place.like)
			walk(printer, key->keys, joined, kind_name);
		else
			print_key(printer, &place);
		for (size_t i = 0; key->kinds && (kind = key->kinds(i)); i++)
			walk(printer, kind->keys, joined, kind->name);
	}
}

void schema_print(const struct schema_key *keys, enum prose_form form, FILE *to)
{
	struct printer printer = { .to = to, .form = form };

	if (form == PROSE_MARKDOWN)
		fprintf(to,
			"| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n");
	walk(&printer, keys, "", NULL);
}
