/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of schema_scalar.c and schema_words.c that schema.c uses to read groups and lists. */
#ifndef TOOLS_SCENARIO_SCHEMA_PARTS_H
#define TOOLS_SCENARIO_SCHEMA_PARTS_H

#include "injector/base/near_name.h"
#include "tools/scenario/schema.h"

/* Sizes in bytes of the buffers of schema_allowed() and schema_meant(). */
enum { SCHEMA_ALLOWED_SIZE = 512, SCHEMA_MEANT_SIZE = 96 };

/* Writes "did you mean ...? " with the nearest offered name, or "". Returns text, which holds
 * SCHEMA_MEANT_SIZE bytes. */
const char *schema_meant(const struct near_names *near, char *text);

/* A scalar of any type as text; NULL for groups and lists. text: buffer of `size` bytes for a value
 * that is not a string. */
const char *schema_scalar_text(const config_setting_t *setting, char *text, size_t size);

/*
 * Fills in the field of a key with a single value. setting: NULL if the text is the key's default.
 * plain: the value is not in quotes. Refuses a command of an untrusted author. Returns 0; -EINVAL
 * or -ENOMEM, reported.
 */
int schema_read_text(const struct schema_source *source, const config_setting_t *setting,
		     const struct schema_key *key, const char *path, const char *text, int plain,
		     void *field);

#endif
