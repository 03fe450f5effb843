/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a run's report as HTML. */
#ifndef TOOLS_REPORT_REPORT_PAGE_H
#define TOOLS_REPORT_REPORT_PAGE_H

#include "tools/report/report_data.h"

/* Prints a self-contained page, with pictures if gnuplot is installed. title: replaces the
 * scenario's; or NULL. */
void report_page(FILE *to, const struct report_data *data, const char *title);

/* Prints the verdict of a result in plain words. */
void report_page_verdict(FILE *to, const json_t *result);

/* Prints the part for a run on a page of many runs: verdict, numbers, first hit and command,
 * without pictures. */
void report_page_summary(FILE *to, const struct report_data *data);

#endif
