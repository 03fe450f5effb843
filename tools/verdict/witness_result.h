/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the witness and the gate saw, as a run's results and events say it. */
#ifndef TOOLS_VERDICT_WITNESS_RESULT_H
#define TOOLS_VERDICT_WITNESS_RESULT_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

#include <stdio.h>

/* The groups `witness`, `gate` and `inspection` of result.json, of a struct run_result. All keys
 * are there without a witness, too. */
extern const struct key witness_keys[], gate_keys[], inspection_keys[];

/* Why splits fail: "reference", ... */
extern const char *const gate_failure_names[GATE_FAILURES];

/* A line or two of text, or none when the scenario asked for no witness. */
void witness_result_print(FILE *to, const struct run_result *result);

#endif
