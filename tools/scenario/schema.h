/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a configuration (libconfig) into structs by tables of keys. Whatever a table does not name
 * is an error, so a misspelt key is never ignored. Errors name file, line, key, what was wrong and
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

/* Whose commands may be read: what is not the caller's or root's may bring none, see
 * config_file_read(). The command line is the caller's. */
enum schema_trust {
	TRUST_OWN,
	TRUST_GUEST, /* and strangers', when they are run in a guest */
	TRUST_ALL,   /* they are asked for, or nothing will be run */
};

/* Where a configuration came from. */
struct schema_source {
	const char *file;               /* for settings without a place of their own */
	const struct config_text *text; /* that was parsed; NULL: none, settings have no place */
	enum schema_trust trust;
	/* Counts mistakes, and reading goes on behind each up to SCHEMA_MISTAKES_MAX; NULL: it ends
	 * with the first. */
	unsigned int *mistakes;
};

enum { SCHEMA_MISTAKES_MAX = 10 };

/*
 * Fills a struct (zeroed by the caller) from a group and the defaults of its keys. path: of the
 * group, "" at the top. Returns 0; -EINVAL or -ENOMEM, reported; what was allocated is freed by
 * schema_free() in either case.
 */
int schema_read(const struct schema_source *source, const config_setting_t *group,
		const struct schema_key *keys, const char *path, void *into);

/* Frees what schema_read() allocated in a struct. Parsed fields are plain values. */
void schema_free(const struct schema_key *keys, void *from);

/* What a key may be: its words, or kinds, and what its row says besides. Returns text, which holds
 * `size` bytes. */
const char *schema_allowed(const struct schema_key *key, char *text, size_t size);

/* Number i of the words of a key; without a name after the last. */
struct schema_word schema_word(const struct schema_key *key, size_t i);

/* Reports what is wrong with one key: "FILE:LINE: PATH: MESSAGE". Returns -EINVAL. */
int schema_complain(const struct schema_source *source, const config_setting_t *setting,
		    const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Of schema_path.c, up to schema_lookup(). */

/*
 * Overrides one key: "storm.aim=257", "readers[0].count=2". The value is written as in the file;
 * text may go without quotes. Groups on the way are made; list items are not. Returns 0 or -EINVAL
 * (reported).
 */
int schema_set(config_t *config, const char *assignment);

/* How a value that schema_set() takes is written in a file: text in quotes. The caller frees it;
 * NULL without memory, or when it is no value. */
char *schema_value_text(const char *value);

/* The key of a path such as "readers[0].count"; NULL when there is none. */
const struct schema_key *schema_find(const struct schema_key *keys, const char *path);

/* The setting of a path such as "readers[0].count" in a configuration; NULL when it is not
 * there. */
const config_setting_t *schema_lookup(const config_t *config, const char *path);

/* The value of a path in a configuration, as text: as it stands there, or the key's default, or
 * NULL. text: holds what is no text by itself, `size` bytes. */
const char *schema_value(const config_t *config, const struct schema_key *keys, const char *path,
			 char *text, size_t size);

/* Prints the keys of a table, groups and kinds included. A help text is sentences as in prose.h,
 * the first one begun in lower case and the last one without its full stop. LINES: one per key,
 * with path, default, first sentence of the help, (allowed); MARKDOWN: a table; MAN:
 * subsections. Of schema_print.c. */
void schema_print(const struct schema_key *keys, enum prose_form form, FILE *to);

#endif
