/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a workload contributes to the result. */
#ifndef TOOLS_VERDICT_WORKLOAD_RESULT_H
#define TOOLS_VERDICT_WORKLOAD_RESULT_H

#include "tools/verdict/run_result.h"

#include <jansson.h>
#include <stdio.h>

/* The key `workload`. result: a struct run_result. A new reference; NULL without a workload. */
json_t *workload_result_json(const void *result);

/* Prints its line of the report; nothing without a workload. */
void workload_result_print(FILE *to, const struct run_result *result);

/* An integer in the workload's `details`; -1: none of that name. */
int64_t workload_detail(const struct workload_counts *counts, const char *name);

#endif
