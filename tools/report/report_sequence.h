/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a run's page about its schedule: a diagram of each passage in the events, beginning
 * with the first hit's, and what the slots of the page cache led to. */
#ifndef TOOLS_REPORT_REPORT_SEQUENCE_H
#define TOOLS_REPORT_REPORT_SEQUENCE_H

#include "tools/report/report_data.h"
#include "tools/report/report_passage.h"

#include <stdio.h>

/* Prints the part; nothing without a schedule. all: also passages other than the first hit's. */
void report_sequence_print(FILE *to, const struct report_data *data, bool all);

/*
 * A passage as SVG, time from top to bottom and a lane for each role; the caller frees it. NULL: no
 * memory (reported). hit: if it occurred in this passage; or NULL.
 */
char *report_sequence_svg(const struct report_passage *passage, const struct report_timeline *hit);

#endif
