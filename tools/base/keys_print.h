/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints tables of keys as the reference, and makes JSON Schemas (draft 2020-12) of them. */
#ifndef TOOLS_BASE_KEYS_PRINT_H
#define TOOLS_BASE_KEYS_PRINT_H

#include "tools/base/keys.h"

#include <stdio.h>

/* Prints a table in Markdown, or a list for man(7). prefix: printed before each name; may be "". */
void keys_print_markdown(FILE *to, const struct key *keys, const char *prefix);
void keys_print_man(FILE *to, const struct key *keys, const char *prefix);

/* Returns the schema, owned by the caller, of an object with the keys of a table and no others.
 * title: of the schema, or NULL. */
json_t *keys_schema(const struct key *keys, const char *title);

/* Allows null as a value of a schema's property. */
void keys_schema_allow_null(json_t *property);

#endif
