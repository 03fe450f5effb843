/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workload leaves in the result. */
#ifndef TOOLS_VERDICT_WORKLOAD_RESULT_H
#define TOOLS_VERDICT_WORKLOAD_RESULT_H

#include "tools/verdict/run_result.h"

#include <jansson.h>
#include <stdio.h>

/* The key `workload` of a struct run_result: an object of the caller's; NULL without one. */
json_t *workload_result_json(const void *result);

/* The same in a line of text; nothing without one. */
void workload_result_print(FILE *to, const struct run_result *result);

/* A number of `details`; -1: it has none of that name. */
int64_t workload_detail(const struct workload_counts *counts, const char *name);

#endif
