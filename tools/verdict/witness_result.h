/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the witness and the gate saw, as a run's results and events say it. */
#ifndef TOOLS_VERDICT_WITNESS_RESULT_H
#define TOOLS_VERDICT_WITNESS_RESULT_H

#include "tools/verdict/run_result.h"

#include <jansson.h>
#include <stdio.h>

/* The groups `witness` and `gate` of result.json; new references. All keys are there without a
 * witness, too. */
json_t *witness_result_json(const struct run_result *result);
json_t *gate_result_json(const struct run_result *result);

/* A line or two of text, or none when the scenario asked for no witness. */
void witness_result_print(FILE *to, const struct run_result *result);

/* A capture as an item of the list `hits`; a new reference. file: the name of its file. */
json_t *capture_hit_json(const struct scenario *scenario, const struct gate_event *capture,
			 const char *file);

/* An event of the type EVENT_CAPTURE or EVENT_SPLIT, without `number` and `ns`; a new reference.
 * file: the name of its file. */
json_t *witness_event_json(const struct scenario *scenario, const struct event *event,
			   const char *file);

#endif
