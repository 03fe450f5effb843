/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a configuration (libconfig) into structs by tables of keys. A key that is not in the table
 * is an error, so a misspelt key is never ignored. Errors name file, line, key, what is wrong and
 * what is allowed.
 */
#ifndef TOOLS_SCENARIO_SCHEMA_H
#define TOOLS_SCENARIO_SCHEMA_H

#include "injector/base/schema_key.h"
#include "tools/base/prose.h"
#include "tools/scenario/config_text.h"

#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>

/* Whose commands are accepted. The command line is the caller's own; config_file_read() determines
 * who may have written a file. */
enum schema_trust {
	TRUST_OWN,   /* those in files of the caller or root */
	TRUST_GUEST, /* also those of strangers that run in a guest */
	TRUST_ALL,   /* all: the user said so, or nothing will be run */
};

/* Where a configuration came from. */
struct schema_source {
	const char *file;               /* for messages about settings without a line */
	const struct config_text *text; /* what was parsed; NULL: settings have no line */
	enum schema_trust trust;
	/* Counts mistakes; reading continues until SCHEMA_MISTAKES_MAX. NULL: reading stops at the
	 * first. */
	unsigned int *mistakes;
};

enum { SCHEMA_MISTAKES_MAX = 10 };

/*
 * Fills a struct (zeroed by the caller) from a group and the defaults of its keys. group: NULL for
 * defaults only. path: of the group, "" at the top. Returns 0; -EINVAL or -ENOMEM, reported. Call
 * schema_free() in either case.
 */
int schema_read(const struct schema_source *source, const config_setting_t *group,
		const struct schema_key *keys, const char *path, void *into);

/* Frees what schema_read() allocated in a struct. Fields that a parse() fills own no memory. */
void schema_free(const struct schema_key *keys, void *from);

/* Lists what a key allows: its words or kinds, and the `allowed` of its row. Returns text, which
 * holds `size` bytes. */
const char *schema_allowed(const struct schema_key *key, char *text, size_t size);

/* Word number i of a key; after the last, one without a name. */
struct schema_word schema_word(const struct schema_key *key, size_t i);

/* Reports a mistake in a key: "FILE:LINE: PATH: MESSAGE". Returns -EINVAL. */
int schema_complain(const struct schema_source *source, const config_setting_t *setting,
		    const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* schema_set() to schema_lookup() are in schema_path.c. */

/*
 * Overrides one key: "storm.aim=257", "readers[0].count=2". The value is written as in the file;
 * quotes may be omitted. Missing groups are created, missing list items are not. Returns 0 or
 * -EINVAL (reported).
 */
int schema_set(config_t *config, const char *assignment);

/* Formats a value of schema_set() as in a file: strings in quotes. The caller frees it; NULL
 * without memory, or if it is not a value. */
char *schema_value_text(const char *value);

/* The row of a path such as "readers[0].count"; NULL if there is none. */
const struct schema_key *schema_find(const struct schema_key *keys, const char *path);

/* The setting of a path such as "readers[0].count"; NULL if the configuration has none. */
const config_setting_t *schema_lookup(const config_t *config, const char *path);

/* The value of a path as text: from the configuration, else the key's default, else NULL. text:
 * buffer of `size` bytes for a value that is not a string. */
const char *schema_value(const config_t *config, const struct schema_key *keys, const char *path,
			 char *text, size_t size);

/* Prints the keys of a table, with those of groups and kinds. Help texts are sentences as in
 * prose.h, but the first begins in lower case and the last has no full stop. LINES: a line per key
 * with path, default, first sentence of the help, (allowed); MARKDOWN: a table; MAN: subsections.
 * In schema_print.c. */
void schema_print(const struct schema_key *keys, enum prose_form form, FILE *to);

#endif
