/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of repeat.json, the result of repeated runs: repeat_keys[], and the rows of
 * result_keys[] with RESULT_DECIDING or RESULT_SUM.
 */
#ifndef TOOLS_VERDICT_REPEAT_KEYS_H
#define TOOLS_VERDICT_REPEAT_KEYS_H

#include "tools/base/keys.h"

/* The keys that a single run does not have. The items of `each` have the rows of result_keys[] with
 * RESULT_EACH. No row has make(): the command that makes the runs adds the values. */
extern const struct key repeat_keys[];

/* The JSON Schema without "$schema"; a new reference. */
json_t *repeat_schema(void);

#endif
