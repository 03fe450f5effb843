/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of repeat.json, the result of repeated runs: those of repeat_keys[], and of
 * result_keys[] those with RESULT_DECIDING or RESULT_SUM.
 */
#ifndef TOOLS_VERDICT_REPEAT_KEYS_H
#define TOOLS_VERDICT_REPEAT_KEYS_H

#include "tools/base/keys.h"

/* What a single run has not; the rows of `each` are those of result_keys[] with RESULT_EACH. They
 * have no make(): whoever made the runs adds them. */
extern const struct key repeat_keys[];

/* The JSON Schema, without what it is a schema by; a new reference. */
json_t *repeat_schema(void);

#endif
