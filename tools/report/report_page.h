/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report as HTML. */
#ifndef TOOLS_REPORT_REPORT_PAGE_H
#define TOOLS_REPORT_REPORT_PAGE_H

#include "tools/report/report_data.h"

/* A page of its own, with pictures where gnuplot is there. title: of the page, instead of the
 * scenario's; or NULL. */
void report_page(FILE *to, const struct report_data *data, const char *title);

/* The verdict of a result, in plain words. */
void report_page_verdict(FILE *to, const json_t *result);

/* What a page of many runs has of one: its verdict, numbers, first hit and command, without
 * pictures. */
void report_page_summary(FILE *to, const struct report_data *data);

#endif
