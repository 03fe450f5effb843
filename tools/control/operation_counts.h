/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer's counts of requests, as `foliostorm ctl` and the results of a run say them. */
#ifndef TOOLS_CONTROL_OPERATION_COUNTS_H
#define TOOLS_CONTROL_OPERATION_COUNTS_H

#include "fusefs/statistics.h"
#include "tools/base/keys.h"

/* An object of the caller's with a key for each operation that was asked for at least once. */
json_t *operation_counts_json(const struct layer_statistics *statistics);

/* What each of these keys has. */
extern const struct key operation_counts_key;

#endif
