/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that begins the events of a run: what result.json says of it, as far as that is known by
 * then. */
#ifndef TOOLS_VERDICT_BEGIN_LINE_H
#define TOOLS_VERDICT_BEGIN_LINE_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Copies its keys; into: room for `size` rows. */
void event_begin_keys(struct key *into, size_t size);

/* The line, a new reference. start: CLOCK_MONOTONIC ns that times are counted from. */
json_t *event_begin_json(const struct run_result *result, uint64_t start);

#endif
