/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line of a run's events: the keys of result.json that are known before the run. */
#ifndef TOOLS_VERDICT_BEGIN_LINE_H
#define TOOLS_VERDICT_BEGIN_LINE_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Copies the keys of the line. into: room for `size` rows, the end of the table included. */
void event_begin_keys(struct key *into, size_t size);

/* The line; a new reference. start: CLOCK_MONOTONIC ns, the zero of the times in the events. */
json_t *event_begin_json(const struct run_result *result, uint64_t start);

#endif
