/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is printed from tables of keys: the reference, and JSON Schemas (draft 2020-12). */
#ifndef TOOLS_BASE_KEYS_PRINT_H
#define TOOLS_BASE_KEYS_PRINT_H

#include "tools/base/keys.h"

#include <stdio.h>

/* A table in Markdown, or a list for man(7). prefix: of the names, "" for none. */
void keys_print_markdown(FILE *to, const struct key *keys, const char *prefix);
void keys_print_man(FILE *to, const struct key *keys, const char *prefix);

/* The schema of an object with the keys of a table and no others; the caller's. title: of the
 * schema, or NULL. */
json_t *keys_schema(const struct key *keys, const char *title);

/* Lets a schema's property be null, too. */
void keys_schema_allow_null(json_t *property);

#endif
