/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a run's page that shows how a schedule was followed: a diagram of each passage that
 * the events tell of, the first hit's above all, and what the slots of the page cache led to. */
#ifndef TOOLS_REPORT_REPORT_SEQUENCE_H
#define TOOLS_REPORT_REPORT_SEQUENCE_H

#include "tools/report/report_data.h"
#include "tools/report/report_passage.h"

#include <stdio.h>

/* all: also passages that are not the hit's. Nothing where the run had no schedule. */
void report_sequence_print(FILE *to, const struct report_data *data, bool all);

/*
 * A passage as SVG, time from top to bottom and a lane for each role; the caller frees it. NULL: no
 * memory (reported). hit: of that passage, or NULL.
 */
char *report_sequence_svg(const struct report_passage *passage, const struct report_timeline *hit);

#endif
