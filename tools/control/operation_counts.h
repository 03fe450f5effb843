/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer's counts of requests, as `foliostorm ctl` and the results of a run show them. */
#ifndef TOOLS_CONTROL_OPERATION_COUNTS_H
#define TOOLS_CONTROL_OPERATION_COUNTS_H

#include "fusefs/statistics.h"
#include "tools/base/keys.h"

/* Returns a new object, owned by the caller, with a key for each operation that was requested. */
json_t *operation_counts_json(const struct layer_statistics *statistics);

/* Describes the value of each of these keys. */
extern const struct key operation_counts_key;

#endif
