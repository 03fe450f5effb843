/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What schema.c, which reads groups and lists, has from schema_scalar.c and schema_words.c. */
#ifndef TOOLS_SCENARIO_SCHEMA_PARTS_H
#define TOOLS_SCENARIO_SCHEMA_PARTS_H

#include "injector/base/near_name.h"
#include "tools/scenario/schema.h"

/* Bytes of what schema_allowed() and schema_meant() write. */
enum { SCHEMA_ALLOWED_SIZE = 512, SCHEMA_MEANT_SIZE = 96 };

/* "did you mean ...? " of the nearest name offered, or "". Returns text, which holds
 * SCHEMA_MEANT_SIZE bytes. */
const char *schema_meant(const struct near_names *near, char *text);

/* A scalar as text, whatever its type; text holds what is none by itself. NULL for groups and
 * lists. */
const char *schema_scalar_text(const config_setting_t *setting, char *text, size_t size);

/*
 * Fills in the field of a key that has one value. setting: NULL, the text is the key's default.
 * plain: it stands without quotes. A command of somebody else's is refused. Returns as
 * schema_read().
 */
int schema_read_text(const struct schema_source *source, const config_setting_t *setting,
		     const struct schema_key *key, const char *path, const char *text, int plain,
		     void *field);

#endif
