/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Print the parts of a run's page. A part without content prints nothing. */
#ifndef TOOLS_REPORT_REPORT_PARTS_H
#define TOOLS_REPORT_REPORT_PARTS_H

#include "tools/report/report_data.h"

#include <stdio.h>

/* What was run, where and when, its counts, and the power of the verdict. */
void report_part_facts(FILE *to, const struct report_data *data);

/* Counts and details of the workload. */
void report_part_workload(FILE *to, const struct report_data *data);

/* What the doctor found on the machine. */
void report_part_preconditions(FILE *to, const struct report_data *data);

/* The first hit step by step. pictures: with its picture. */
void report_part_timeline(FILE *to, const struct report_data *data, bool pictures);

void report_part_rate(FILE *to, const struct report_data *data);
void report_part_hits(FILE *to, const struct report_data *data);
void report_part_latencies(FILE *to, const struct report_data *data);
void report_part_rules(FILE *to, const struct report_data *data);
void report_part_kernel_log(FILE *to, const struct report_data *data);

#endif
