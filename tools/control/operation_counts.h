/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer's counts of requests, as `foliostorm ctl` and the results of a run say them. */
#ifndef TOOLS_CONTROL_OPERATION_COUNTS_H
#define TOOLS_CONTROL_OPERATION_COUNTS_H

#include "fusefs/statistics.h"

#include <jansson.h>

/*
 * An object of the caller's with a key for each operation that was asked for at least once:
 * "count", "errors", "p50_ns", "p99_ns" and "histogram", a list of [end of the bucket in ns,
 * requests in it].
 */
json_t *operation_counts_json(const struct layer_statistics *statistics);

#endif
