/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the witness and the gate saw: its keys in the result, and its text. */
#ifndef TOOLS_VERDICT_WITNESS_RESULT_H
#define TOOLS_VERDICT_WITNESS_RESULT_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

#include <stdio.h>

/* The groups `witness`, `gate` and `inspection` of result.json, about a struct run_result. All keys
 * are present without a witness, too. */
extern const struct key witness_keys[], gate_keys[], inspection_keys[];

/* Why splits fail: "reference", ... */
extern const char *const gate_failure_names[GATE_FAILURES];

/* Prints its lines of the report; none if the scenario asks for no witness or inspection. */
void witness_result_print(FILE *to, const struct run_result *result);

#endif
