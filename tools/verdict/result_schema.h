/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is printed from the tables of keys: JSON Schemas, and the tables of tools/doc/result.md. */
#ifndef TOOLS_VERDICT_RESULT_SCHEMA_H
#define TOOLS_VERDICT_RESULT_SCHEMA_H

#include "tools/base/prose.h"

#include <jansson.h>
#include <stdio.h>

/* The schema of a file: "result", "events" (one line of it) or "repeat"; a new reference. NULL:
 * another name. */
json_t *result_schema(const char *name);

/* All these names: "result, events, repeat". Returns text, which holds `size` bytes. */
const char *result_schema_names(char *text, size_t size);

/* The names that result_reference() accepts besides those of events and workloads, for a message.
 * Returns text, which holds `size` bytes. */
const char *result_reference_names(char *text, size_t size);

/*
 * Prints a table in Markdown or for man(7): "result", "guest", "workload", "baseline", "repeat",
 * "line" (the keys of every event), "begin", the type of an event, the kind of a hit, or
 * "KIND-details" of a workload. Returns 0; -EINVAL unknown name, not reported.
 */
int result_reference(FILE *to, const char *name, enum prose_form form);

#endif
